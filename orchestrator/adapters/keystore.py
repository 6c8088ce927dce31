"""Encrypted key files (Web3 Secret Storage v3). A password comes from a file or the environment, never from a command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.files import put_file
from orchestrator.errors import ConfigError


def create_keystore(path: Path, password: str, *, iterations: int | None = None) -> str:
    """Make a new key, write it encrypted to `path` (mode 600), and return its address.

    `iterations` of the key derivation: None takes the library's careful default; fewer only for local chains.
    """
    if path.exists():
        raise ConfigError(f"{path} exists already", hint="choose another file; a key is never overwritten")
    account = Account.create()
    document = Account.encrypt(account.key, password, iterations=iterations)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_file(path, json.dumps(document).encode(), mode=0o600, is_new=True)
    except OSError as failed:
        hint = "free some space, or choose another place; no key was made"
        raise ConfigError(f"cannot write {path}: {failed.strerror}", hint=hint) from failed
    return str(account.address)


def read_address(path: Path) -> str:
    """The address that the key file says it is of; no password needed."""
    address = str(_read(path).get("address", "")).removeprefix("0x")
    if not re.fullmatch("[0-9a-fA-F]{40}", address):
        raise ConfigError(f"{path} does not say whose key it is", hint="a key file is what `starling wallet new` writes")
    return "0x" + address.lower()


def open_keystore(path: Path, password: str) -> LocalAccount:
    """The key in `path`. Raises ConfigError if there is none or the password is wrong."""
    document = _read(path)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(document, password))
    except ValueError as wrong:
        raise ConfigError(f"the password does not open {path}", hint="check the password file or STARLING_PASSWORD") from wrong
    except (KeyError, TypeError, NotImplementedError) as malformed:
        raise ConfigError(f"{path} is not a key file", hint="a key file is what `starling wallet new` writes") from malformed
    return account


def _read(path: Path) -> dict[str, object]:
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError as missing:
        raise ConfigError(f"there is no key file {path}", hint="make one with `starling wallet new`") from missing
    except (OSError, ValueError) as unreadable:
        raise ConfigError(
            f"{path} cannot be read as a key file: {unreadable}", hint="check the path and its rights"
        ) from unreadable
    if not isinstance(document, dict) or "crypto" not in {key.lower() for key in document}:
        raise ConfigError(f"{path} is not a key file", hint="a key file is what `starling wallet new` writes")
    return document
