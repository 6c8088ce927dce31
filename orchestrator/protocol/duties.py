"""What an honest node must do next: one pure function from what the chain says and what the node knows to one duty.

`orchestrator/README.md` says the same in prose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.protocol.types import Ballot, Digest, Notes, Phase, Role, RoundView

WINDOW = 6
"""Settled rounds for which absence can still be told; the twin of `RoleAssignment.WINDOW`."""
MAX_TURN = 8
"""Nobody waits for more than so many others."""


@dataclass(frozen=True)
class Policy:
    """What a participant decides for its node."""

    turn_seconds: int = 12
    """How long to wait for each of the others whose turn comes first, where anyone may act."""
    withdraws: bool = True
    """Whether to take stake and rewards back when the task is over or the stake has fallen too low."""


@dataclass(frozen=True)
class Wait:
    """Nothing to do now."""

    reason: str
    until: int | None = None
    """Chain time at which to look again without a bell; None: whenever a bell rings."""


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
class Slash:
    """See who owes a penalty for a settled round, and report them."""

    round: int


@dataclass(frozen=True)
class Withdraw:
    """Take stake and rewards back."""


Duty = Wait | Stop | Draw | Train | SubmitUpdate | Judge | CommitVote | RevealVote | Settle | Slash | Withdraw


def see(notes: Notes, view: RoundView) -> Notes:
    """The notes, brought up to `view`: what belongs to another round is dropped, and when a phase was first seen is kept."""
    if notes.round != view.round:
        notes = replace(notes, round=view.round, update=None, ballot=None, is_given_up=False, phase_seen_at=view.timestamp)
    if notes.phase != view.phase:
        notes = replace(notes, phase=view.phase, phase_seen_at=view.timestamp)
    return notes


def next_duty(view: RoundView, notes: Notes, policy: Policy) -> Duty:
    """The one duty at `view`, for notes that have seen it. Total and deterministic."""
    if view.phase.is_over:
        return _duty_at_the_end(view, notes, policy)
    return _duty_of_role(view, notes) or _duty_of_anyone(view, notes, policy) or _rest(view, policy)


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


def _duty_of_anyone(view: RoundView, notes: Notes, policy: Policy) -> Duty | None:
    """What any node could do, when it is this node's turn."""
    if view.phase is Phase.DRAWING and view.is_seed_ready and _is_turn(view, notes, policy, view.position + view.anchor):
        return Draw(view.round)
    if view.phase is Phase.SETTLING and _is_turn(view, notes, policy, view.rank):
        return Settle(view.round)
    duty = _slash(view, notes, policy)
    return duty if isinstance(duty, Slash) else None


def _slash(view: RoundView, notes: Notes, policy: Policy) -> Slash | Wait | None:
    """The oldest settled round not looked at yet, when it is this node's turn; None when there is none."""
    round = max(notes.slashed_round + 1, view.round - WINDOW)
    if round >= view.round:
        return None
    return Slash(round) if _is_turn(view, notes, policy, view.position + round) else Wait("a turn to slash")


def _is_turn(view: RoundView, notes: Notes, policy: Policy, number: int) -> bool:
    """Whether all whose turn comes before `number` have had their time. Who is not in the draw comes last; once no round is
    open, the members take turns."""
    crowd = view.drawn_count or view.member_count
    stands = view.is_in_draw if view.drawn_count else view.is_member
    turn = min(number % crowd, MAX_TURN) if stands and crowd else MAX_TURN
    return view.timestamp >= notes.phase_seen_at + turn * policy.turn_seconds


def _duty_at_the_end(view: RoundView, notes: Notes, policy: Policy) -> Duty:
    """The last round is slashed before anybody goes: who owes would pay all the same, but nobody would earn the share."""
    if view.phase is Phase.COMPLETED and (duty := _slash(view, notes, policy)):
        return duty
    return _withdraw(view, policy) or Stop("the task is over")


def _rest(view: RoundView, policy: Policy) -> Duty:
    """Neither a role nor a turn: wait, or go if the account is not in the game any more."""
    if view.is_member or view.is_in_draw:
        return Wait(f"{view.phase.name.lower()}, {view.role.name.lower()}", view.phase_end)
    return _withdraw(view, policy) or Stop("this account is not a member of the task: stake first")


def _withdraw(view: RoundView, policy: Policy) -> Duty | None:
    if view.stake + view.topped_up + view.rewards == 0 or not policy.withdraws:
        return None
    return Withdraw() if view.can_withdraw else Wait("the exit delay")
