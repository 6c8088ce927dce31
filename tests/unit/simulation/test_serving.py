"""Updates that are served to some first, late or never, and what the honest pass on (section 5, "Withheld updates")."""

from __future__ import annotations

from math import inf

import pytest

from orchestrator.errors import ArtifactMissing
from orchestrator.simulation.memory import MemoryStore
from orchestrator.simulation.serving import PASSING_ON_SECONDS, SERVINGS, Offers, ServedStorage
from orchestrator.simulation.strategies import STRATEGIES

FIRST, SECOND, LIAR = ("0x" + "0" * 39 + digit for digit in "234")


class Town:
    """Two honest voters, and one who serves as it likes."""

    def __init__(self, serving: str) -> None:
        self.now, self.store, self.offers = 1000.0, MemoryStore(), Offers()
        self.liar = self.open(LIAR, serving)
        self.digest = self.liar.put(b"bytes")

    def open(self, account: str, serving: str = "at once") -> ServedStorage:
        clock = lambda: self.now  # noqa: E731
        return ServedStorage(self.store, self.offers, account, SERVINGS[serving], commit_window=300.0, clock=clock)

    def can_fetch(self, account: str, serving: str = "at once") -> bool:
        try:
            return self.open(account, serving).get(self.digest, limit_bytes=99) == b"bytes"
        except ArtifactMissing:
            return False


def test_what_is_withheld_reaches_nobody() -> None:
    town = Town("never")
    town.now += 10**6
    assert not town.can_fetch(FIRST) and not town.can_fetch(SECOND)


def test_who_has_an_update_passes_it_on_within_seconds() -> None:
    town = Town("to half")
    assert not town.can_fetch(SECOND) and town.can_fetch(FIRST)
    town.now += PASSING_ON_SECONDS - 0.1
    assert not town.can_fetch(SECOND)
    town.now += 0.1
    assert town.can_fetch(SECOND)


def test_liars_pass_nothing_on() -> None:
    town = Town("to half")
    assert town.can_fetch(FIRST, "to half")
    town.now += 10 * PASSING_ON_SECONDS
    assert not town.can_fetch(SECOND)


def test_what_comes_at_last_is_served_somewhere_in_the_middle_third_and_then_passed_on() -> None:
    town = Town("to half at last")
    town.now += 99
    assert not town.can_fetch(FIRST)
    served = town.offers.find_next_change(town.now)
    assert 1100 <= served <= 1200
    town.now = served
    assert town.can_fetch(FIRST) and not town.can_fetch(SECOND)
    assert town.offers.find_next_change(town.now) == served + PASSING_ON_SECONDS
    town.now += PASSING_ON_SECONDS
    assert town.can_fetch(SECOND) and town.offers.find_next_change(town.now) == inf


def test_what_is_late_comes_to_all_when_half_of_the_window_is_over() -> None:
    town = Town("late")
    assert not town.can_fetch(FIRST)
    town.now += 150
    assert town.can_fetch(FIRST) and town.can_fetch(SECOND)


def test_who_hides_what_another_offers_hides_nothing() -> None:
    town = Town("never")
    town.open(FIRST).put(b"bytes")
    assert town.can_fetch(SECOND)
    town.liar.put(b"bytes")
    assert town.can_fetch(SECOND)


def test_changes_are_counted_as_they_come() -> None:
    town = Town("to half")
    assert town.offers.count_changes(999) == 0 and town.offers.count_changes(1000) == 1
    town.can_fetch(FIRST)
    assert [town.offers.count_changes(now) for now in (1004.9, 1005)] == [1, 2]


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_serves_in_a_way_that_there_is(name: str) -> None:
    assert STRATEGIES[name].serves in SERVINGS
