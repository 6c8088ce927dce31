"""Whose key is it, and what opens it?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eth_account.signers.local import LocalAccount

from orchestrator.adapters.keystore import open_keystore
from orchestrator.config import Settings
from orchestrator.errors import ConfigError
from orchestrator.wiring.connection import Connection

AskPassword = Callable[[bool], str]
"""Asks whoever is there for the password, twice if it is to be a new one (True)."""


def open_account(settings: Settings, connection: Connection, ask: AskPassword | None = None) -> LocalAccount:
    """The participant's key. Raises ConfigError if there is none or the password is wrong."""
    path = connection.keystore or settings.keystore
    if not path.exists():
        raise ConfigError(f"there is no key file {path}", hint="make one with `starling wallet new`, or give --keystore")
    return open_keystore(path, read_password(settings, connection, ask))


def read_password(settings: Settings, connection: Connection, ask: AskPassword | None = None, *, is_new: bool = False) -> str:
    """From the file, the environment or whoever can be asked, in this order. Raises ConfigError if there is none."""
    if file := connection.password_file or (None if settings.password else settings.password_file):
        return _read_file(file)
    if settings.password:
        return settings.password
    if ask is None:
        raise ConfigError("there is no password", hint="give --password-file, or set STARLING_PASSWORD")
    return ask(is_new)


def _read_file(path: Path) -> str:
    try:
        password = path.read_text().rstrip("\r\n")
    except (OSError, ValueError) as unreadable:
        hint = "check --password-file"
        raise ConfigError(f"the password file {path} cannot be read: {unreadable}", hint=hint) from unreadable
    if not password:
        raise ConfigError(f"the password file {path} is empty", hint="write the password on its first line")
    return password
