"""What a settled round holds for one participant (R18 – R20), and how faults in a row add up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.dues import (
    MAX_STRIKES,
    WINDOW,
    Account,
    Due,
    Duty,
    Settled,
    Strikes,
    apply_dues,
    compute_due,
    compute_floor,
    compute_penalty,
    compute_returned,
    find_fault,
)
from orchestrator.protocol.payout import Result
from orchestrator.protocol.types import Ballot, Fault, Outcome, Role
from tests.unit.protocol.examples import PARAMETERS

A, B = b"\xaa" * 32, b"\xbb" * 32
ACCEPTED, REJECTED, VOID = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.VOID
IDLE = Duty(Role.NONE)
UPDATE, LATE_UPDATE = Duty(Role.PROPOSER, rank=1, has_submitted=True), Duty(Role.PROPOSER, rank=1)
LATE_VOTE = Duty(Role.VOTER)
TASK = replace(PARAMETERS, fault_bps=50, condemned_bps=500, slasher_bps=1000, min_stake=1000, floor_bps=5000)


def voted(score: int, digest: bytes = A, against: int = 0) -> Duty:
    return Duty(Role.VOTER, ballot=Ballot(digest, score, against, 1, 1))


def settle(outcome: Outcome, condemned: int = 0, *, reward: int = 1000) -> Settled:
    """A round with two updates, and a turnout of 10,000."""
    result = Result(outcome, A, 1, 1, condemned)
    return Settled(result, 0 if outcome is VOID else reward, turnout=10_000, updates=2)


FAULTS = [
    (ACCEPTED, 0, UPDATE, Fault.NONE),
    (REJECTED, 0, UPDATE, Fault.NONE),
    (VOID, 0, UPDATE, Fault.NONE),
    (ACCEPTED, 0b01, UPDATE, Fault.NONE),
    (ACCEPTED, 0b10, UPDATE, Fault.CONDEMNED),
    (REJECTED, 0b11, UPDATE, Fault.CONDEMNED),
    (VOID, 0b10, UPDATE, Fault.CONDEMNED),
    (ACCEPTED, 0b10, LATE_UPDATE, Fault.ABSENT),
    (VOID, 0, LATE_UPDATE, Fault.ABSENT),
    (VOID, 0, LATE_VOTE, Fault.ABSENT),
    (ACCEPTED, 0, LATE_VOTE, Fault.ABSENT),
    (ACCEPTED, 0, voted(1), Fault.NONE),
    (ACCEPTED, 0, voted(-1), Fault.MINORITY),
    (ACCEPTED, 0, voted(1, B), Fault.DIVERGENT),
    (ACCEPTED, 0, voted(-1, B), Fault.DIVERGENT),
    (REJECTED, 0, voted(1), Fault.MINORITY),
    (REJECTED, 0, voted(-1), Fault.NONE),
    (VOID, 0, voted(1, B), Fault.NONE),
    (ACCEPTED, 0b10, voted(1, against=0), Fault.NONE),
    (ACCEPTED, 0, IDLE, Fault.NONE),
    (VOID, 0, IDLE, Fault.NONE),
]


@pytest.mark.parametrize(("outcome", "condemned", "duty", "fault"), FAULTS)
def test_each_fault_has_its_kind(outcome: Outcome, condemned: int, duty: Duty, fault: Fault) -> None:
    """R19, D3, D18: in a void round only absence and condemnation; never what others did."""
    assert find_fault(Result(outcome, A, 1, 1, condemned), duty) is fault


@pytest.mark.parametrize(
    ("stake", "bps", "strikes", "penalty"),
    [
        (10_000, 50, 0, 50),
        (10_000, 50, 1, 100),
        (10_000, 50, 7, 6400),
        (10_000, 500, 4, 8000),
        (10_000, 500, 5, 10_000),
        (10_000, 10_000, 7, 10_000),
        (199, 50, 0, 0),
        (201, 50, 0, 1),
        (10_000, 0, 7, 0),
    ],
)
def test_a_penalty_doubles_with_every_fault_in_a_row(stake: int, bps: int, strikes: int, penalty: int) -> None:
    """R19, I7: up to the whole stake."""
    assert compute_penalty(stake, bps, strikes) == penalty


DUES = [
    (settle(ACCEPTED), UPDATE, Due(Fault.NONE, 0, 200, 200)),
    (settle(ACCEPTED, 0b10), UPDATE, Due(Fault.CONDEMNED, 100, 200, 0)),
    (settle(REJECTED), UPDATE, Due(Fault.NONE, 0, 200, 0)),
    (settle(VOID), UPDATE, Due()),
    (settle(VOID, 0b10), UPDATE, Due(Fault.CONDEMNED, 100)),
    (settle(ACCEPTED), LATE_UPDATE, Due(Fault.ABSENT, 40)),
    (settle(ACCEPTED), voted(1), Due(Fault.NONE, 0, 200, 200)),
    (settle(REJECTED), voted(-1), Due(Fault.NONE, 0, 200, 200)),
    (settle(ACCEPTED), voted(1, against=0b11), Due(Fault.NONE, 0, 200, 175)),
    (settle(REJECTED, 0b01), voted(-1), Due(Fault.NONE, 0, 200, 0)),
    (settle(ACCEPTED, 0b01), voted(1, against=0b01), Due(Fault.NONE, 0, 200, 200)),
    (settle(ACCEPTED), voted(-1), Due(Fault.MINORITY, 40, 200, 0)),
    (settle(ACCEPTED), voted(1, B), Due(Fault.DIVERGENT, 40, 200, 0)),
    (settle(ACCEPTED), LATE_VOTE, Due(Fault.ABSENT, 40)),
    (settle(ACCEPTED), IDLE, Due()),
]


@pytest.mark.parametrize(("settled", "duty", "due"), DUES)
def test_a_due_is_share_earned_and_penalty(settled: Settled, duty: Duty, due: Due) -> None:
    """R18 – R19: of 2,000 wei at stake, with one fault before as proposer (condemned or not) and two as voter."""
    strikes = Strikes(as_proposer=0, as_voter=2) if duty.role is Role.VOTER else Strikes(as_proposer=0, as_voter=7)
    if duty == LATE_UPDATE:
        strikes = Strikes(as_proposer=2)
    assert compute_due(settled, duty, Account(stake=2000, strikes=strikes), TASK) == due
    assert due.returned == due.share - due.earned


@given(st.sampled_from([voted(1), voted(-1), UPDATE, voted(1, B)]), st.sampled_from([ACCEPTED, REJECTED]), st.integers(0, 3))
def test_accepting_and_rejecting_pay_a_good_voter_the_same(duty: Duty, outcome: Outcome, condemned: int) -> None:
    """R18, D20, I11: a share depends on reward, stake and turnout alone."""
    due = compute_due(settle(outcome, condemned), duty, Account(stake=2000), TASK)
    assert due.share == 200
    assert due.earned <= due.share


@pytest.mark.parametrize(
    ("before", "fault", "role", "outcome", "after"),
    [
        (Strikes(0, 0), Fault.ABSENT, Role.PROPOSER, ACCEPTED, Strikes(1, 0)),
        (Strikes(0, 0), Fault.ABSENT, Role.VOTER, ACCEPTED, Strikes(0, 1)),
        (Strikes(3, 4), Fault.CONDEMNED, Role.PROPOSER, REJECTED, Strikes(4, 4)),
        (Strikes(3, 4), Fault.MINORITY, Role.VOTER, REJECTED, Strikes(3, 5)),
        (Strikes(6, 7), Fault.DIVERGENT, Role.VOTER, ACCEPTED, Strikes(6, 7)),
        (Strikes(6, 7), Fault.ABSENT, Role.PROPOSER, ACCEPTED, Strikes(7, 7)),
        (Strikes(3, 4), Fault.NONE, Role.PROPOSER, REJECTED, Strikes(0, 4)),
        (Strikes(3, 4), Fault.NONE, Role.VOTER, ACCEPTED, Strikes(3, 0)),
        (Strikes(3, 4), Fault.CONDEMNED, Role.PROPOSER, VOID, Strikes(3, 4)),
        (Strikes(3, 4), Fault.NONE, Role.VOTER, VOID, Strikes(3, 4)),
        (Strikes(3, 4), Fault.NONE, Role.NONE, ACCEPTED, Strikes(3, 4)),
    ],
)
def test_strikes_are_counted_per_role(before: Strikes, fault: Fault, role: Role, outcome: Outcome, after: Strikes) -> None:
    """R19: up to 7; a duty well done clears those of its role, a void round neither adds nor clears one."""
    assert before.learn(fault, role, outcome) == after
    assert MAX_STRIKES == 7
    assert before.get(Role.PROPOSER) == before.as_proposer and before.get(Role.VOTER) == before.as_voter


def test_a_due_moves_an_account() -> None:
    """R18, R19, D5: rewards do not become stake."""
    account = Account(stake=2000, rewards=5, strikes=Strikes(1, 2), top_up=3, top_up_from=4, resolved=1)
    after = account.apply(Due(Fault.MINORITY, 40, 200, 10), Role.VOTER, ACCEPTED)
    assert after == Account(1960, 15, Strikes(1, 3), top_up=3, top_up_from=4, resolved=1)
    assert account.apply(Due(Fault.CONDEMNED), Role.PROPOSER, REJECTED).strikes == Strikes(2, 2)
    assert account.apply(Due(Fault.CONDEMNED), Role.PROPOSER, VOID).strikes == Strikes(1, 2)


@pytest.mark.parametrize(("round", "stake", "top_up"), [(4, 2000, 30), (5, 2030, 0), (6, 2030, 0)])
def test_a_top_up_counts_from_its_draw_on(round: int, stake: int, top_up: int) -> None:
    """R4."""
    entered = Account(stake=2000, top_up=30, top_up_from=5).enter(round)
    assert (entered.stake, entered.top_up) == (stake, top_up)


def test_the_least_top_up_counts_too() -> None:
    """R4."""
    assert Account(stake=5, top_up=1, top_up_from=1).enter(1).stake == 6


def test_who_begins_has_nothing_and_owes_nothing() -> None:
    """R4, R19."""
    assert Account() == Account(0, 0, Strikes(0, 0), 0, 0, 0)
    assert Due() == Due(Fault.NONE, 0, 0, 0)


def apply(
    account: Account, parts: dict[int, tuple[Settled, Duty]], through: int, current: int
) -> tuple[Account, dict[int, Due]]:
    idle = (settle(ACCEPTED), IDLE)
    return apply_dues(account, lambda round: parts.get(round, idle), through=through, current=current, parameters=TASK)


def test_dues_are_applied_in_order_each_once() -> None:
    """R19, R20: the second fault costs twice as much of what the first has left; what was topped up in between counts."""
    parts = {2: (settle(ACCEPTED), LATE_VOTE), 3: (settle(ACCEPTED), voted(1, B)), 4: (settle(ACCEPTED), voted(1))}
    account = Account(stake=20_000, top_up=100, top_up_from=3)
    account, dues = apply(account, parts, through=3, current=5)
    assert dues == {2: Due(Fault.ABSENT, 100), 3: Due(Fault.DIVERGENT, 200, 2000, 0)}
    assert account == Account(19_800, 0, Strikes(0, 2), top_up_from=3, resolved=3)
    assert apply(account, parts, through=3, current=5) == (account, {})
    assert apply(account, parts, through=1, current=5) == (account, {})
    account, dues = apply(account, parts, through=4, current=5)
    assert dues == {4: Due(Fault.NONE, 0, 1980, 1980)}
    assert account == Account(19_800, 1980, Strikes(0, 0), top_up_from=3, resolved=4)


def test_strikes_follow_role_and_outcome_of_each_round() -> None:
    """R19: a fault as proposer in a void round costs, and makes the next one no dearer; one in another round does."""
    condemned = (settle(REJECTED, 0b10), UPDATE)
    parts = {1: (settle(VOID), LATE_UPDATE), 2: condemned, 3: (settle(ACCEPTED), voted(1)), 4: condemned}
    account, dues = apply(Account(stake=10_000), parts, through=4, current=5)
    assert [due.penalty for due in dues.values()] == [50, 497, 0, 945]
    assert account.strikes == Strikes(as_proposer=2, as_voter=0)


def test_where_there_is_no_reward_there_is_no_share() -> None:
    """R18: an empty pool divides nothing, and a single wei is shared like any reward."""
    assert compute_due(settle(ACCEPTED, reward=0), UPDATE, Account(stake=2000), TASK) == Due()
    assert compute_due(replace(settle(ACCEPTED, reward=1), turnout=2000), UPDATE, Account(stake=2000), TASK) == Due(
        share=1, earned=1
    )


def test_the_account_comes_back_as_of_the_next_draw() -> None:
    """R4: what was topped up for the round after the last due is in."""
    waiting = Account(stake=10, top_up=5, top_up_from=3)
    assert apply(waiting, {}, through=1, current=3)[0].top_up == 5
    assert apply(waiting, {}, through=2, current=3)[0] == Account(15, top_up_from=3, resolved=2)


@pytest.mark.parametrize(("current", "fault"), [(1 + WINDOW, Fault.ABSENT), (2 + WINDOW, None)])
def test_absence_is_forgiven_after_six_rounds(current: int, fault: Fault | None) -> None:
    """R10, R19: with it the strike; an act counts for ever."""
    assert WINDOW == 6
    account, dues = apply(Account(stake=20_000), {1: (settle(ACCEPTED), LATE_VOTE)}, through=1, current=current)
    assert (dues[1].fault if dues else None) is fault
    assert account.strikes.as_voter == (1 if fault else 0)
    acted = {1: (settle(ACCEPTED), voted(1))}
    assert apply(Account(stake=20_000), acted, through=1, current=current)[1][1].earned == 2000


def test_what_one_loses_goes_to_the_pool_but_for_the_slashers_share() -> None:
    """R18, R20, I11: nobody else of the round gets it."""
    due = Due(Fault.MINORITY, 999, 200, 50)
    assert compute_returned(due, TASK, is_reported=False) == 150 + 999
    assert compute_returned(due, TASK, is_reported=True) == 150 + 999 - 99


@pytest.mark.parametrize(
    ("min_stake", "floor_bps", "floor"), [(1000, 5000, 500), (1000, 0, 1), (3, 5000, 1), (1001, 9999, 1000)]
)
def test_who_has_less_than_the_floor_is_not_drawn_again(min_stake: int, floor_bps: int, floor: int) -> None:
    """R5: at least a wei, so that nobody is drawn with nothing."""
    assert compute_floor(replace(TASK, min_stake=min_stake, floor_bps=floor_bps)) == floor


def test_who_stakes_the_least_survives_a_first_fault() -> None:
    """R5: of either kind, with the default penalties and floor."""
    for fault_bps in (TASK.fault_bps, TASK.condemned_bps):
        assert TASK.min_stake - compute_penalty(TASK.min_stake, fault_bps, 0) >= compute_floor(TASK)
