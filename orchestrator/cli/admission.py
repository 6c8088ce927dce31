"""Who is admitted to a task: lists of accounts, and the files with their proofs."""

from __future__ import annotations

import json
from pathlib import Path

from eth_utils.crypto import keccak

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.files import write_atomically
from orchestrator.errors import ConfigError
from orchestrator.protocol.merkle import build_proofs
from orchestrator.protocol.types import Address, Digest


def read_accounts(path: Path) -> list[Address]:
    """One address a line; what follows a # is a remark. Raises ConfigError with the line that is none."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError) as unreadable:
        raise ConfigError(
            f"{path} cannot be read: {unreadable}", hint="give a text file with one address a line"
        ) from unreadable
    accounts = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        try:
            accounts += [to_address(text)] if text else []
        except ConfigError as malformed:
            raise ConfigError(f"{path}, line {number}: {malformed}", hint=malformed.hint) from malformed
    if not accounts:
        raise ConfigError(f"{path} admits nobody", hint="write one address a line")
    return accounts


def write_proofs(accounts: list[Address], path: Path) -> Digest:
    """Write the file that `starling stake --proof` reads; the Merkle root. Raises Fatal if the disk does not take it."""
    root, proofs = build_proofs(accounts, keccak)
    shown = {account: ["0x" + node.hex() for node in proof] for account, proof in proofs.items()}
    write_atomically(path, json.dumps({"root": "0x" + root.hex(), "proofs": shown}, indent=2).encode() + b"\n")
    return root


def read_proof(path: Path, account: Address) -> list[bytes]:
    """The account's proof. Raises ConfigError if it is not in the file."""
    hint = "give the file that `starling task create --admit` wrote"
    try:
        proofs = {to_address(owner): proof for owner, proof in json.loads(path.read_text())["proofs"].items()}
        if account in proofs:
            return [bytes.fromhex(node.removeprefix("0x")) for node in proofs[account]]
    except OSError as unreadable:
        raise ConfigError(f"{path} cannot be read: {unreadable.strerror}", hint=hint) from unreadable
    except (ConfigError, ValueError, KeyError, TypeError, AttributeError) as malformed:
        raise ConfigError(f"{path} is no file of proofs", hint=hint) from malformed
    raise ConfigError(f"{path} has no proof for {account}", hint="ask the task's creator to be admitted")
