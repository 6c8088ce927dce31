"""What rounds decide and pay, and when a task is completed, by the Python twin (R16 – R19a)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.payout import (
    Progress,
    Result,
    Weighed,
    compute_result,
    compute_round_reward,
    compute_share,
    compute_slasher_share,
    compute_turnout,
)
from orchestrator.protocol.types import Ballot, Outcome

A, B, C = b"\xaa" * 32, b"\xbb" * 32, b"\xcc" * 32
ACCEPTED, REJECTED, VOID = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.VOID


def vote(digest: bytes, score: int, weight: int, against: int = 0) -> Weighed:
    return Weighed(Ballot(digest, score, against, 1, 1), weight)


@pytest.mark.parametrize(
    ("ballots", "expected"),
    [
        ([], Result(VOID)),
        ([vote(A, 1, 5), vote(B, 1, 5)], Result(VOID)),
        ([vote(A, 1, 5)], Result(VOID)),
        ([vote(A, 1, 5, 1)], Result(VOID)),
        ([vote(A, 1, 5), vote(B, 1, 4), vote(C, 1, 4)], Result(VOID)),
        ([vote(A, 1, 5), vote(B, 1, 4)], Result(ACCEPTED, A, 5, 0)),
        ([vote(A, 1, 5), vote(A, -1, 4)], Result(ACCEPTED, A, 5, 4)),
        ([vote(A, 1, 4), vote(A, -1, 5)], Result(REJECTED, A, 4, 5)),
        ([vote(A, 1, 5), vote(A, -1, 5)], Result(VOID, A, 5, 5)),
        ([vote(A, -1, 6), vote(B, 1, 5), vote(B, 1, 0)], Result(REJECTED, A, 0, 6)),
        ([vote(A, 1, 5), vote(B, 1, 4), vote(B, -1, 2)], Result(ACCEPTED, B, 4, 2)),
        ([vote(B, 1, 5), vote(A, -1, 6)], Result(REJECTED, A, 0, 6)),
        ([vote(A, 1, 5, 0b10), vote(B, 1, 4)], Result(ACCEPTED, A, 5, 0, 0b10)),
        ([vote(A, 1, 5, 0b10), vote(B, 1, 5, 0b10)], Result(VOID, condemned=0b10)),
        ([vote(A, 1, 5, 0b11), vote(A, -1, 5, 0b01)], Result(VOID, A, 5, 5, 0b01)),
    ],
    ids=[
        "nobody",
        "exactly half",
        "below the quorum",
        "accused below the quorum",
        "a plurality",
        "a majority",
        "for",
        "against",
        "exactly zero",
        "weight, not heads",
        "not the first",
        "not the last",
        "accused by the winner's",
        "condemned without a winner",
        "condemned at exactly zero",
    ],
)
def test_a_round_is_decided_by_more_than_half_of_the_revealed_weight(ballots: list[Weighed], expected: Result) -> None:
    """R16 – R17a, D1, D2, D19: more than half names the winner, its net weight decides; else the round is void."""
    assert compute_result(iter(ballots), voters=4, quorum_bps=5000, unit=1) == expected


def test_a_round_that_nobody_decided_has_no_winner_and_no_weight() -> None:
    """R16, R17a."""
    assert Result(VOID) == Result(VOID, None, 0, 0, 0)


@pytest.mark.parametrize(("voters", "quorum_bps", "outcome"), [(3, 6666, ACCEPTED), (3, 6667, VOID), (2, 10_000, ACCEPTED)])
def test_so_many_must_reveal(voters: int, quorum_bps: int, outcome: Outcome) -> None:
    """R16: a quorum of voters, not of weight."""
    ballots = [vote(A, 1, 1), vote(A, 1, 1)]
    assert compute_result(ballots, voters=voters, quorum_bps=quorum_bps, unit=1).outcome is outcome


def test_accusations_are_weighed_in_units() -> None:
    """R17a."""
    assert compute_result([vote(A, 1, 15, 1), vote(A, 1, 14)], voters=2, quorum_bps=1, unit=10).condemned == 0
    assert compute_result([vote(A, 1, 15, 1), vote(A, 1, 14)], voters=2, quorum_bps=1, unit=5).condemned == 1


@given(st.integers(0, 2**90 - 1), st.integers(1, 50))
def test_rounds_never_pay_more_than_the_pool(pool: int, rounds: int) -> None:
    """R18, D4: each round takes its part of what is left, and the last one takes all of it."""
    left = pool
    for decided in range(rounds):
        left -= compute_round_reward(left, rounds, decided)
    assert left == 0


def test_a_void_round_takes_nothing_from_the_next_ones() -> None:
    """R18, D22: what counts is how many are left to decide."""
    assert [compute_round_reward(1000, 5, decided) for decided in (0, 1, 4)] == [200, 250, 1000]
    assert [compute_round_reward(2**89 + 1, 3, decided) for decided in (0, 1)] == [(2**89 + 1) // 3, 2**88]


@given(st.integers(0, 2**90 - 1), st.lists(st.integers(1, 2**80), min_size=1, max_size=30), st.integers(0, 29))
def test_shares_never_exceed_the_reward(reward: int, stakes: list[int], updates: int) -> None:
    """R18, I1: all that acted share, and rounding leaves less than a wei for each behind."""
    turnout = compute_turnout(iter(stakes[:updates]), iter(stakes[updates:]))
    assert turnout == sum(stakes)
    shared = sum(compute_share(reward, stake, turnout) for stake in stakes)
    assert reward - len(stakes) < shared <= reward


@given(st.integers(0, 2**90 - 1), st.integers(0, 10_000))
def test_a_slasher_gets_no_more_than_the_penalty(penalty: int, slasher_bps: int) -> None:
    """R20."""
    assert 0 <= compute_slasher_share(penalty, slasher_bps) <= penalty
    assert compute_slasher_share(999, 1000) == 99


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Progress(1, 0, 0)),
        ([VOID], Progress(2, 0, 0)),
        ([ACCEPTED], Progress(2, 1, 0)),
        ([REJECTED], Progress(2, 1, 1)),
        ([REJECTED, VOID, REJECTED], Progress(4, 2, 2)),
        ([REJECTED, REJECTED, ACCEPTED, REJECTED], Progress(5, 4, 1)),
    ],
)
def test_void_rounds_do_not_count(outcomes: list[Outcome], expected: Progress) -> None:
    """R19a, D22: neither as decided, nor between rejected ones."""
    progress = Progress()
    for outcome in outcomes:
        progress = progress.settle(outcome)
    assert progress == expected


@pytest.mark.parametrize(
    ("progress", "patience", "is_completed"),
    [
        (Progress(1, 0, 0), 0, False),
        (Progress(4, 2, 0), 0, False),
        (Progress(4, 3, 0), 0, True),
        (Progress(6, 0, 0), 0, False),
        (Progress(7, 0, 0), 0, True),
        (Progress(8, 1, 0), 0, True),
        (Progress(3, 2, 2), 0, False),
        (Progress(3, 2, 2), 2, True),
        (Progress(3, 2, 1), 2, False),
    ],
)
def test_a_task_of_three_rounds_is_completed(progress: Progress, patience: int, is_completed: bool) -> None:
    """R19a: after three that are decided, after six in all, or when patience is at its end; without one it never is."""
    assert progress.is_completed(3, patience) is is_completed
