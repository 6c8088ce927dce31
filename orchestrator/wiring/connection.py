"""Where is the chain, how fast is it, and whose key signs there?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from orchestrator.adapters.account_queue import AccountQueue
from orchestrator.adapters.chain.fees import GWEI, Limits
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.config import Settings
from orchestrator.ports import Log
from orchestrator.wiring.dangers import SLOW_BLOCK_SECONDS

COUNTED_BLOCKS = 20
FEWEST_BLOCKS = 3
LEAST_BLOCK_SECONDS = 1.0
"""What test chains that make a block for each transaction would need is nothing to plan with."""


@dataclass(frozen=True)
class Connection:
    """As options say; None, or none, stands for what the settings say."""

    rpc: tuple[str, ...] = ()
    """In the order in which they are asked."""
    chain_id: int | None = None
    keystore: Path | None = None
    password_file: Path | None = None
    manager: str | None = None
    max_fee: float | None = None
    """In gwei per gas."""


def connect(
    settings: Settings,
    connection: Connection,
    account: LocalAccount | None = None,
    *,
    log: Log | None = None,
) -> Rpc:
    """The chain behind its endpoints, with `account` to sign if there is one; `log` is told what is mined."""
    options: dict[str, Any] = {}
    if account:
        options["queue"] = AccountQueue(settings.home / "accounts" / f"{account.address}.lock")
    if connection.max_fee is not None:
        options["limits"] = Limits(max_fee_wei=int(connection.max_fee * GWEI))
    urls = [url for text in connection.rpc or (settings.rpc,) for url in text.split(",")]
    return Rpc(urls, chain_id=connection.chain_id, account=account, log=log, **options)


def measure_block_seconds(rpc: Rpc) -> float:
    """Between the chain's last blocks, on average; what a slow chain needs where there are too few to tell."""
    last = rpc.block()
    count = min(COUNTED_BLOCKS, int(last["number"]))
    if count < FEWEST_BLOCKS:
        return SLOW_BLOCK_SECONDS
    first = rpc.block(int(last["number"]) - count)
    return max(LEAST_BLOCK_SECONDS, (int(last["timestamp"]) - int(first["timestamp"])) / count)
