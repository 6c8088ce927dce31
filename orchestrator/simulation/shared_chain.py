"""One task in one EVM, read by many nodes: what is the same for all of them is read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.evm import EvmRpc
from orchestrator.protocol.types import Address, RoundView


class SharedReader(TaskReader):
    """As any reader; of penalties it asks again only for those that were owed when it last looked: none is ever added."""

    _penalised: dict[int, list[Address]]

    def read_penalised(self, round: int) -> list[Address]:
        known = vars(self).setdefault("_penalised", {})
        if round not in known:
            known[round] = super().read_penalised(round)
        elif known[round]:
            pages = (known[round][start : start + self._page] for start in range(0, len(known[round]), self._page))
            owing = [(page, self._call_dues(round, page)) for page in pages]
            known[round] = [account for page, dues in owing for account, due in zip(page, dues, strict=True) if due.penalty]
        return list(known[round])


class SharedChain(TaskChain):
    """As any account's chain; reads through a reader that all share, and keeps what it saw last."""

    def __init__(self, rpc: EvmRpc, shared: SharedReader, lens: Address) -> None:
        super().__init__(rpc, shared.address, lens)
        self._shared = shared
        self.seen: RoundView | None = None
        """What its node looked at last."""

    def join(self, amount_wei: int, proof: Sequence[bytes] = ()) -> Any:
        """In two transactions: nothing is signed here, and a permit would have to be."""
        self.token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.join(amount_wei, list(proof)))

    def read_view(self) -> RoundView:
        self.seen = self._shared.read_view(self.account)
        return self.seen

    def read_penalised(self, round: int) -> list[Address]:
        return self._shared.read_penalised(round)
