"""What has happened in a task is rebuilt from the task's events alone (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.protocol.events import (
    Anchored,
    Happened,
    Joined,
    RoundSettled,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
)
from orchestrator.protocol.ledger import Ledger, compute_seconds, find_round
from orchestrator.protocol.types import NO_DIGEST, Fault, Outcome, Role
from tests.unit.protocol.examples import ACCOUNTS, MODEL, PARAMETERS, WINNER, draw_round, play_round, tell


@pytest.fixture
def ledger() -> Ledger:
    return draw_round()


def test_a_second_anchor_of_a_round_does_not_open_it_again(ledger: Ledger) -> None:
    """R8: a draw that came too late takes a new anchor; the members are those of the first."""
    tell(ledger, Anchored(2, 9, 4), at=90)
    tell(ledger, Anchored(2, 300, 4), at=400)
    assert ledger.rounds[2].opened_at == 90


def test_phases_end_with_the_last_act_or_with_their_window(ledger: Ledger) -> None:
    play_round(ledger)
    expected = {"drawing": 3, "training": 7, "committing": 4, "revealing": PARAMETERS.reveal_window, "settling": 1}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected


def test_when_all_have_revealed_the_phase_is_over(ledger: Ledger) -> None:
    """R14: no one waits for the window to pass."""
    (proposer,), voters = ledger.rounds[1].list_with(Role.PROPOSER), ledger.rounds[1].list_with(Role.VOTER)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 100), at=20)
    tell(ledger, *(VoteCommitted(1, voter, WINNER) for voter in voters), at=24)
    for at, voter in enumerate(voters, start=26):
        tell(ledger, VoteRevealed(1, voter, WINNER, 1, 100, 2, 1), at=at)
    tell(ledger, RoundSettled(1, Outcome.ACCEPTED, WINNER, 300, 0, 500, 400), at=31)
    expected = {"drawing": 3, "training": 7, "committing": 4, "revealing": 4, "settling": 3}
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


def test_who_was_penalised_and_for_what_stands_with_the_round(ledger: Ledger) -> None:
    """R19: the third voter committed and did not reveal."""
    play_round(ledger)
    assert ledger.rounds[1].faults == {ledger.rounds[1].list_with(Role.VOTER)[2]: Fault.ABSENT}


def test_who_returns_has_not_withdrawn_any_more(ledger: Ledger) -> None:
    """R4: an account may join again, and its page goes on."""
    play_round(ledger)
    tell(ledger, Joined(ACCOUNTS[0], 70))
    it = ledger.participants[ACCOUNTS[0]]
    assert it.is_member and not it.has_withdrawn and it.staked == 170


def test_what_is_no_event_is_refused(ledger: Ledger) -> None:
    elephant: Any = "Elephant"
    with pytest.raises(AssertionError):
        ledger.apply(Happened(elephant, 0, 0))


def test_a_transaction_belongs_to_the_round_that_it_moved_not_to_that_whose_dues_it_applied() -> None:
    slashed, moved = Slashed(1, ACCOUNTS[0], Fault.ABSENT, 5, ACCOUNTS[1], 1), UpdateSubmitted(2, ACCOUNTS[0], WINNER, 1)
    assert find_round([slashed, moved]) == find_round([moved, slashed]) == 2
    assert find_round([slashed]) == 1
    assert find_round([Joined(ACCOUNTS[0], 1)]) is None
