"""What has happened in a task so far, told once and in order, with the time of each block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from orchestrator.adapters.chain.endpoint import LOG_BLOCKS, Endpoint, TooManyBlocks
from orchestrator.adapters.chain.events import to_event
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.protocol.events import Happened


class History:
    """Reads on from where it was: `for happened in history.read_new(): …`, a block of events at a time."""

    def __init__(self, rpc: Endpoint, reader: TaskReader, *, first: int = 0, log_blocks: int = LOG_BLOCKS) -> None:
        """`first`: no event of the task is in an earlier block. `log_blocks`: so many are asked for in one call."""
        self._rpc, self._contract = rpc, reader.contract
        self._next, self._log_blocks = first, log_blocks

    def read_new(self, *, to: int | None = None) -> Iterator[list[Happened]]:
        """The events of each block since the last look that has any, up to block `to` or the latest.

        Who breaks off, or fails, in the middle of a block gets that block again; what was taken is not told twice.
        """
        last = int(self._rpc.block()["number"]) if to is None else to
        while self._next <= last:
            end = min(last, self._next + min(self._log_blocks, self._rpc.log_blocks) - 1)
            try:
                logs = self._rpc.events(self._contract, first=self._next, last=end)
            except TooManyBlocks:
                continue
            for number, its in groupby(logs, key=lambda log: int(log["blockNumber"])):
                timestamp = int(self._rpc.block(number)["timestamp"])
                yield [Happened(to_event(log), number, timestamp, bytes(log["transactionHash"])) for log in its]
                self._next = number + 1
            self._next = end + 1
