"""Every event once, in order, with its block's time, in steps that endpoints answer, whatever breaks off in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.adapters.chain.endpoint import TooManyBlocks
from orchestrator.adapters.chain.history import History
from orchestrator.errors import Transient
from orchestrator.protocol.events import Funded, Happened

PAYER = "0x" + "11" * 20


@dataclass
class FakeRpc:
    """A chain whose blocks come a minute after one another; some hold events that tell an amount."""

    height: int
    amounts: dict[int, list[int]]
    ranges: list[tuple[int, int]] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    """Blocks that are not answered the first time."""
    log_blocks: int = 10**9
    most: int = 10**9
    """Of no more blocks than these events are told."""

    def block(self, number: int | None = None) -> Any:
        if number in self.failing:
            self.failing.remove(number)
            raise Transient("no answer")
        number = self.height if number is None else number
        return {"number": number, "timestamp": 60 * number}

    def events(self, contract: Any, *, first: int, last: int) -> list[Any]:
        if last - first >= self.most:
            self.log_blocks = (last - first + 1) // 2
            raise TooManyBlocks("query exceeds the range")
        self.ranges.append((first, last))
        return [
            {
                "event": "Funded",
                "args": {"from": PAYER, "amount": amount},
                "blockNumber": number,
                "transactionHash": bytes([amount]),
            }
            for number in range(first, last + 1)
            for amount in self.amounts.get(number, [])
        ]


def open_history(rpc: Any, **options: int) -> History:
    reader: Any = SimpleNamespace(contract=None)
    return History(rpc, reader, **options)


def read(history: History) -> list[int]:
    return [one.event.amount for block in history.read_new() for one in block if isinstance(one.event, Funded)]


def test_an_event_is_told_with_its_place_in_the_chain() -> None:
    (block,) = open_history(FakeRpc(9, {7: [1, 2]})).read_new()
    assert block == [Happened(Funded(PAYER, amount), 7, 420, bytes([amount])) for amount in (1, 2)]


@pytest.mark.parametrize("log_blocks", [1, 2, 3, 4, 9, 10, 11, 2_000])
def test_steps_of_any_size_tell_the_same(log_blocks: int) -> None:
    """R22: in as many calls as are needed, without a gap and without an overlap."""
    rpc = FakeRpc(9, {0: [1], 3: [2, 3], 4: [4], 9: [5]})
    assert read(open_history(rpc, log_blocks=log_blocks)) == [1, 2, 3, 4, 5]
    asked = [number for first, last in rpc.ranges for number in range(first, last + 1)]
    assert asked == list(range(10))
    assert all(last - first < log_blocks for first, last in rpc.ranges)


def test_it_reads_on_from_where_it_was() -> None:
    rpc = FakeRpc(5, {2: [1], 5: [2]})
    history = open_history(rpc, first=3)
    assert read(history) == [2]
    assert read(history) == []
    rpc.height, rpc.amounts[7] = 8, [3]
    assert read(history) == [3]
    assert rpc.ranges == [(3, 5), (6, 8)]


def test_what_fails_on_the_way_is_told_again_and_nothing_else() -> None:
    """The caller took the first block, and the endpoint failed at the second."""
    rpc = FakeRpc(9, {2: [1], 4: [2], 6: [3]}, failing={4})
    history, taken = open_history(rpc), []
    with pytest.raises(Transient):
        for block in history.read_new():
            taken += block
    taken += [one for block in history.read_new() for one in block]
    assert [one.block for one in taken] == [2, 4, 6]


def test_who_breaks_off_in_a_block_gets_it_again() -> None:
    history = open_history(FakeRpc(9, {2: [1], 4: [2]}))
    for _ in history.read_new():
        break
    assert read(history) == [1, 2]


def test_an_endpoint_that_answers_for_few_blocks_is_asked_for_few() -> None:
    """N5: and what it refused is not asked again."""
    rpc = FakeRpc(40, {0: [1], 17: [2, 3], 40: [4]}, most=5)
    assert read(open_history(rpc)) == [1, 2, 3, 4]
    assert rpc.log_blocks <= 5 and rpc.ranges[0][0] == 0 and rpc.ranges[-1][1] == 40
