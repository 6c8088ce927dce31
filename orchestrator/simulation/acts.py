"""What has been sent to a game's chain: enough to bring another EVM to the same state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.endpoint import BlockTag
from orchestrator.adapters.evm import Call, Evm, EvmRpc
from orchestrator.protocol.types import Address


class Sent(NamedTuple):
    """One act that was not refused."""

    block: int
    caller: Address
    to: Address
    data: bytes
    name: str
    """Of the function."""
    gas: int


class RecordingRpc(EvmRpc):
    """The chain for one account; `record` hears of each act."""

    def __init__(self, evm: Evm, account: LocalAccount, record: Callable[[Sent], None]) -> None:
        super().__init__(evm, account)
        self._record = record

    def send(self, function: Call, *, at: BlockTag = "latest") -> dict[str, Any]:
        receipt = super().send(function, at=at)
        caller = str(self.signer.address)
        self._record(Sent(self.evm.number, caller, function.to, function.data, function.fn_name, receipt["gasUsed"]))
        return receipt
