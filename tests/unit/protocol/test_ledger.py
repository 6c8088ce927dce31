"""What has happened in a task is rebuilt from the task's events alone (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.protocol.events import (
    Anchored,
    Happened,
    Joined,
    Positioned,
    RoundDrawn,
    RoundSettled,
    Slashed,
    UpdateSubmitted,
)
from orchestrator.protocol.ledger import Ledger, compute_seconds, find_round
from orchestrator.protocol.roles import compute_role, rank_of
from orchestrator.protocol.types import NO_DIGEST, Fault, Outcome
from tests.unit.protocol.examples import ACCOUNTS, MODEL, PARAMETERS, SEED, WINNER, draw_round, play_round, tell


@pytest.fixture
def ledger() -> Ledger:
    return draw_round()


def test_roles_follow_from_the_seed_and_from_who_stood_where(ledger: Ledger) -> None:
    expected = {account: compute_role(rank_of(SEED, 4, position), 1, 3) for position, account in enumerate(ACCOUNTS)}
    assert ledger.rounds[1].roles == expected


def test_who_takes_a_position_later_has_no_part_in_an_earlier_draw(ledger: Ledger) -> None:
    tell(ledger, Positioned(ACCOUNTS[3], 0, 2))
    tell(ledger, Anchored(2, 9, 3), at=90)
    tell(ledger, RoundDrawn(2, SEED.to_bytes(32, "big"), 3), at=93)
    assert set(ledger.rounds[1].roles) == set(ACCOUNTS)
    assert set(ledger.rounds[2].roles) == {ACCOUNTS[3], ACCOUNTS[1], ACCOUNTS[2]}


def test_a_second_anchor_of_a_round_does_not_open_it_again(ledger: Ledger) -> None:
    """R8: a draw that came too late takes a new anchor; the members are those of the first."""
    tell(ledger, Anchored(2, 9, 4), at=90)
    tell(ledger, Anchored(2, 300, 4), at=400)
    assert ledger.rounds[2].opened_at == 90


def test_phases_end_with_the_last_act_or_with_their_window(ledger: Ledger) -> None:
    play_round(ledger)
    expected = {"drawing": 3, "training": 7, "committing": 4, "revealing": PARAMETERS.reveal_window, "settling": 1}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected


def test_a_round_without_updates_has_no_vote(ledger: Ledger) -> None:
    tell(ledger, RoundSettled(1, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0), at=115)
    expected = {"drawing": 3, "training": 100, "committing": 0, "revealing": 0, "settling": 2}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected
    assert ledger.rounds[1].winner is None and ledger.global_model == MODEL


def test_the_winner_of_an_accepted_round_is_the_global_model(ledger: Ledger) -> None:
    play_round(ledger)
    assert ledger.global_model == WINNER
    assert (ledger.rounds[1].model_before, ledger.rounds[1].model_after) == (MODEL, WINNER)


def test_what_is_no_event_is_refused(ledger: Ledger) -> None:
    elephant: Any = "Elephant"
    with pytest.raises(AssertionError):
        ledger.apply(Happened(elephant, 0, 0))


def test_a_transaction_belongs_to_the_round_that_it_moved_not_to_that_whose_dues_it_applied() -> None:
    slashed, moved = Slashed(1, ACCOUNTS[0], Fault.ABSENT, 5, ACCOUNTS[1], 1), UpdateSubmitted(2, ACCOUNTS[0], WINNER, 1)
    assert find_round([slashed, moved]) == find_round([moved, slashed]) == 2
    assert find_round([slashed]) == 1
    assert find_round([Joined(ACCOUNTS[0], 1)]) is None
