"""A task as the rules tell it, in Python: slow, plain, every round kept for ever. The state machine compares it with the chain,
and the nodes of the unit tests play on it.

What a round decides, pays and costs is worked out here, from the rules and from nothing else; nothing is packed, recycled or
jumped over. Dues are applied when the contract applies them, because when a penalty reaches the pool shows in later rewards.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import wraps
from typing import Any

from orchestrator.protocol import roles
from orchestrator.protocol.types import NO_ACCOUNT, Outcome, Phase, Role

BPS = 10_000
WINDOW = 6
"""Settled rounds for which absence can be told."""
BEACON_DELAY = 1
"""Blocks from the one that names an anchor to the anchor."""
EXPIRY = 256
"""Blocks for which a hash can be read."""
LIMIT = 2**90 - 1
"""A task holds no more."""
LEAST_MEMBERS = 4
"""For a draw, once rounds have begun."""
MOST_STRIKES = 7
MOST_UNITS = 2**24 - 1
"""That an accusation weighs: stakes are told there in 256ths of the least stake."""


class Fault(IntEnum):
    """What a participant is penalised for (R19)."""

    NONE = 0
    ABSENT = 1
    DIVERGENT = 2
    MINORITY = 3
    CONDEMNED = 4


@dataclass(frozen=True)
class Ballot:
    """What a voter shows (R14). `against`: a bit for each rank that it accuses."""

    aggregate: bytes
    score: int
    against: int = 0
    loss_before: int = 5
    loss_after: int = 4


class Refused(Exception):
    """What the contract must revert with."""


@dataclass
class Person:
    stake: int = 0
    rewards: int = 0
    top_up: int = 0
    top_up_from: int = 0
    applied: int = 0
    strikes: dict[Role, int] = field(default_factory=lambda: {Role.PROPOSER: 0, Role.VOTER: 0})
    operator: str | None = None
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
    commits: dict[str, bytes] = field(default_factory=dict)
    ballots: dict[str, tuple[Ballot, int]] = field(default_factory=dict)
    outcome: Outcome = Outcome.NONE
    winner: bytes | None = None
    condemned: set[str] = field(default_factory=set)
    reward: int = 0

    def role(self, who: str) -> Role:
        if who not in self.members:
            return Role.NONE
        proposers, voters = self.headcount
        rank = self.rank(who)
        if rank < proposers:
            return Role.PROPOSER
        return Role.VOTER if rank < proposers + voters else Role.NONE

    def rank(self, who: str) -> int:
        return roles.rank_of(self.seed, len(self.members), self.members.index(who))

    def has_acted(self, who: str) -> bool:
        return who in self.updates or who in self.ballots

    def duty(self, who: str) -> Role:
        """What `who` had to do: without updates there is nothing to vote on."""
        role = self.role(who)
        return Role.NONE if role == Role.VOTER and not self.updates else role

    def is_accused(self, ballot: Ballot, who: str) -> bool:
        return bool(ballot.against >> self.rank(who) & 1)

    @property
    def submitted(self) -> int:
        """A bit for each rank that submitted."""
        return sum(1 << self.rank(who) for who in self.updates)

    @property
    def revealed(self) -> int:
        return sum(weight for _, weight in self.ballots.values())

    @property
    def turnout(self) -> int:
        """What the reward is shared over (R18)."""
        return sum(weight for _, weight in self.updates.values()) + self.revealed

    # ── deciding ──

    def decide(self, quorum_bps: int, unit: int) -> None:
        """R16, R17, R17a: nothing is decided without the quorum."""
        self.outcome = Outcome.VOID
        if len(self.ballots) * BPS < self.headcount[1] * quorum_bps:
            return
        self.condemned = {who for who in self.updates if 2 * self._accusations(who, unit) > self.revealed}
        for digest in {ballot.aggregate for ballot, _ in self.ballots.values()}:
            weights = [self.weight(digest, score) for score in (1, -1)]
            if 2 * sum(weights) > self.revealed:
                self.winner = digest
                if weights[0] != weights[1]:
                    self.outcome = Outcome.ACCEPTED if weights[0] > weights[1] else Outcome.REJECTED

    def weight(self, digest: bytes, score: int) -> int:
        shown = self.ballots.values()
        return sum(weight for ballot, weight in shown if (ballot.aggregate, ballot.score) == (digest, score))

    def _accusations(self, who: str, unit: int) -> int:
        shown = self.ballots.values()
        return sum(min(weight // unit, MOST_UNITS) * unit for ballot, weight in shown if self.is_accused(ballot, who))

    # ── what it holds ──

    def fault(self, who: str) -> Fault:
        """Of who had a duty (R19)."""
        if not self.has_acted(who):
            return Fault.ABSENT
        if who in self.updates:
            return Fault.CONDEMNED if who in self.condemned else Fault.NONE
        ballot, _ = self.ballots[who]
        if self.outcome == Outcome.VOID:
            return Fault.NONE
        if ballot.aggregate != self.winner:
            return Fault.DIVERGENT
        return Fault.NONE if (ballot.score > 0) == (self.outcome == Outcome.ACCEPTED) else Fault.MINORITY

    def share(self, who: str, stake: int) -> int:
        return self.reward * stake // self.turnout if self.has_acted(who) else 0

    def earned(self, who: str, share: int) -> int:
        """Of its share, by who is good (R18, R18a)."""
        if self.fault(who) != Fault.NONE or (who in self.updates and self.outcome != Outcome.ACCEPTED):
            return 0
        if who in self.updates:
            return share
        ballot, _ = self.ballots[who]
        p = len(self.updates)
        missed = sum(not self.is_accused(ballot, other) for other in self.condemned)
        wrong = sum(self.is_accused(ballot, other) for other in self.updates if other not in self.condemned)
        return share * max(0, 4 * p - 8 * missed - max(0, wrong - 1)) // (4 * p)


def compute_headcount(proposers: int, voters: int, n: int) -> tuple[int, int]:
    """Of `n` members, how many propose and how many vote (R9, I3)."""
    proposing = min(proposers, (n - 1) // 2)
    return proposing, min(voters or n, n - proposing)


def compute_penalty(stake: int, bps: int, strikes: int) -> int:
    """Doubling with every fault in a row, and never more than all (R19)."""
    return min(stake, stake * min(BPS, bps * 2**strikes) // BPS)


def atomic(act: Callable[..., Any]) -> Callable[..., Any]:
    """What is refused changes nothing."""

    @wraps(act)
    def wrapped(self: Model, *args: Any) -> Any:
        before = copy.deepcopy(self.__dict__)
        try:
            return act(self, *args)
        except Refused:
            self.__dict__ = before
            raise

    return wrapped


class Model:
    """One task. `now` and `block` are set by the caller before each act."""

    def __init__(self, settings: dict[str, Any], creator: str, now: int) -> None:
        self.p, self.creator, self.now, self.block = settings, creator, now, 0
        self.people: dict[str, Person] = {}
        self.members: list[str] = []
        self.frozen: list[str] = []
        self.rounds: dict[int, Past] = {}
        self.round, self.moved_at, self.anchor = 1, now, 0
        self.is_drawn = self.is_closed = False
        self.decided = self.rejected_in_row = 0
        self.pool = self.entered = self.left = self.staked = 0
        self.global_model = settings["initialModel"]

    # ── where it is ──

    @property
    def past(self) -> Past:
        return self.rounds[self.round]

    @property
    def phase(self) -> Phase:
        if self.is_closed:
            return Phase.CLOSED
        if self._is_completed:
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
        if len(past.ballots) < len(past.commits) and self.now < past.commit_end + self.p["revealWindow"]:
            return Phase.REVEALING
        return Phase.SETTLING

    @property
    def _is_completed(self) -> bool:
        """R19a."""
        if self.decided == self.p["rounds"] or self.round > 2 * self.p["rounds"]:
            return True
        return bool(self.p["patience"]) and self.rejected_in_row == self.p["patience"]

    @property
    def unit(self) -> int:
        return max(1, self.p["minStake"] // 256)

    @property
    def open_round(self) -> int:
        return self.round + 1 if self.anchor else self.round

    def person(self, who: str) -> Person:
        return self.people.setdefault(who, Person())

    def owed(self) -> int:
        """The shares that settled rounds hold, for who earned them or for the pool, until dues are applied."""
        other = copy.deepcopy(self)
        before = other._held()
        for who in self.people:
            other.apply_dues(who, other.round - 1, None)
        return other._held() - before

    def _held(self) -> int:
        return self.pool + sum(person.stake + person.top_up + person.rewards for person in self.people.values())

    # ── how it is seen ──

    def view(self, who: str) -> dict[str, Any]:
        """What an account is told, by the names of `struct RoundView` in Python's letters."""
        person, frozen = self.person(who), self.frozen if self.anchor else self.members
        view = dict(
            phase=self.phase,
            round=self.round,
            rounds=self.p["rounds"],
            decided=self.decided,
            rejected_in_row=self.rejected_in_row,
            member_count=len(self.members),
            drawn_count=len(frozen) if self.anchor else 0,
            anchor=self.anchor,
            moved_at=self.moved_at,
            global_model=self.global_model,
            pool=self.pool,
            position=frozen.index(who) if who in frozen else 0,
            is_member=who in self.members,
            is_in_draw=bool(self.anchor) and who in frozen,
            stake=person.stake,
            topped_up=person.top_up,
            rewards=person.rewards,
            operator=person.operator or NO_ACCOUNT,
            can_withdraw=self.exit_refusal(who) is None,
            exit_at=person.exit_at,
            resolved=person.applied,
        )
        return view | (self._view_round(who, self.past) if self.is_drawn else {})

    def _view_round(self, who: str, past: Past) -> dict[str, Any]:
        view = dict(
            seed=past.seed.to_bytes(32, "big"),
            train_end=past.train_end,
            commit_end=past.commit_end,
            reveal_end=past.commit_end + self.p["revealWindow"],
            proposers=past.headcount[0],
            voters=past.headcount[1],
            submitted=past.submitted,
            updates=len(past.updates),
            commits=len(past.commits),
            reveals=len(past.ballots),
            role=past.role(who),
            has_submitted=who in past.updates,
            commitment=past.commits.get(who, bytes(32))[:30] + bytes(2),
            has_revealed=who in past.ballots,
        )
        return view | ({"rank": past.rank(who)} if who in past.members else {})

    # ── members ──

    @atomic
    def join(self, who: str, amount: int) -> None:
        self._check_running()
        if amount < self.p["minStake"]:
            raise Refused("StakeTooSmall")
        self._check_most(amount)
        if len(self.members) == self.p["maxParticipants"]:
            raise Refused("TaskFull")
        person = self.person(who)
        if who in self.members or person.stake or person.top_up or (self.anchor and who in self.frozen):
            raise Refused("AlreadyMember")
        self.members.append(who)
        self._enter(amount)
        person.stake, person.applied = amount, self.open_round - 1
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
        self._check_most(person.stake + person.top_up + amount)
        self._enter(amount)
        person.top_up, person.top_up_from = person.top_up + amount, self.open_round

    def _check_most(self, stake: int) -> None:
        if self.p["maxStake"] and stake > self.p["maxStake"]:
            raise Refused("StakeTooLarge")

    def _enter(self, amount: int) -> None:
        """`staked`: what the contract calls entered, which counts no stake that has left."""
        if self.staked + amount > LIMIT:
            raise Refused("TooMuch")
        self.entered, self.staked = self.entered + amount, self.staked + amount

    @atomic
    def set_operator(self, who: str, operator: str | None) -> None:
        self.person(who).operator = operator

    def _check_actor(self, who: str, sender: str) -> None:
        """R6a."""
        if sender not in (who, self.person(who).operator):
            raise Refused("NotOperator")

    def _check_receiver(self, who: str, sender: str, to: str) -> None:
        self._check_actor(who, sender)
        if sender != who != to:
            raise Refused("WrongReceiver")

    @atomic
    def leave(self, who: str) -> None:
        if who not in self.members:
            raise Refused("NotMember")
        self._leave(who)

    def _leave(self, who: str) -> None:
        position, last = self.members.index(who), self.members.pop()
        if last != who:
            self.members[position] = last
        self.person(who).exit_at, self.person(who).left_from = self.now + self.p["exitDelay"], self.open_round

    def exit_refusal(self, who: str) -> str | None:
        """Why `who` cannot withdraw now."""
        person = self.person(who)
        if self.is_closed:
            return None
        if self.phase == Phase.COMPLETED:
            end = self.moved_at + self.p["exitDelay"]
            time = end if who in self.members else min(end, person.exit_at)
            return "TooEarly" if self.now < time else None
        if who in self.members:
            return "WrongState"
        return "TooEarly" if self.round < person.left_from or self.now < person.exit_at else None

    @atomic
    def withdraw(self, who: str, sender: str | None = None, to: str | None = None) -> int:
        self._check_receiver(who, sender or who, to or who)
        if refusal := self.exit_refusal(who):
            raise Refused(refusal)
        self.apply_dues(who, self.round - 1, None)
        person = self.person(who)
        amount = person.stake + person.top_up + person.rewards
        if amount == 0:
            raise Refused("Nothing")
        self.staked -= person.stake + person.top_up
        person.stake = person.top_up = person.rewards = 0
        self.left += amount
        return amount

    @atomic
    def claim(self, who: str, sender: str | None = None, to: str | None = None) -> int:
        self._check_receiver(who, sender or who, to or who)
        acted = max((number for number, past in self.rounds.items() if past.has_acted(who)), default=0)
        if acted < self.round:
            self.apply_dues(who, acted, None)
        amount, self.person(who).rewards = self.person(who).rewards, 0
        if amount == 0:
            raise Refused("Nothing")
        self.left += amount
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
        floor = max(1, self.p["minStake"] * self.p["floorBps"] // BPS)
        if slashed and who in self.members and person.stake + person.top_up < floor:
            self._leave(who)
        return slashed

    def penalty(self, who: str, number: int) -> int:
        """What a settled round still costs `who`, with the dues of earlier ones applied."""
        other = copy.deepcopy(self)
        other.apply_dues(who, number - 1, None)
        return other.apply_dues(who, number, None)

    def _merge(self, person: Person, number: int) -> None:
        if person.top_up_from <= number:
            person.stake, person.top_up = person.stake + person.top_up, 0

    def _apply_due(self, who: str, number: int, slasher: str | None) -> int:
        person, past = self.person(who), self.rounds[number]
        duty = past.duty(who)
        if duty == Role.NONE or (not past.has_acted(who) and number < self.round - WINDOW):
            return 0  # nothing to do, or forgiven
        fault, share = past.fault(who), past.share(who, person.stake)
        earned = past.earned(who, share)
        person.rewards += earned
        self.pool += share - earned
        strikes = person.strikes[duty]
        if past.outcome != Outcome.VOID:
            person.strikes[duty] = min(MOST_STRIKES, strikes + 1) if fault else 0
        bps = self.p["condemnedBps"] if fault == Fault.CONDEMNED else self.p["faultBps"]
        penalty = compute_penalty(person.stake, bps, strikes) if fault else 0
        slasher_share = penalty * self.p["slasherBps"] // BPS if slasher not in (None, who) else 0
        person.stake -= penalty
        self.pool += penalty - slasher_share
        if slasher_share:
            self.person(slasher).rewards += slasher_share
        return penalty

    # ── a round ──

    def _anchor(self) -> None:
        if len(self.members) >= (self.p["minParticipants"] if self.round == 1 else LEAST_MEMBERS):
            self.anchor, self.frozen, self.moved_at = self.block + BEACON_DELAY, list(self.members), self.now

    @atomic
    def draw(self, seed: int | None = None) -> None:
        """`seed`: what the chain made of the anchor; None if it is not there."""
        if self.phase != Phase.DRAWING:
            raise Refused("WrongPhase")
        if self.block <= self.anchor:
            raise Refused("SeedNotReady")
        if self.block > self.anchor + EXPIRY:
            self.anchor = self.block + BEACON_DELAY
            return
        headcount = compute_headcount(self.p["proposers"], self.p["voters"], len(self.frozen))
        train_end = self.now + self.p["trainWindow"]
        self.rounds[self.round] = Past(self.frozen, seed or 0, headcount, train_end, train_end + self.p["commitWindow"])
        self.is_drawn, self.moved_at = True, self.now

    def _check_act(self, who: str, sender: str | None, phase: Phase, role: Role) -> Past:
        if self.phase != phase:
            raise Refused("WrongPhase")
        self._check_actor(who, sender or who)
        if self.past.role(who) != role:
            raise Refused("WrongRole")
        return self.past

    def _weigh(self, who: str) -> int:
        self.apply_dues(who, self.round - 1, None)
        if not self.person(who).stake:
            raise Refused("NoStake")
        return self.person(who).stake

    @atomic
    def submit(self, who: str, digest: bytes, sender: str | None = None) -> None:
        past = self._check_act(who, sender, Phase.TRAINING, Role.PROPOSER)
        if who in past.updates:
            raise Refused("AlreadyDone")
        past.updates[who] = (digest, self._weigh(who))
        if len(past.updates) == past.headcount[0]:
            past.train_end, past.commit_end = self.now, self.now + self.p["commitWindow"]

    @atomic
    def commit(self, who: str, commitment: bytes, sender: str | None = None) -> None:
        past = self._check_act(who, sender, Phase.COMMITTING, Role.VOTER)
        if who in past.commits:
            raise Refused("AlreadyDone")
        past.commits[who] = commitment
        if len(past.commits) == past.headcount[1]:
            past.commit_end = self.now

    @atomic
    def reveal(self, who: str, ballot: Ballot, is_as_committed: bool, sender: str | None = None) -> None:
        if self.phase != Phase.REVEALING:
            raise Refused("WrongPhase")
        self._check_actor(who, sender or who)
        if who not in self.past.commits:
            raise Refused("NoCommitment")
        if who in self.past.ballots:
            raise Refused("AlreadyDone")
        if ballot.against & ~self.past.submitted:
            raise Refused("InvalidMask")
        if not is_as_committed:
            raise Refused("WrongBallot")
        self.past.ballots[who] = (ballot, self._weigh(who))

    @atomic
    def settle(self) -> None:
        if self.phase != Phase.SETTLING:
            raise Refused("WrongPhase")
        past = self.past
        past.decide(self.p["quorumBps"], self.unit)
        if past.outcome != Outcome.VOID:
            past.reward = self.pool // (self.p["rounds"] - self.decided)
            self.decided += 1
            self.rejected_in_row = self.rejected_in_row + 1 if past.outcome == Outcome.REJECTED else 0
        if past.outcome == Outcome.ACCEPTED:
            self.global_model = past.winner
        self.pool -= past.reward
        self.round, self.is_drawn, self.anchor, self.moved_at = self.round + 1, False, 0, self.now
        if not self._is_completed:
            self._anchor()

    # ── the pool and the end ──

    @atomic
    def fund(self, amount: int) -> None:
        self._check_running()
        if amount == 0:
            raise Refused("Nothing")
        self._enter(amount)
        self.pool += amount

    @atomic
    def cancel(self, who: str) -> None:
        if who != self.creator:
            raise Refused("NotCreator")
        if self.round != 1 or self.phase > Phase.DRAWING:
            raise Refused("WrongState")
        self.is_closed, self.moved_at = True, self.now

    @atomic
    def close(self) -> None:
        since = self.moved_at
        if self.phase == Phase.SETTLING:
            past = self.past
            since = past.commit_end + self.p["revealWindow"] if past.updates else past.train_end
        elif self.phase > Phase.DRAWING:
            raise Refused("WrongState")
        if self.now < since + self.p["stallTimeout"]:
            raise Refused("TooEarly")
        self.is_closed, self.moved_at = True, self.now

    @atomic
    def refund(self) -> int:
        if not self.phase.is_over:
            raise Refused("WrongState")
        if not self.pool:
            raise Refused("Nothing")
        amount, self.pool = self.pool, 0
        self.left += amount
        return amount

    def _check_running(self) -> None:
        if self.phase.is_over:
            raise Refused("WrongState")
