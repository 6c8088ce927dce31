"""Watches the chain, and measures every global model on the test set that no node has."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.torch_trainer import evaluate
from orchestrator.demo.setup import Setup
from orchestrator.errors import StarlingError
from orchestrator.protocol.events import Event, Happened
from orchestrator.protocol.ledger import Ledger, find_round
from orchestrator.protocol.types import Digest, RoundView


class Watcher:
    """Reads on from where it was. `with Watcher(setup, on_event) as watcher: watcher.look()`."""

    def __init__(self, setup: Setup, on_event: Callable[[Event], None]) -> None:
        """`on_event` is called for every event of the task, in order, after the ledger has it."""
        self._setup = setup
        self._on_event = on_event
        self.rpc = Rpc(setup.chain.url, chain_id=setup.chain.chain_id)
        self._reader = setup.open_task(setup.creator).reader
        self._history = History(self.rpc, self._reader, first=setup.first_block)
        self._examiner = ThreadPoolExecutor(max_workers=1)
        self._marks: dict[Digest, Future[float]] = {}
        self.ledger = Ledger(setup.parameters)
        self.gas: dict[int, int] = {}
        """Of each round: what its draw, acts, settling and slashing cost together."""
        self.view: RoundView = self._reader.read_view(setup.creator.address)

    def look(self) -> None:
        """Take in all blocks since the last look, and the view as of now."""
        for happened in self._history.read_new():
            self._count_gas(happened)  # first: it may fail, and then the block is told again
            for one in happened:
                self.ledger.apply(one)
                self._examine(self.ledger.global_model)
                self._on_event(one.event)
        self.view = self._reader.read_view(self._setup.creator.address)

    def get_accuracy(self, model: Digest, *, is_patient: bool = False) -> float | None:
        """On the held-out test set; None while it is not measured, or the model cannot be had."""
        self._examine(model)
        mark = self._marks[model]
        if not is_patient and not mark.done():
            return None
        try:
            return mark.result()
        except StarlingError:
            return None

    def _examine(self, model: Digest) -> None:
        if model not in self._marks:
            self._marks[model] = self._examiner.submit(self._measure, model)

    def _measure(self, model: Digest) -> float:
        limit_bytes = self._setup.plan.compose_definition().limit_bytes
        artifact = self._setup.storage.get(model, limit_bytes=limit_bytes)
        return evaluate(self._setup.plan.find_recipe(), artifact, self._setup.held_out).metric

    def _count_gas(self, happened: list[Happened]) -> None:
        """Of the transactions of one block that moved a round, or slashed for one."""
        for receipt in self.rpc.receipts(happened[0].block):
            its = [one.event for one in happened if one.transaction == bytes(receipt["transactionHash"])]
            if (round := find_round(its)) is not None:
                self.gas[round] = self.gas.get(round, 0) + int(receipt["gasUsed"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._examiner.shutdown(wait=False, cancel_futures=True)
