"""A task as the rules tell it, in Python: slow, plain, every round kept for ever.

The state machine compares it with the chain, the nodes' tests act on it, the ledger is rebuilt from what it announces.

What a round decides, pays and costs comes from the node's own twin (`orchestrator.protocol`); nothing is packed, recycled or
jumped over. Dues are applied when the contract applies them, because when a penalty reaches the pool shows in later rewards.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from orchestrator.protocol import events, payout, roles
from orchestrator.protocol.events import Event, Happened
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import NO_DIGEST, Ballot, Fault, Outcome, Phase, Role

WINDOW = 6
"""Settled rounds for which absence can be told."""
NOBODY = "0x" + 40 * "0"
"""Reports those whose dues are applied because they act."""
EXPIRY = 256
"""Blocks for which a hash can be read."""


class Refused(Exception):
    """What the contract must revert with."""


@dataclass
class Person:
    stake: int = 0
    rewards: int = 0
    top_up: int = 0
    top_up_from: int = 0
    applied: int = 0
    exit_at: int = 0
    left_from: int = 0


@dataclass
class Past:
    """One drawn round."""

    members: list[str]
    seed: int
    headcount: tuple[int, int]
    train_end: int
    commit_end: int
    updates: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    ballots: dict[str, payout.Weighed] = field(default_factory=dict)
    tally: payout.Result | None = None
    reward: int = 0
    good_stake: int = 0

    def role(self, who: str) -> Role:
        if who not in self.members:
            return Role.NONE
        return roles.compute_role(self.rank(who), *self.headcount)

    def rank(self, who: str) -> int:
        return roles.rank_of(self.seed, len(self.members), self.members.index(who))

    def has_acted(self, who: str) -> bool:
        return who in self.updates or who in self.ballots

    def was_absent(self, who: str) -> bool:
        role = self.role(who)
        if role == Role.PROPOSER:
            return who not in self.updates
        return role == Role.VOTER and bool(self.updates) and who not in self.ballots


def atomic(act: Callable[..., Any]) -> Callable[..., Any]:
    """What is refused changes nothing."""

    @wraps(act)
    def wrapped(self: Books, *args: Any) -> Any:
        before = self.copy()
        try:
            return act(self, *args)
        except Refused:
            self.__dict__ = before.__dict__
            raise

    return wrapped


class Books:
    """One task. `now` and `block` are set by the caller before each act."""

    def __init__(self, parameters: Parameters, creator: str, now: int) -> None:
        self.p, self.creator, self.now, self.block = parameters, creator, now, 0
        self.announced: tuple[Happened, ...] = ()
        self.people: dict[str, Person] = {}
        self.members: list[str] = []
        self.frozen: list[str] = []
        self.rounds: dict[int, Past] = {}
        self.round, self.moved_at, self.anchor = 1, now, 0
        self.is_drawn = self.is_closed = False
        self.pool = self.entered = self.left = 0
        self.global_model = parameters.initial_model

    def copy(self) -> Books:
        """As they are now."""
        return copy.deepcopy(self, {id(self.announced): self.announced, id(self.p): self.p})

    def announce(self, event: Event) -> None:
        self.announced += (Happened(event, self.block, self.now),)

    # ── where it is ──

    @property
    def past(self) -> Past:
        return self.rounds[self.round]

    @property
    def phase(self) -> Phase:
        if self.is_closed:
            return Phase.CLOSED
        if self.round > self.p.rounds:
            return Phase.COMPLETED
        if not self.is_drawn:
            return Phase.DRAWING if self.anchor else Phase.ENROLLING
        past, (proposers, voters) = self.past, self.past.headcount
        if len(past.updates) < proposers and self.now < past.train_end:
            return Phase.TRAINING
        if not past.updates:
            return Phase.SETTLING
        if len(past.commits) < voters and self.now < past.commit_end:
            return Phase.COMMITTING
        if len(past.ballots) < len(past.commits) and self.now < past.commit_end + self.p.reveal_window:
            return Phase.REVEALING
        return Phase.SETTLING

    @property
    def open_round(self) -> int:
        return self.round + 1 if self.anchor else self.round

    def person(self, who: str) -> Person:
        return self.people.setdefault(who, Person())

    def apply_all(self) -> Books:
        """A copy in which nobody has dues any more; nobody has reported anybody."""
        other = self.copy()
        for who in self.people:
            other.apply_dues(who, other.round - 1, None)
        return other

    def owed(self) -> int:
        """The rewards that settled rounds hold for those whose dues are not applied yet."""
        before, after = (sum(person.rewards for person in one.people.values()) for one in (self, self.apply_all()))
        return after - before

    def find_penalised(self, round: int) -> list[str]:
        """Who still owes a penalty for a settled round."""
        other = self.copy()
        for who in self.people:
            other.apply_dues(who, round - 1, None)
        return [who for who in self.people if other.apply_dues(who, round, None)]

    # ── members ──

    @atomic
    def join(self, who: str, amount: int) -> None:
        self._check_running()
        if amount < self.p.min_stake:
            raise Refused("StakeTooSmall")
        if len(self.members) == self.p.max_participants:
            raise Refused("TaskFull")
        person = self.person(who)
        if who in self.members or person.stake or person.top_up or (self.anchor and who in self.frozen):
            raise Refused("AlreadyMember")
        self.members.append(who)
        self.entered += amount
        person.stake, person.applied = amount, self.open_round - 1
        self.announce(events.Positioned(who, len(self.members) - 1, self.open_round))
        self.announce(events.Joined(who, amount))
        if not self.anchor:
            self._anchor()

    @atomic
    def top_up(self, who: str, amount: int) -> None:
        self._check_running()
        if amount == 0:
            raise Refused("Nothing")
        self.apply_dues(who, self.round - 1, None)
        if who not in self.members:
            raise Refused("NotMember")
        person = self.person(who)
        self.entered += amount
        person.top_up, person.top_up_from = person.top_up + amount, self.open_round
        self.announce(events.ToppedUp(who, amount, self.open_round))

    @atomic
    def leave(self, who: str) -> None:
        if who not in self.members:
            raise Refused("NotMember")
        self._leave(who)

    def _leave(self, who: str) -> None:
        position, last = self.members.index(who), self.members.pop()
        if last != who:
            self.members[position] = last
            self.announce(events.Positioned(last, position, self.open_round))
        self.person(who).exit_at, self.person(who).left_from = self.now + self.p.exit_delay, self.open_round
        self.announce(events.Left(who, self.open_round, self.person(who).exit_at))

    def exit_refusal(self, who: str) -> str | None:
        """Why `who` cannot withdraw now."""
        person = self.person(who)
        if self.is_closed:
            return None
        if self.phase == Phase.COMPLETED:
            end = self.moved_at + self.p.exit_delay
            time = end if who in self.members else min(end, person.exit_at)
            return "TooEarly" if self.now < time else None
        if who in self.members:
            return "WrongState"
        return "TooEarly" if self.round < person.left_from or self.now < person.exit_at else None

    @atomic
    def withdraw(self, who: str) -> int:
        if refusal := self.exit_refusal(who):
            raise Refused(refusal)
        self.apply_dues(who, self.round - 1, None)
        person = self.person(who)
        amount = person.stake + person.top_up + person.rewards
        if amount == 0:
            raise Refused("Nothing")
        self.announce(events.Withdrawn(who, who, person.stake + person.top_up, person.rewards))
        person.stake = person.top_up = person.rewards = 0
        self.left += amount
        return amount

    @atomic
    def claim(self, who: str) -> int:
        acted = max((number for number, past in self.rounds.items() if past.has_acted(who)), default=0)
        if acted < self.round:
            self.apply_dues(who, acted, None)
        amount, self.person(who).rewards = self.person(who).rewards, 0
        if amount == 0:
            raise Refused("Nothing")
        self.left += amount
        self.announce(events.Claimed(who, who, amount))
        return amount

    @atomic
    def slash(self, who: str, round: int, accounts: Iterable[str]) -> None:
        if round >= self.round:
            raise Refused("WrongRound")
        if not sum([self.apply_dues(account, round, who) for account in accounts]):
            raise Refused("Nothing")

    # ── dues ──

    def apply_dues(self, who: str, through: int, slasher: str | None) -> int:
        person, slashed = self.person(who), 0
        for number in range(person.applied + 1, through + 1):
            self._merge(person, number)
            slashed += self._apply_due(who, number, slasher)
        person.applied = max(person.applied, through)
        self._merge(person, through + 1)
        if slashed and who in self.members and person.stake + person.top_up < self.p.min_stake:
            self._leave(who)
        return slashed

    def _merge(self, person: Person, number: int) -> None:
        if person.top_up_from <= number:
            person.stake, person.top_up = person.stake + person.top_up, 0

    def _apply_due(self, who: str, number: int, slasher: str | None) -> int:
        person, past = self.person(who), self.rounds[number]
        weighed = past.ballots.get(who)
        is_absent = past.was_absent(who) and number >= self.round - WINDOW
        fault = payout.find_fault(
            past.tally, ballot=weighed and weighed.ballot, has_submitted=who in past.updates, is_absent=is_absent
        )
        if fault == Fault.NONE and past.has_acted(who) and past.reward:
            person.rewards += payout.compute_share(past.reward, person.stake, past.good_stake)
        penalties = {Fault.ABSENT: self.p.absent_bps, Fault.DIVERGENT: self.p.divergent_bps}
        penalties |= {Fault.MINORITY: self.p.minority_bps, Fault.REJECTED: self.p.rejected_bps}
        penalty = payout.compute_penalty(person.stake, fault, penalties)
        share = payout.compute_slasher_share(penalty, self.p.slasher_bps) if slasher not in (None, who) else 0
        person.stake -= penalty
        self.pool += penalty - share
        if share:
            self.person(slasher).rewards += share
        if penalty:
            self.announce(events.Slashed(number, who, fault, penalty, slasher or NOBODY, share))
        return penalty

    # ── a round ──

    def _anchor(self) -> None:
        if len(self.members) >= self.p.min_participants:
            self.anchor, self.frozen, self.moved_at = self.block + 2, list(self.members), self.now
            self.announce(events.Anchored(self.round, self.anchor, len(self.frozen)))

    @atomic
    def draw(self, seed: int | None = None) -> None:
        """`seed`: what the chain made of the anchor; None if it is not there."""
        if self.phase != Phase.DRAWING:
            raise Refused("WrongPhase")
        if self.block <= self.anchor:
            raise Refused("SeedNotReady")
        if self.block > self.anchor + EXPIRY:
            self.anchor = self.block + 2
            self.announce(events.Anchored(self.round, self.anchor, len(self.frozen)))
            return
        headcount = roles.compute_headcount(self.p.proposers, self.p.voters, len(self.frozen))
        train_end = self.now + self.p.train_window
        self.rounds[self.round] = Past(self.frozen, seed or 0, headcount, train_end, train_end + self.p.commit_window)
        self.is_drawn, self.moved_at = True, self.now
        self.announce(events.RoundDrawn(self.round, self.past.seed.to_bytes(32, "big"), len(self.frozen)))

    def _check_act(self, who: str, phase: Phase, role: Role) -> Past:
        if self.phase != phase:
            raise Refused("WrongPhase")
        if self.past.role(who) != role:
            raise Refused("WrongRole")
        return self.past

    def _weigh(self, who: str) -> int:
        self.apply_dues(who, self.round - 1, None)
        if not self.person(who).stake:
            raise Refused("NoStake")
        return self.person(who).stake

    @atomic
    def submit(self, who: str, digest: bytes) -> None:
        past = self._check_act(who, Phase.TRAINING, Role.PROPOSER)
        if who in past.updates:
            raise Refused("AlreadyDone")
        past.updates[who] = (digest, self._weigh(who))
        self.announce(events.UpdateSubmitted(self.round, who, *past.updates[who]))
        if len(past.updates) == past.headcount[0]:
            past.train_end, past.commit_end = self.now, self.now + self.p.commit_window

    @atomic
    def commit(self, who: str) -> None:
        past = self._check_act(who, Phase.COMMITTING, Role.VOTER)
        if who in past.commits:
            raise Refused("AlreadyDone")
        past.commits.add(who)
        self.announce(events.VoteCommitted(self.round, who, NO_DIGEST))
        if len(past.commits) == past.headcount[1]:
            past.commit_end = self.now

    @atomic
    def reveal(self, who: str, ballot: Ballot, is_as_committed: bool) -> None:
        if self.phase != Phase.REVEALING:
            raise Refused("WrongPhase")
        if who not in self.past.commits:
            raise Refused("NoCommitment")
        if who in self.past.ballots:
            raise Refused("AlreadyDone")
        if not is_as_committed:
            raise Refused("WrongBallot")
        self.past.ballots[who] = payout.Weighed(ballot, self._weigh(who))
        losses, weight = (ballot.loss_before, ballot.loss_after), self.past.ballots[who].weight
        self.announce(events.VoteRevealed(self.round, who, ballot.aggregate, ballot.score, weight, *losses))

    @atomic
    def settle(self) -> None:
        if self.phase != Phase.SETTLING:
            raise Refused("WrongPhase")
        past = self.past
        past.tally = payout.compute_result(past.ballots.values(), voters=past.headcount[1], quorum_bps=self.p.quorum_bps)
        past.good_stake = payout.compute_good_stake(past.tally, [weight for _, weight in past.updates.values()])
        if past.good_stake:
            past.reward = payout.compute_round_reward(self.pool, self.p.rounds, self.round)
        if past.tally.outcome == Outcome.ACCEPTED:
            self.global_model = past.tally.winner
        self.pool -= past.reward
        winner, weights = past.tally.winner or NO_DIGEST, (past.tally.weight_for, past.tally.weight_against)
        self.announce(events.RoundSettled(self.round, past.tally.outcome, winner, *weights, past.reward, past.good_stake))
        self.round, self.is_drawn, self.anchor, self.moved_at = self.round + 1, False, 0, self.now
        if self.round <= self.p.rounds:
            self._anchor()

    # ── the pool and the end ──

    @atomic
    def fund(self, amount: int) -> None:
        self._check_running()
        if amount == 0:
            raise Refused("Nothing")
        self.pool, self.entered = self.pool + amount, self.entered + amount
        self.announce(events.Funded(self.creator, amount))

    @atomic
    def cancel(self, who: str) -> None:
        if who != self.creator:
            raise Refused("NotCreator")
        if self.round != 1 or self.phase > Phase.DRAWING:
            raise Refused("WrongState")
        self.is_closed, self.moved_at = True, self.now
        self.announce(events.TaskClosed(who, True))

    @atomic
    def close(self) -> None:
        since = self.moved_at
        if self.phase == Phase.SETTLING:
            past = self.past
            since = past.commit_end + self.p.reveal_window if past.updates else past.train_end
        elif self.phase > Phase.DRAWING:
            raise Refused("WrongState")
        if self.now < since + self.p.stall_timeout:
            raise Refused("TooEarly")
        self.is_closed, self.moved_at = True, self.now
        self.announce(events.TaskClosed(NOBODY, False))

    @atomic
    def refund(self) -> int:
        if not self.phase.is_over:
            raise Refused("WrongState")
        if not self.pool:
            raise Refused("Nothing")
        amount, self.pool = self.pool, 0
        self.left += amount
        self.announce(events.Refunded(self.creator, amount))
        return amount

    def _check_running(self) -> None:
        if self.phase.is_over:
            raise Refused("WrongState")
