"""Where is the chain, and whose key signs there?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.config import Settings
from orchestrator.ports import Log


@dataclass(frozen=True)
class Connection:
    """As options say; None stands for what the settings say."""

    rpc: str | None = None
    chain_id: int | None = None
    keystore: Path | None = None
    password_file: Path | None = None
    manager: str | None = None


def connect(
    settings: Settings,
    connection: Connection,
    account: LocalAccount | None = None,
    *,
    log: Log | None = None,
) -> Rpc:
    """The endpoint, with `account` to sign if there is one; `log` is told what is mined."""
    return Rpc(connection.rpc or settings.rpc, chain_id=connection.chain_id, account=account, log=log)
