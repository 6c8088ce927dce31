"""What does a settled round hold for one participant? The Python twin of `Dues.sol` and of `Staking._applyDue`.

A due is one act, or one absence, in one round; dues are applied in the order of rounds, each once. Whatever of its share of the
reward a participant does not earn goes back to the pool with its own due, and so does its penalty but for the slasher's share:
what one loses, no other participant of the round gains (R18, I11).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestrator.protocol.parameters import BPS, Parameters
from orchestrator.protocol.payout import Result, compute_share, compute_slasher_share
from orchestrator.protocol.types import Ballot, Fault, Outcome, Role
from orchestrator.protocol.verdicts import compute_judged

MAX_STRIKES = 7
WINDOW = 6
"""Settled rounds for which absence can be told; after that it is forgiven. The twin of `Dues.WINDOW`."""


@dataclass(frozen=True)
class Settled:
    """What a settled round holds for all."""

    result: Result
    reward: int
    turnout: int
    updates: int
    """How many were submitted."""


@dataclass(frozen=True)
class Duty:
    """What one participant had to do in the round, and did."""

    role: Role
    rank: int = 0
    """Of a proposer."""
    has_submitted: bool = False
    """Of a proposer."""
    ballot: Ballot | None = None
    """Of a voter: what it revealed."""

    @property
    def is_absent(self) -> bool:
        """Whether it was drawn for a duty and has not done it. Where nobody submitted, voters had none (R12)."""
        return self.role is not Role.NONE and not self.has_acted

    @property
    def has_acted(self) -> bool:
        """Whether it submitted or revealed."""
        return self.has_submitted or self.ballot is not None


@dataclass(frozen=True)
class Due:
    """What the round costs and pays one participant, in wei."""

    fault: Fault = Fault.NONE
    penalty: int = 0
    share: int = 0
    """Of the round's reward: what it could have earned."""
    earned: int = 0

    @property
    def returned(self) -> int:
        """What goes back to the pool of its share."""
        return self.share - self.earned


@dataclass(frozen=True)
class Strikes:
    """Faults in a row in each role, counted up to 7 (R19). They outlast leaving and joining again."""

    as_proposer: int = 0
    as_voter: int = 0

    def get(self, role: Role) -> int:
        """In this role, one of the two."""
        return self.as_proposer if role is Role.PROPOSER else self.as_voter

    def learn(self, fault: Fault, role: Role, outcome: Outcome) -> Strikes:
        """After a round in which an account had this role; a void one neither adds nor clears one."""
        if role is Role.NONE or outcome is Outcome.VOID:
            return self
        strikes = 0 if fault is Fault.NONE else min(MAX_STRIKES, self.get(role) + 1)
        return replace(self, as_proposer=strikes) if role is Role.PROPOSER else replace(self, as_voter=strikes)


@dataclass(frozen=True)
class Account:
    """One participant, as its dues leave it. Amounts in wei."""

    stake: int = 0
    """As of the draw of the round after `resolved`."""
    rewards: int = 0
    """Earned and not claimed."""
    strikes: Strikes = Strikes()
    top_up: int = 0
    """Waits: joins the stake with the draw of `top_up_from` (R4)."""
    top_up_from: int = 0
    resolved: int = 0
    """Dues up to this round are applied."""

    def enter(self, round: int) -> Account:
        """As of the draw of `round`: a top-up that counts from it is in."""
        if self.top_up == 0 or self.top_up_from > round:
            return self
        return replace(self, stake=self.stake + self.top_up, top_up=0)

    def apply(self, due: Due, role: Role, outcome: Outcome) -> Account:
        """After the due of a round in which it had this role."""
        strikes = self.strikes.learn(due.fault, role, outcome)
        return replace(self, stake=self.stake - due.penalty, rewards=self.rewards + due.earned, strikes=strikes)


def find_fault(result: Result, duty: Duty) -> Fault:
    """What a participant is penalised for in a settled round (R19); in a void one only for absence and if condemned."""
    if duty.is_absent:
        return Fault.ABSENT
    if duty.has_submitted:
        return Fault.CONDEMNED if result.condemned >> duty.rank & 1 else Fault.NONE
    if duty.ballot is None or result.outcome is Outcome.VOID:
        return Fault.NONE
    if duty.ballot.aggregate != result.winner:
        return Fault.DIVERGENT
    return Fault.NONE if (duty.ballot.score > 0) == (result.outcome is Outcome.ACCEPTED) else Fault.MINORITY


def compute_penalty(stake: int, bps: int, strikes: int) -> int:
    """What the next fault after so many in a row costs: stake · min(1, bps · 2^strikes / 10,000) (R19, I7)."""
    return stake * min(BPS, bps << strikes) // BPS


def compute_due(settled: Settled, duty: Duty, account: Account, parameters: Parameters) -> Due:
    """What a settled round holds for one participant, all of whose earlier dues are applied (R18 – R19)."""
    fault = find_fault(settled.result, duty)
    bps = parameters.condemned_bps if fault is Fault.CONDEMNED else parameters.fault_bps
    penalty = compute_penalty(account.stake, bps, account.strikes.get(duty.role)) if fault is not Fault.NONE else 0
    if not duty.has_acted or settled.reward == 0:
        return Due(fault, penalty)
    share = compute_share(settled.reward, account.stake, settled.turnout)
    return Due(fault, penalty, share, _compute_earned(settled, duty, fault, share))


def _compute_earned(settled: Settled, duty: Duty, fault: Fault, share: int) -> int:
    """Of its share (R18, R18a): nothing with a fault, and nothing as a proposer of a round that is not accepted."""
    if fault is not Fault.NONE:
        return 0
    if duty.ballot is not None:
        condemned = settled.result.condemned
        return compute_judged(share, settled.updates, against=duty.ballot.against, condemned=condemned)
    return share if settled.result.outcome is Outcome.ACCEPTED else 0


def apply_dues(
    account: Account, part_in: Callable[[int], tuple[Settled, Duty]], *, through: int, current: int, parameters: Parameters
) -> tuple[Account, dict[int, Due]]:
    """What the settled rounds up to `through` hold for a participant, in order, when `current` is in progress or next.

    `part_in` tells of a round what was decided, and what the participant had to do and did. An act counts for ever, absence
    for six rounds. The account comes back as of the draw of the round after `through`, with the due of each round that held
    one.
    """
    dues: dict[int, Due] = {}
    for round in range(account.resolved + 1, through + 1):
        settled, duty = part_in(round)
        if duty.role is Role.NONE or (duty.is_absent and round < current - WINDOW):
            continue
        account = account.enter(round)
        dues[round] = compute_due(settled, duty, account, parameters)
        account = account.apply(dues[round], duty.role, settled.result.outcome)
    account = replace(account, resolved=max(account.resolved, through))
    return account.enter(through + 1), dues


def compute_returned(due: Due, parameters: Parameters, *, is_reported: bool) -> int:
    """What one due brings to the pool: the share not earned, and the penalty less the slasher's share (R18, R20).

    `is_reported`: by somebody else than the participant.
    """
    to_slasher = compute_slasher_share(due.penalty, parameters.slasher_bps) if is_reported else 0
    return due.returned + due.penalty - to_slasher


def compute_floor(parameters: Parameters) -> int:
    """Who has less at stake is not drawn again (R5)."""
    return max(1, parameters.min_stake * parameters.floor_bps // BPS)
