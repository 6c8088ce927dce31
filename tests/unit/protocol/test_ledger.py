"""What has happened in a task is rebuilt from the task's events alone (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.protocol.dues import Due, Duty, Strikes
from orchestrator.protocol.events import (
    Anchored,
    Claimed,
    Funded,
    Happened,
    Joined,
    Left,
    OperatorNamed,
    Positioned,
    Refunded,
    RoundDrawn,
    RoundSettled,
    ShareReturned,
    Slashed,
    TaskClosed,
    ToppedUp,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
    Withdrawn,
)
from orchestrator.protocol.ledger import Ledger, compute_seconds, find_round
from orchestrator.protocol.payout import Progress, Result
from orchestrator.protocol.roles import compute_role, rank_of
from orchestrator.protocol.types import NO_DIGEST, Ballot, Fault, Outcome, Role
from tests.unit.protocol.examples import ACCOUNTS, MODEL, PARAMETERS, SEED, WINNER, draw_round, play_round, tell

OTHER = bytes([3]) * 32
STRANGER = "0x" + "99" * 20


@pytest.fixture
def ledger() -> Ledger:
    return draw_round()


def list_roles(ledger: Ledger) -> tuple[str, list[str]]:
    (proposer,), voters = ledger.rounds[1].list_with(Role.PROPOSER), ledger.rounds[1].list_with(Role.VOTER)
    return proposer, voters


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
    """R12, R19: its voters had no duty, its proposer was absent, and nothing is decided."""
    tell(ledger, RoundSettled(1, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0, 0), at=115)
    expected = {"drawing": 3, "training": 100, "committing": 0, "revealing": 0, "settling": 2}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected
    assert ledger.rounds[1].winner is None and ledger.global_model == MODEL
    proposer, voters = list_roles(ledger)
    assert ledger.rounds[1].dues == {proposer: Due(Fault.ABSENT)} | dict.fromkeys(voters, Due())
    assert ledger.progress == Progress(2, 0, 0)


def test_the_winner_of_an_accepted_round_is_the_global_model(ledger: Ledger) -> None:
    play_round(ledger)
    assert ledger.global_model == WINNER
    assert (ledger.rounds[1].model_before, ledger.rounds[1].model_after) == (MODEL, WINNER)


def test_all_that_went_in_has_gone_out(ledger: Ledger) -> None:
    """I2: but for a wei that three shares of 166 leave of 499, and what nobody has returned."""
    play_round(ledger)
    assert (ledger.paid_in, ledger.paid_out) == (900, 899)
    assert ledger.pool == 0
    assert ledger.progress == Progress(2, 1, 0)


def test_dues_tell_fault_share_and_what_was_earned(ledger: Ledger) -> None:
    """R18, R18a, R19: a single wrong accusation costs nothing; what nobody has reported has cost nothing yet."""
    play_round(ledger)
    proposer, voters = list_roles(ledger)
    round = ledger.rounds[1]
    assert round.dues[proposer] == round.dues[voters[0]] == Due(Fault.NONE, 0, 166, 166)
    assert round.dues[voters[1]] == Due(Fault.NONE, 0, 166, 166)
    assert round.dues[voters[2]] == Due(Fault.ABSENT, 5)
    assert round.faults == {voters[2]: Fault.ABSENT}
    assert (round.turnout, round.reward, round.submitted) == (300, 499, 0b1)
    assert ledger.participants[voters[0]].earned == 166 + 1
    assert ledger.participants[voters[2]].slashed == 5


def test_a_ballot_is_kept_whole_and_tells_whom_it_accuses(ledger: Ledger) -> None:
    """R14: digest, sign, mask and losses."""
    play_round(ledger)
    proposer, voters = list_roles(ledger)
    round = ledger.rounds[1]
    assert round.revealed[voters[1]] == Ballot(WINNER, 1, 1, 2, 1)
    assert round.list_accused(round.revealed[voters[1]].against) == [proposer]
    assert round.list_accused(round.revealed[voters[0]].against) == []
    assert round.compute_accusing_weight(proposer, unit=ledger.unit) == 100
    assert round.get_duty(voters[2]) == Duty(Role.VOTER) and round.get_duty(STRANGER) == Duty(Role.NONE)
    assert round.get_duty(proposer) == Duty(Role.PROPOSER, 0, has_submitted=True)


def condemn(ledger: Ledger) -> tuple[str, list[str]]:
    """The proposer is condemned by two of three, who vote against; the third votes for another digest."""
    proposer, voters = list_roles(ledger)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100), at=20)
    tell(ledger, *(VoteCommitted(1, voter, WINNER) for voter in voters), at=24)
    tell(ledger, *(VoteRevealed(1, voter, WINNER, -1, 1, 100, 2, 1) for voter in voters[:2]), at=26)
    tell(ledger, VoteRevealed(1, voters[2], OTHER, -1, 0, 100, 2, 1), at=26)
    tell(ledger, RoundSettled(1, Outcome.REJECTED, WINNER, 0, 200, 400, 400, 1), at=30)
    return proposer, voters


def test_who_is_condemned_earns_nothing_and_its_share_goes_back(ledger: Ledger) -> None:
    """R17a, R18, I11: to the pool, when its own due is applied."""
    proposer, voters = condemn(ledger)
    round = ledger.rounds[1]
    assert round.result == Result(Outcome.REJECTED, WINNER, 0, 200, 1)
    assert round.list_condemned() == [proposer]
    assert sorted(round.list_good()) == sorted(voters[:2])
    assert ledger.pool == 100
    tell(ledger, ShareReturned(1, proposer, 100), Slashed(1, proposer, Fault.CONDEMNED, 5, voters[0], 1), at=31)
    assert ledger.pool == 100 + 100 + 4
    assert (ledger.participants[proposer].returned, ledger.participants[proposer].slashed) == (100, 5)
    assert round.dues[proposer] == Due(Fault.CONDEMNED, 5, 100, 0)
    assert round.dues[voters[2]] == Due(Fault.DIVERGENT, 0, 100, 0)
    assert ledger.participants[proposer].earned == 0
    assert ledger.global_model == round.model_after == MODEL


def test_a_condemned_proposer_of_an_accepted_round_is_not_among_the_good(ledger: Ledger) -> None:
    """R18: and a voter for the winner is, whomever it accused."""
    proposer, voters = list_roles(ledger)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100))
    tell(
        ledger,
        *(VoteRevealed(1, voter, WINNER, 1, against, 100, 2, 1) for against, voter in zip((1, 1, 0), voters, strict=True)),
    )
    tell(ledger, RoundSettled(1, Outcome.ACCEPTED, WINNER, 300, 0, 400, 400, 1))
    assert ledger.rounds[1].list_good() == voters
    assert [ledger.rounds[1].dues[voter].earned for voter in voters] == [100, 100, 0]


def test_strikes_are_those_of_the_dues_that_are_applied(ledger: Ledger) -> None:
    """R19: which shows with an act in a later round, a report, a top-up, a claim or a withdrawal."""
    proposer, voters = condemn(ledger)
    tell(ledger, Anchored(2, 9, 4))
    tell(ledger, RoundDrawn(2, SEED.to_bytes(32, "big"), 4))
    assert ledger.participants[proposer].strikes == Strikes()
    tell(ledger, Slashed(1, proposer, Fault.CONDEMNED, 5, voters[0], 1))
    assert ledger.participants[proposer].strikes == Strikes(as_proposer=1)
    tell(ledger, ToppedUp(voters[2], 50, 3))
    assert ledger.participants[voters[2]].strikes == Strikes(as_voter=1)
    assert ledger.rounds[1].strikes == {proposer: 0, voters[2]: 0}
    tell(ledger, UpdateSubmitted(2, proposer, WINNER, 0, 95))
    tell(ledger, VoteRevealed(2, voters[2], WINNER, 1, 0, 100, 0, 0), VoteRevealed(2, voters[0], WINNER, 1, 0, 100, 0, 0))
    tell(ledger, Claimed(voters[0], voters[0], 100))
    tell(ledger, RoundSettled(2, Outcome.ACCEPTED, WINNER, 200, 0, 0, 295, 0))
    tell(ledger, Claimed(voters[2], voters[2], 1))
    assert ledger.participants[voters[2]].strikes == Strikes()
    assert ledger.rounds[2].strikes == {voters[2]: 1}
    tell(ledger, Withdrawn(proposer, proposer, 95, 0))
    assert ledger.participants[proposer].strikes == Strikes()
    assert ledger.rounds[2].strikes == {voters[2]: 1, proposer: 1}


@pytest.mark.parametrize(("later", "strikes"), [(6, 1), (7, 0)])
def test_absence_that_nobody_reports_for_six_rounds_is_forgiven(ledger: Ledger, later: int, strikes: int) -> None:
    """R10, R19."""
    proposer, voters = list_roles(ledger)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100))
    tell(ledger, *(VoteRevealed(1, voter, WINNER, 1, 0, 100, 2, 1) for voter in voters[:2]))
    tell(ledger, RoundSettled(1, Outcome.ACCEPTED, WINNER, 200, 0, 0, 300, 0))
    for number in range(2, 1 + later):
        tell(ledger, Anchored(number, 9, 4), RoundDrawn(number, SEED.to_bytes(32, "big"), 4))
        tell(ledger, RoundSettled(number, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0, 0))
    tell(ledger, ToppedUp(voters[2], 1, 1 + later))
    assert ledger.participants[voters[2]].strikes.as_voter == strikes


def test_who_comes_back_is_a_member_again(ledger: Ledger) -> None:
    """R4, R6: with the strikes of before, and with what is at stake now."""
    account = ACCOUNTS[0]
    tell(ledger, ToppedUp(account, 7, 2), Left(account, 2, 50), Withdrawn(account, account, 107, 0))
    participant = ledger.participants[account]
    assert (participant.is_member, participant.has_withdrawn, participant.at_stake) == (False, True, 0)
    tell(ledger, Joined(account, 200))
    assert (participant.is_member, participant.has_withdrawn, participant.at_stake) == (True, False, 200)
    assert (participant.staked, participant.withdrawn, participant.stake) == (307, 107, 307)


def test_the_pool_is_what_came_less_what_went(ledger: Ledger) -> None:
    """R3, R7."""
    tell(ledger, Funded(STRANGER, 40), TaskClosed(STRANGER, False), Refunded(ACCOUNTS[0], 500))
    assert ledger.pool == 40
    assert (ledger.paid_in, ledger.paid_out) == (940, 500)


def test_operators_are_those_named_last(ledger: Ledger) -> None:
    """R6a: of members and of others."""
    tell(ledger, OperatorNamed(ACCOUNTS[0], STRANGER), OperatorNamed(STRANGER, ACCOUNTS[1]))
    tell(ledger, OperatorNamed(ACCOUNTS[0], ACCOUNTS[2]))
    assert ledger.operators == {ACCOUNTS[0]: ACCOUNTS[2], STRANGER: ACCOUNTS[1]}


def test_a_slasher_need_be_nobody(ledger: Ledger) -> None:
    """R20: anybody earns the share."""
    _, voters = condemn(ledger)
    tell(ledger, Slashed(1, voters[2], Fault.DIVERGENT, 5, STRANGER, 2), Claimed(STRANGER, STRANGER, 2))
    slasher = ledger.participants[STRANGER]
    assert (slasher.earned, slasher.claimed, slasher.rewards, slasher.is_member) == (2, 2, 0, False)


def test_what_is_no_event_is_refused(ledger: Ledger) -> None:
    elephant: Any = "Elephant"
    with pytest.raises(AssertionError):
        ledger.apply(Happened(elephant, 0, 0))


def test_a_transaction_belongs_to_the_round_that_it_moved_not_to_that_whose_dues_it_applied() -> None:
    slashed, moved = Slashed(1, ACCOUNTS[0], Fault.ABSENT, 5, ACCOUNTS[1], 1), UpdateSubmitted(2, ACCOUNTS[0], WINNER, 0, 1)
    assert find_round([slashed, moved]) == find_round([moved, slashed]) == 2
    assert find_round([slashed]) == find_round([ShareReturned(1, ACCOUNTS[0], 5)]) == 1
    assert find_round([Joined(ACCOUNTS[0], 1)]) is None


def test_top_ups_and_claims_are_booked(ledger: Ledger) -> None:
    """I2, R4, R21: what comes in and what goes out, and what of it was stake."""
    account = ACCOUNTS[0]
    tell(ledger, ToppedUp(account, 7, 2), Claimed(account, account, 3), Withdrawn(account, account, 107, 2))
    assert (ledger.paid_in, ledger.paid_out) == (900 + 7, 3 + 109)
    assert (ledger.participants[account].claimed, ledger.participants[account].withdrawn) == (3, 109)


def test_an_act_applies_the_dues_before_it(ledger: Ledger) -> None:
    """R20, R19: whoever acts again has its earlier fault behind it, and no due of the round in progress."""
    proposer, _ = condemn(ledger)
    tell(ledger, Anchored(2, 9, 4), RoundDrawn(2, SEED.to_bytes(32, "big"), 4))
    tell(ledger, UpdateSubmitted(2, proposer, WINNER, 0, 95))
    assert ledger.participants[proposer].strikes == Strikes(as_proposer=1)
    assert (ledger.participants[proposer].resolved, ledger.rounds[1].strikes) == (1, {proposer: 0})
    tell(ledger, Joined(STRANGER, 100))
    assert ledger.participants[STRANGER].resolved == 1


def test_a_good_proposer_of_an_accepted_round_is_among_the_good(ledger: Ledger) -> None:
    """R18."""
    play_round(ledger)
    proposer, voters = list_roles(ledger)
    assert sorted(ledger.rounds[1].list_good()) == sorted([proposer, *voters[:2]])


def test_nothing_is_known_before_it_is_told(ledger: Ledger) -> None:
    round, participant = ledger.rounds[1], ledger.participants[ACCOUNTS[0]]
    assert round.result == Result(Outcome.NONE, None, 0, 0, 0)
    assert (round.reward, round.turnout, round.updated_at, round.revealed_at) == (0, 0, 0, 0)
    assert (participant.is_member, participant.has_withdrawn, participant.acted_round) == (True, False, 0)


def test_a_commit_phase_that_not_all_use_lasts_its_window(ledger: Ledger) -> None:
    """R13, R14: and a reveal phase ends with the last reveal of those that committed."""
    proposer, voters = list_roles(ledger)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100), at=20)
    tell(ledger, VoteCommitted(1, voters[0], WINNER), at=22)
    tell(ledger, VoteRevealed(1, voters[0], WINNER, 1, 0, 100, 2, 1), at=20 + PARAMETERS.commit_window + 9)
    tell(ledger, RoundSettled(1, Outcome.VOID, NO_DIGEST, 0, 0, 0, 200, 0), at=20 + PARAMETERS.commit_window + 11)
    expected = {"drawing": 3, "training": 7, "committing": PARAMETERS.commit_window, "revealing": 9, "settling": 2}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected


def test_phases_that_all_use_end_with_the_last_act(ledger: Ledger) -> None:
    proposer, voters = list_roles(ledger)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100), at=20)
    for at, voter in enumerate(voters, start=22):
        tell(ledger, VoteCommitted(1, voter, WINNER), at=at)
    for at, voter in enumerate(voters, start=30):
        tell(ledger, VoteRevealed(1, voter, WINNER, 1, 0, 100, 2, 1), at=at)
    tell(ledger, RoundSettled(1, Outcome.ACCEPTED, WINNER, 300, 0, 0, 400, 0), at=40)
    expected = {"drawing": 3, "training": 7, "committing": 4, "revealing": 8, "settling": 8}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected
