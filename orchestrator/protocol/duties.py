"""What an honest node must do next: one pure function from what the chain says and what the node knows to one duty.

`orchestrator/README.md` says the same in prose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from orchestrator.protocol.dues import WINDOW
from orchestrator.protocol.types import Ballot, Digest, Notes, Phase, Role, RoundView, identify_round, identify_updates

MAX_TURN = 8
"""Nobody waits for more than so many others."""
SLASHERS = 2
"""So many look who owes a penalty for a round, one after the other: who owes pays all the same, so one look is enough, and the
second is for when the first is not there."""
TURN_BLOCKS = 3
"""A turn lasts so many blocks at least: one in which the act is sent, one that has it, and one until the others see it."""
COUNTED_BLOCKS = 8
"""So many blocks tell how fast they come."""
MAX_BLOCK_SECONDS = 60.0
"""A chain that makes no block when nothing is sent says little about how long a transaction waits."""


@dataclass(frozen=True)
class Policy:
    """What a participant decides for its node."""

    turn_seconds: int = 4
    """How long to wait, at least, for each of the others whose turn comes first, where anyone may act; see TURN_BLOCKS."""
    withdraws: bool = True
    """Whether to take stake and rewards back when the task is over or the stake has fallen too low."""
    leave_after: int = 0
    """After so many rounds without a usable global model the account leaves the task; 0: never."""
    tells_rounds: bool = False
    """Whether to say in the log what each settled round was for the account."""


@dataclass(frozen=True)
class Wait:
    """Nothing to do now."""

    reason: str
    until: int | None = None
    """Chain time from which on there may be something to do although nobody has acted; None: not by time."""
    block: int | None = None
    """Number of the block from which on there may be; None: not by number."""


@dataclass(frozen=True)
class Stop:
    """Nothing to do any more."""

    reason: str


@dataclass(frozen=True)
class Draw:
    """Fix the round's seed."""

    round: int


@dataclass(frozen=True)
class Train:
    """Make an update and keep it ready."""

    round: int
    global_model: Digest


@dataclass(frozen=True)
class SubmitUpdate:
    """Offer the update on chain."""

    round: int
    update: Digest


@dataclass(frozen=True)
class Publish:
    """Let the others fetch an artifact this node made: an update once Training is over (R11), an aggregate once the vote on it
    is hidden."""

    round: int
    artifact: Digest


@dataclass(frozen=True)
class Judge:
    """Fetch the updates, aggregate, evaluate; the result is a ballot."""

    round: int
    deadline: int
    """Chain time by which the commitment must be on chain."""


@dataclass(frozen=True)
class CommitVote:
    """Hide the vote on chain."""

    round: int
    ballot: Ballot


@dataclass(frozen=True)
class RevealVote:
    """Show the vote."""

    round: int
    ballot: Ballot


@dataclass(frozen=True)
class Settle:
    """Decide the round and open the next."""

    round: int


@dataclass(frozen=True)
class SlashOthers:
    """See who else owes a penalty for a settled round, and report them."""

    round: int


@dataclass(frozen=True)
class Tell:
    """Say in the log what a settled round was for this account."""

    round: int


@dataclass(frozen=True)
class Leave:
    """Be drawn no more."""

    round: int


@dataclass(frozen=True)
class Withdraw:
    """Take stake and rewards back."""


Act = Draw | Train | SubmitUpdate | Publish | Judge | CommitVote | RevealVote | Settle | SlashOthers | Tell | Leave | Withdraw
Duty = Wait | Stop | Act


def see(notes: Notes, view: RoundView) -> Notes:
    """The notes, brought up to `view`: what was made from something else is dropped, when a phase was first seen is kept, and
    so is how fast blocks come."""
    if notes.origin != (origin := identify_round(view)):
        notes = replace(
            notes,
            round=view.round,
            origin=origin,
            update=None,
            ballot=None,
            is_given_up=False,
            has_published=False,
            phase_seen_at=view.timestamp,
        )
    if notes.phase != view.phase:
        notes = replace(notes, phase=view.phase, phase_seen_at=view.timestamp)
    # A commitment that outlived a reorganisation is to the ballot as it was: whoever reveals compares.
    if notes.ballot and not view.has_committed and notes.ballot_origin != identify_updates(view):
        notes = replace(notes, ballot=None)
    return _count_blocks(notes, view)


def _count_blocks(notes: Notes, view: RoundView) -> Notes:
    blocks, seconds = view.block_number - notes.counted_block, view.timestamp - notes.counted_at
    if notes.counted_block == 0 or blocks < 0 or seconds < 0:
        return replace(notes, counted_block=view.block_number, counted_at=view.timestamp)
    if blocks >= COUNTED_BLOCKS:
        notes = replace(notes, counted_block=view.block_number, counted_at=view.timestamp, block_seconds=0.0)
    if blocks >= 2 and notes.block_seconds == 0:
        return replace(notes, block_seconds=min(MAX_BLOCK_SECONDS, seconds / blocks))
    return notes


def next_duty(view: RoundView, notes: Notes, policy: Policy) -> Duty:
    """The one duty at `view`, for notes that have seen it. Total and deterministic."""
    return next(next_duties(view, notes, policy))


def next_duties(view: RoundView, notes: Notes, policy: Policy) -> Iterator[Duty]:
    """Everything there is to do at `view`, most urgent first; the last is to wait or to stop. What comes second is done while
    the first cannot be."""
    duties: list[Duty | None] = []
    if view.phase.is_over:
        duties = [_publish(view, notes), _slash(view, notes, policy) if view.phase is Phase.COMPLETED else None]
        duties += [_tell(view, notes, policy)]
        rest = _withdraw(view, policy) or Stop("the task is over")
    else:
        duties = [_duty_of_role(view, notes), _publish(view, notes), _leave(view, notes, policy)]
        duties += [_duty_of_anyone(view, notes, policy), _tell(view, notes, policy)]
        rest = _rest(view, notes, policy)
    yield from (duty for duty in [*duties, rest] if duty)
    if isinstance(rest, Withdraw):
        yield Wait("withdrawing does not work")


def _duty_of_role(view: RoundView, notes: Notes) -> Duty | None:
    """What only this account can do now. With nothing left at stake it cannot act at all."""
    if notes.is_given_up or view.stake == 0:
        return None
    if view.phase is Phase.TRAINING and view.role is Role.PROPOSER and not view.has_submitted:
        return SubmitUpdate(view.round, notes.update) if notes.update else Train(view.round, view.global_model)
    if view.phase is Phase.COMMITTING and view.role is Role.VOTER and not view.has_committed:
        return CommitVote(view.round, notes.ballot) if notes.ballot else Judge(view.round, view.commit_end)
    if view.phase is Phase.REVEALING and view.has_committed and not view.has_revealed:
        return RevealVote(view.round, notes.ballot) if notes.ballot else Judge(view.round, view.reveal_end)
    return None


def _publish(view: RoundView, notes: Notes) -> Publish | None:
    """Not before the others have made what they could copy: updates in Training, an aggregate in Committing."""
    is_judging = view.phase is Phase.COMMITTING and view.role is Role.VOTER and not view.has_committed
    if view.phase is Phase.TRAINING or is_judging:
        return None
    if notes.drafts:
        return Publish(view.round, notes.drafts[0])
    if view.phase in (Phase.COMMITTING, Phase.REVEALING) and view.has_submitted and not notes.has_published:
        own = (update.digest for update in view.updates if update.rank == view.rank)
        return next((Publish(view.round, digest) for digest in own), None)
    return None


def _leave(view: RoundView, notes: Notes, policy: Policy) -> Leave | None:
    """Who gets no global model can do no duty, and pays for each."""
    if policy.leave_after == 0 or notes.unusable_since == 0 or not view.is_member:
        return None
    return Leave(view.round) if view.round - notes.unusable_since >= policy.leave_after else None


def _duty_of_anyone(view: RoundView, notes: Notes, policy: Policy) -> Duty | None:
    """What any node could do, when it is this node's turn."""
    if view.phase is Phase.DRAWING and _is_turn_to_draw(view, notes, policy):
        return Draw(view.round)
    if view.phase is Phase.SETTLING and view.timestamp >= _find_turn_time(view, notes, policy, view.rank):
        return Settle(view.round)
    duty = _slash(view, notes, policy)
    return duty if isinstance(duty, SlashOthers) else None


def _is_turn_to_draw(view: RoundView, notes: Notes, policy: Policy) -> bool:
    """From the anchor's block on, which is the latest when the draw is sent and an earlier one when it is mined."""
    return view.anchor != 0 and view.block_number >= _find_draw_block(view, notes, policy)


def _find_draw_block(view: RoundView, notes: Notes, policy: Policy) -> int:
    """Turns begin with the anchor's block, not when the phase was first seen: some would be over before anybody could draw."""
    turn_seconds = _find_turn(view, view.position + view.anchor) * _compute_turn_seconds(notes, policy)
    return view.anchor + ceil(turn_seconds / (notes.block_seconds or 1.0))


def _slash(view: RoundView, notes: Notes, policy: Policy) -> SlashOthers | Wait | None:
    """The oldest settled round that is this node's to look at and that it has not looked at; None when there is none.

    The last round is slashed before anybody goes: who owes would pay all the same, but nobody would earn the share.
    """
    for round in range(max(notes.slashed_round + 1, view.round - WINDOW), view.round):
        number = view.position + round
        if _find_turn(view, number) < SLASHERS:
            until = _find_turn_time(view, notes, policy, number)
            return SlashOthers(round) if view.timestamp >= until else Wait("a turn to slash", until)
    return None


def _tell(view: RoundView, notes: Notes, policy: Policy) -> Tell | None:
    """The oldest settled round that was not told yet, of those whose roles the chain still knows (R10). A node that has lost
    its notes tells them again: twice is better than never."""
    round = max(notes.told_round + 1, view.round - WINDOW)
    return Tell(round) if policy.tells_rounds and round < view.round else None


def _find_turn_time(view: RoundView, notes: Notes, policy: Policy, number: int) -> int:
    """Chain time from which on it is the turn of `number`: all before it have had theirs, since the phase was first seen."""
    return notes.phase_seen_at + ceil(_find_turn(view, number) * _compute_turn_seconds(notes, policy))


def _find_turn(view: RoundView, number: int) -> int:
    """How many come before `number`. Who is not in the draw comes last; once no round is open, the members take turns."""
    crowd = view.drawn_count or view.member_count
    stands = view.is_in_draw if view.drawn_count else view.is_member
    return min(number % crowd, MAX_TURN) if stands and crowd else MAX_TURN


def _compute_turn_seconds(notes: Notes, policy: Policy) -> float:
    return max(policy.turn_seconds, TURN_BLOCKS * notes.block_seconds)


def _rest(view: RoundView, notes: Notes, policy: Policy) -> Duty:
    """Neither a role nor a turn: wait, or go if the account is not in the game any more."""
    if view.is_member or view.is_in_draw:
        rest: Duty = Wait(f"{view.phase.name.lower()}, {view.role.name.lower()}")
    else:
        rest = _withdraw(view, policy) or Stop("this account is not a member of the task: stake first")
    if not isinstance(rest, Wait):
        return rest
    slash = _slash(view, notes, policy)
    times = [rest.until, view.phase_end, slash.until if isinstance(slash, Wait) else None]
    if view.phase is Phase.SETTLING:
        times.append(_find_turn_time(view, notes, policy, view.rank))
    block = _find_draw_block(view, notes, policy) if view.phase is Phase.DRAWING and view.anchor else None
    return replace(rest, until=min((time for time in times if time is not None), default=None), block=block)


def _withdraw(view: RoundView, policy: Policy) -> Duty | None:
    if view.stake + view.topped_up + view.rewards == 0 or not policy.withdraws:
        return None
    return Withdraw() if view.can_withdraw else Wait("the exit delay", view.exit_at or None)
