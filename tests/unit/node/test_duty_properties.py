"""next_duty as properties: total, deterministic, and never another role's duty."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.protocol.duties import (
    CommitVote,
    Judge,
    Policy,
    Publish,
    RevealVote,
    Stop,
    SubmitUpdate,
    Train,
    Wait,
    next_duties,
    next_duty,
    see,
)
from orchestrator.protocol.types import Ballot, Notes, Phase, Role, RoundView, Update

small = st.integers(0, 30)
times = st.integers(0, 5000)
digests = st.binary(min_size=32, max_size=32)
ballots = st.builds(Ballot, digests, st.sampled_from([1, -1]), small, small, small)
views = st.builds(
    RoundView,
    block_number=small,
    timestamp=times,
    phase=st.sampled_from(Phase),
    round=st.integers(1, 30),
    rounds=st.integers(1, 30),
    drawn_count=small,
    updates=st.lists(st.builds(Update, st.just("0x1"), small, digests, small), max_size=2).map(tuple),
    anchor=small,
    is_seed_ready=st.booleans(),
    role=st.sampled_from(Role),
    position=small,
    rank=small,
    is_member=st.booleans(),
    is_in_draw=st.booleans(),
    has_submitted=st.booleans(),
    commitment=st.sampled_from([bytes(32), b"\x01" * 32]),
    has_revealed=st.booleans(),
    stake=small,
    can_withdraw=st.booleans(),
)
notes = st.builds(
    Notes,
    round=small,
    update=st.none() | digests,
    ballot=st.none() | ballots,
    is_given_up=st.booleans(),
    has_published=st.booleans(),
    drafts=st.lists(digests, max_size=2).map(tuple),
    unusable_since=small,
    slashed_round=small,
    phase=st.sampled_from(Phase),
    phase_seen_at=times,
)
policies = st.builds(Policy, st.integers(0, 100), st.booleans(), small)


@settings(max_examples=1000, deadline=None)
@given(views, notes, policies)
def test_a_duty_is_found_for_every_view_and_always_the_same(view: RoundView, known: Notes, policy: Policy) -> None:
    """I4: the decision is total and deterministic."""
    seen = see(known, view)
    assert next_duty(view, seen, policy) == next_duty(view, seen, policy)


@settings(max_examples=1000, deadline=None)
@given(views, notes, policies)
def test_nobody_does_another_roles_duty_or_acts_outside_its_phase(view: RoundView, known: Notes, policy: Policy) -> None:
    """I3, I4: proposers train and submit in Training, voters judge and commit in Committing, who committed reveals."""
    duty = next_duty(view, see(known, view), policy)
    if isinstance(duty, Train | SubmitUpdate):
        assert view.phase is Phase.TRAINING and view.role is Role.PROPOSER and not view.has_submitted
    if isinstance(duty, CommitVote):
        assert view.phase is Phase.COMMITTING and view.role is Role.VOTER and not view.has_committed
    if isinstance(duty, RevealVote):
        assert view.phase is Phase.REVEALING and view.has_committed and not view.has_revealed
    if isinstance(duty, Publish):
        assert view.phase is not Phase.TRAINING
        assert view.phase is not Phase.COMMITTING or view.role is not Role.VOTER or view.has_committed
    if isinstance(duty, Judge):
        assert view.phase in (Phase.COMMITTING, Phase.REVEALING)


@settings(max_examples=300, deadline=None)
@given(views, notes)
def test_patience_never_loses_a_duty(view: RoundView, known: Notes) -> None:
    """R16: whoever's turn it is, in the end everybody may act, so a round never waits for one."""
    late = replace(view, timestamp=10**6, block_number=10**6)
    seen = replace(see(known, late), phase_seen_at=0)
    impatient = next_duty(late, seen, Policy(turn_seconds=0))
    assert next_duty(late, seen, Policy(turn_seconds=12)) == impatient


@settings(max_examples=1000, deadline=None)
@given(views, notes, policies)
def test_all_there_is_to_do_ends_with_waiting_or_stopping(view: RoundView, known: Notes, policy: Policy) -> None:
    """Whatever cannot be done now, something comes after it; and nothing is there twice."""
    duties = list(next_duties(view, see(known, view), policy))
    assert isinstance(duties[-1], Wait | Stop)
    assert len({type(duty) for duty in duties if not isinstance(duty, Wait)}) == len(
        [duty for duty in duties if not isinstance(duty, Wait)]
    )


@settings(max_examples=1000, deadline=None)
@given(views, notes, policies, st.integers(0, 2000), st.integers(0, 400))
def test_while_nobody_acts_nothing_is_to_do_before_the_time_or_block_that_is_waited_for(
    view: RoundView, known: Notes, policy: Policy, seconds: int, blocks: int
) -> None:
    """N6: so a node need not look until then, unless a bell rings."""
    seen = see(known, view)
    duty = next_duty(view, seen, policy)
    if not isinstance(duty, Wait):
        return
    later = replace(view, timestamp=view.timestamp + seconds, block_number=view.block_number + blocks)
    if duty.until is not None:
        later = replace(later, timestamp=min(later.timestamp, max(view.timestamp, duty.until - 1)))
    if duty.block is not None:
        later = replace(later, block_number=min(later.block_number, max(view.block_number, duty.block - 1)))
    assert isinstance(next_duty(later, seen, policy), Wait)
