"""What has happened in a task, rebuilt from its events alone (R22). Pure: no chain, no clock.

Roles are in no event: they are computed from the seed and from who stands where, as contract and nodes do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from orchestrator.protocol.events import (
    Anchored,
    Claimed,
    Event,
    Funded,
    Happened,
    Joined,
    Left,
    Positioned,
    Refunded,
    RoundDrawn,
    RoundSettled,
    Slashed,
    TaskClosed,
    ToppedUp,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
    Withdrawn,
)
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.payout import compute_share
from orchestrator.protocol.roles import compute_headcount, iterate_roles
from orchestrator.protocol.types import Address, Digest, Fault, Outcome, Role

Move = RoundDrawn | UpdateSubmitted | VoteCommitted | VoteRevealed | RoundSettled
"""What takes a round further."""
PHASES = ("drawing", "training", "committing", "revealing", "settling")


@dataclass
class Round:
    """One round, as far as it has come."""

    number: int
    opened_at: int
    """Chain time at which its members were fixed."""
    drawn_at: int | None = None
    roles: dict[Address, Role] = field(default_factory=dict)
    """Of everybody who was drawn."""
    updates: dict[Address, Digest] = field(default_factory=dict)
    committed: dict[Address, int] = field(default_factory=dict)
    """When each voter did."""
    revealed: dict[Address, tuple[Digest, int]] = field(default_factory=dict)
    """Each voter's digest and score."""
    weights: dict[Address, int] = field(default_factory=dict)
    """The stake, as of the draw, of everybody who acted; in wei."""
    updated_at: int = 0
    revealed_at: int = 0
    settled_at: int | None = None
    outcome: Outcome = Outcome.NONE
    winner: Digest | None = None
    weight_for: int = 0
    weight_against: int = 0
    reward: int = 0
    model_before: Digest = b""
    model_after: Digest = b""
    faults: dict[Address, Fault] = field(default_factory=dict)
    """Who was penalised for this round, and for what."""

    def list_good(self) -> list[Address]:
        """Who shares the reward, once settled (R18)."""
        score = {Outcome.ACCEPTED: 1, Outcome.REJECTED: -1}.get(self.outcome)
        voters = [account for account, vote in self.revealed.items() if vote == (self.winner, score)]
        return voters + (list(self.updates) if self.outcome is Outcome.ACCEPTED else [])

    def list_with(self, role: Role) -> list[Address]:
        """Who has `role`, by rank."""
        return [account for account, given in self.roles.items() if given is role]


@dataclass
class Participant:
    """What the task did to one account. Amounts in wei of its token."""

    account: Address
    staked: int = 0
    slashed: int = 0
    earned: int = 0
    """Rewards and slasher's shares."""
    withdrawn: int = 0
    claimed: int = 0
    is_member: bool = False
    has_withdrawn: bool = False

    @property
    def stake(self) -> int:
        """What is, or at the end was, at stake."""
        return self.staked - self.slashed


class Ledger:
    """Apply the events in order; read what came of them."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.rounds: dict[int, Round] = {}
        self.participants: dict[Address, Participant] = {}
        self.global_model = parameters.initial_model
        self.paid_in = 0
        """All that went into the task, by its own account; in wei."""
        self.paid_out = 0
        self._standing: dict[int, list[tuple[int, Address]]] = {}

    def apply(self, happened: Happened) -> None:
        """One more event, the next in the order of the chain."""
        event = happened.event
        match event:
            case Funded():
                self.paid_in += event.amount
            case Joined():
                self._join(event)
            case ToppedUp():
                self.participants[event.account].staked += event.amount
                self.paid_in += event.amount
            case Left():
                self.participants[event.account].is_member = False
            case Positioned():
                self._standing.setdefault(event.position, []).append((event.from_round, event.account))
            case Anchored():  # of one round more than once, where a beacon's value was missed (R8)
                opened = Round(event.round, happened.timestamp, model_before=self.global_model)
                self.rounds.setdefault(event.round, opened)
            case RoundDrawn() | UpdateSubmitted() | VoteCommitted() | VoteRevealed() | RoundSettled():
                self._move(self.rounds[event.round], event, happened.timestamp)
            case Slashed():
                self._slash(event)
            case Claimed():
                self.participants[event.account].claimed += event.amount
                self.paid_out += event.amount
            case Withdrawn():
                self.participants[event.account].withdrawn += event.stake + event.rewards
                self.participants[event.account].has_withdrawn = True
                self.paid_out += event.stake + event.rewards
            case Refunded():
                self.paid_out += event.amount
            case TaskClosed():
                pass  # no round follows, and that is all
            case _:
                assert_never(event)

    def _open(self, account: Address) -> Participant:
        """The account's page: also of those that report others and have never had a stake."""
        return self.participants.setdefault(account, Participant(account))

    def _join(self, event: Joined) -> None:
        joined = self._open(event.account)  # not always for the first time
        joined.is_member, joined.has_withdrawn = True, False
        joined.staked += event.stake
        self.paid_in += event.stake

    def _move(self, round: Round, event: Move, timestamp: int) -> None:
        match event:
            case RoundDrawn():
                round.drawn_at = timestamp
                round.roles = self._compute_roles(event)
            case UpdateSubmitted():
                round.updates[event.proposer] = event.digest
                round.weights[event.proposer] = event.weight
                round.updated_at = timestamp
            case VoteCommitted():
                round.committed[event.voter] = timestamp
            case VoteRevealed():
                round.revealed[event.voter] = event.aggregate, event.score
                round.weights[event.voter] = event.weight
                round.revealed_at = timestamp
            case RoundSettled():
                self._settle(round, event, timestamp)
            case _:
                assert_never(event)

    def _compute_roles(self, drawn: RoundDrawn) -> dict[Address, Role]:
        counts = compute_headcount(self.parameters.proposers, self.parameters.voters, drawn.member_count)
        roles = iterate_roles(int.from_bytes(drawn.seed, "big"), drawn.member_count, *counts)
        return {self._find_standing(position, drawn.round): role for position, role in roles}

    def _find_standing(self, position: int, round: int) -> Address:
        """Who stood at `position` when `round` was drawn."""
        return [account for since, account in self._standing[position] if since <= round][-1]

    def _settle(self, round: Round, event: RoundSettled, timestamp: int) -> None:
        round.settled_at = timestamp
        round.outcome = event.outcome
        round.winner = event.winner if any(event.winner) else None
        round.weight_for, round.weight_against, round.reward = event.weight_for, event.weight_against, event.reward
        if round.outcome is Outcome.ACCEPTED:
            self.global_model = event.winner
        round.model_after = self.global_model
        for account in round.list_good():
            self.participants[account].earned += compute_share(event.reward, round.weights[account], event.good_stake)

    def _slash(self, event: Slashed) -> None:
        self.participants[event.account].slashed += event.amount
        self.rounds[event.round].faults[event.account] = event.fault
        if event.slasher_share:
            self._open(event.slasher).earned += event.slasher_share


def find_round(events: Iterable[Event]) -> int | None:
    """The round that a transaction with these events belongs to: the one it moved, else the one that it slashed for."""
    found: dict[bool, int] = {}
    for event in events:
        match event:
            case RoundDrawn() | UpdateSubmitted() | VoteCommitted() | VoteRevealed() | RoundSettled():
                found[True] = event.round
            case Slashed():
                found[False] = event.round
    return found.get(True, found.get(False))


def compute_seconds(round: Round, parameters: Parameters) -> dict[str, int]:
    """How long each phase of a settled round lasted. A phase ends with its last act, or with its window."""
    assert round.drawn_at is not None and round.settled_at is not None
    is_complete = len(round.updates) == len(round.list_with(Role.PROPOSER))
    trained_at = round.updated_at if is_complete else round.drawn_at + parameters.train_window
    if not round.updates:
        ends = [round.drawn_at, trained_at, trained_at, trained_at, round.settled_at]
    else:
        is_complete = len(round.committed) == len(round.list_with(Role.VOTER))
        committed_at = max(round.committed.values()) if is_complete else trained_at + parameters.commit_window
        is_complete = len(round.revealed) == len(round.committed)
        revealed_at = max(round.revealed_at, committed_at) if is_complete else committed_at + parameters.reveal_window
        ends = [round.drawn_at, trained_at, committed_at, revealed_at, round.settled_at]
    starts = [round.opened_at, *ends]
    return {phase: end - start for phase, start, end in zip(PHASES, starts, ends, strict=False)}
