"""What rounds decide, pay and cost, by the Python twin (R16 – R20)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.payout import (
    Result,
    Weighed,
    compute_good_stake,
    compute_penalty,
    compute_result,
    compute_round_reward,
    compute_share,
    compute_slasher_share,
    find_fault,
)
from orchestrator.protocol.types import Ballot, Fault, Outcome

A, B = b"\xaa" * 32, b"\xbb" * 32


def vote(digest: bytes, score: int, weight: int) -> Weighed:
    return Weighed(Ballot(digest, score, 1, 1), weight)


@pytest.mark.parametrize(
    ("ballots", "expected"),
    [
        ([], Result(Outcome.VOID, None, 0, 0)),
        ([vote(A, 1, 5), vote(B, 1, 5)], Result(Outcome.VOID, None, 0, 0)),
        ([vote(A, 1, 5)], Result(Outcome.VOID, None, 0, 0)),
        ([vote(A, 1, 5), vote(A, -1, 4)], Result(Outcome.ACCEPTED, A, 5, 4)),
        ([vote(A, 1, 4), vote(A, -1, 5)], Result(Outcome.REJECTED, A, 4, 5)),
        ([vote(A, 1, 5), vote(A, -1, 5)], Result(Outcome.VOID, A, 5, 5)),
        ([vote(A, -1, 6), vote(B, 1, 5), vote(B, 1, 0)], Result(Outcome.REJECTED, A, 0, 6)),
        ([vote(A, 1, 5), vote(B, 1, 4), vote(B, -1, 2)], Result(Outcome.ACCEPTED, B, 4, 2)),
        ([vote(B, 1, 5), vote(A, -1, 6)], Result(Outcome.REJECTED, A, 0, 6)),
    ],
    ids=[
        "nobody",
        "a tie",
        "below the quorum",
        "for",
        "against",
        "exactly zero",
        "weight, not heads",
        "not the first",
        "not the last",
    ],
)
def test_a_round_is_decided_by_revealed_weight(ballots: list[Weighed], expected: Result) -> None:
    """R16, R17, D1, D2: the heaviest digest wins, its net weight decides; a tie, no quorum or exactly zero is void."""
    assert compute_result(ballots, voters=4, quorum_bps=5000) == expected


FAULTS = [
    (Outcome.ACCEPTED, None, True, False, Fault.NONE),
    (Outcome.REJECTED, None, True, False, Fault.REJECTED),
    (Outcome.VOID, None, True, False, Fault.NONE),
    (Outcome.VOID, None, False, True, Fault.ABSENT),
    (Outcome.ACCEPTED, Ballot(A, 1, 1, 1), False, False, Fault.NONE),
    (Outcome.ACCEPTED, Ballot(A, -1, 1, 1), False, False, Fault.MINORITY),
    (Outcome.ACCEPTED, Ballot(B, 1, 1, 1), False, False, Fault.DIVERGENT),
    (Outcome.REJECTED, Ballot(A, 1, 1, 1), False, False, Fault.MINORITY),
    (Outcome.VOID, Ballot(B, 1, 1, 1), False, False, Fault.NONE),
    (Outcome.ACCEPTED, None, False, False, Fault.NONE),
]


@pytest.mark.parametrize(("outcome", "ballot", "has_submitted", "is_absent", "expected"), FAULTS)
def test_each_fault_has_its_kind(
    outcome: Outcome, ballot: Ballot, has_submitted: bool, is_absent: bool, expected: Fault
) -> None:
    """R19, D3: absent, divergent, minority, rejected; in a void round only absence counts."""
    assert find_fault(Result(outcome, A, 1, 1), ballot=ballot, has_submitted=has_submitted, is_absent=is_absent) is expected


@given(st.integers(0, 2**96 - 1), st.integers(1, 50))
def test_rounds_never_pay_more_than_the_pool(pool: int, rounds: int) -> None:
    """R18, D4: each round takes its part of what is left, and the last one takes all of it."""
    left = pool
    for round in range(1, rounds + 1):
        left -= compute_round_reward(left, rounds, round)
    assert left == 0


@given(st.integers(0, 2**96 - 1), st.lists(st.integers(1, 2**90), min_size=1, max_size=30))
def test_shares_never_exceed_the_reward(reward: int, stakes: list[int]) -> None:
    """R18, I1: rounding leaves at most one wei per participant behind."""
    paid = sum(compute_share(reward, stake, sum(stakes)) for stake in stakes)
    assert reward - len(stakes) < paid <= reward


@given(st.integers(0, 2**96 - 1), st.integers(0, 10_000), st.integers(0, 10_000))
def test_penalties_never_exceed_the_stake_nor_shares_the_penalty(stake: int, penalty_bps: int, slasher_bps: int) -> None:
    """R19, R20, I7."""
    penalty = compute_penalty(stake, Fault.ABSENT, {Fault.ABSENT: penalty_bps})
    assert 0 <= compute_slasher_share(penalty, slasher_bps) <= penalty <= stake


def test_what_has_no_penalty_costs_nothing() -> None:
    """R19: a fault that a task does not penalise, and no fault at all."""
    assert compute_penalty(10**18, Fault.NONE, {Fault.ABSENT: 500}) == 0
    assert compute_penalty(1000, Fault.ABSENT, {Fault.ABSENT: 500}) == 50


def test_good_stake_is_that_of_who_earns() -> None:
    """R18: accepted: proposers and voters for; rejected: voters against; void: nobody."""
    assert compute_good_stake(Result(Outcome.ACCEPTED, A, 5, 2), [3, 4]) == 12
    assert compute_good_stake(Result(Outcome.REJECTED, A, 2, 5), [3, 4]) == 5
    assert compute_good_stake(Result(Outcome.VOID, None, 0, 0), [3, 4]) == 0
