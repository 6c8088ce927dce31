"""What a bell has heard, and for what it rings. Each test waits for what has happened already, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread

import pytest

from orchestrator.adapters.chain.bell import DEAF_SECONDS, LAG_SECONDS, Bell, Head


def head(number: int, branch: str = "", parent: str = "") -> Head:
    """Block `number` of a branch, on one of the same branch unless it is said on which; a block a second."""
    return Head(number, f"{branch}{number}".encode(), f"{parent or branch}{number - 1}".encode(), 1000 + number)


class Waiting(Condition):
    """Tells for how long it would have waited, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        self.pauses.append(0.0 if predicate() else timeout or 0.0)
        return predicate()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def bell(now: list[float], waiting: Waiting) -> Bell:
    bell = Bell(lambda: now[0], waiting)
    bell.hear_head(head(7))
    return bell


def test_it_rings_for_an_event_after_what_was_seen_and_for_none_before(bell: Bell, waiting: Waiting) -> None:
    bell.hear_event(7)
    bell.wait(9.0, seen=7)
    bell.wait(9.0, seen=6)
    assert waiting.pauses == [9.0, LAG_SECONDS]


def test_a_head_rings_only_where_its_time_or_number_is_waited_for(bell: Bell, waiting: Waiting) -> None:
    """N6: an idle node does not look at every block."""
    for wanted in (dict(), dict(until=1008), dict(block=8), dict(until=1007), dict(block=7)):
        bell.hear_head(head(bell.head))  # told again: nothing new
        bell._answered = None
        bell.wait(9.0, seen=6, **wanted)
    assert waiting.pauses == [9.0, 9.0, 9.0, 0.0, 0.0]


def test_a_head_that_was_seen_does_not_ring(bell: Bell, waiting: Waiting) -> None:
    bell.wait(9.0, seen=7, until=1)
    assert waiting.pauses == [9.0]


def test_who_looked_and_saw_less_than_was_told_looks_again_soon_and_not_at_once(bell: Bell, waiting: Waiting) -> None:
    """N4: the endpoint that answers may be behind the one that tells."""
    bell.hear_event(8)
    bell.wait(9.0, seen=7)
    bell.wait(9.0, seen=7)
    assert waiting.pauses == [0.0, LAG_SECONDS]
    bell.hear_event(9)
    bell.wait(9.0, seen=7)
    assert waiting.pauses[-1] == 0.0


def test_it_rings_when_blocks_were_replaced_or_missed(bell: Bell, waiting: Waiting) -> None:
    bell.wait(9.0, seen=7)
    bell.hear_head(head(7, "other"))
    bell.wait(9.0, seen=7)
    bell.hear_head(head(8, "other"))
    bell.wait(9.0, seen=7)
    bell.hear_head(head(12, "other"))
    bell.wait(9.0, seen=12)
    bell.hear_upheaval()
    bell.wait(9.0, seen=12)
    assert waiting.pauses == [9.0, 0.0, 9.0, 0.0, 0.0]


def test_a_block_is_in_the_chain_as_long_as_heads_follow_on_it(bell: Bell) -> None:
    """D10: without a request a reader knows that no reorganisation has replaced what it read."""
    bell.hear_head(head(8))
    assert bell.has_block(7, head(7).hash) is True
    assert bell.has_block(7, b"another") is False
    assert bell.has_block(6, head(6).hash) is None
    bell.hear_head(head(8, "other"))
    assert bell.has_block(7, head(7).hash) is None, "it may be replaced as well"


def test_who_hears_no_heads_for_long_relies_on_none(bell: Bell, now: list[float]) -> None:
    assert bell.is_heard
    now[0] += DEAF_SECONDS
    assert not bell.is_heard and bell.has_block(7, head(7).hash) is None
    bell.hear_head(head(8))
    assert bell.is_heard
    bell.fall_silent()
    assert not bell.is_heard and bell.head == -1


def test_who_waits_for_a_head_is_woken_by_it() -> None:
    bell = Bell()
    bell.hear_head(head(7))
    told = Thread(target=lambda: bell.hear_head(head(8)))
    told.start()
    bell.wait_for_head(7, 30.0)
    told.join()
    assert bell.head == 8
