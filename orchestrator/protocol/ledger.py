"""What has happened in a task, rebuilt from its events alone (R22). Pure: no chain, no clock.

Roles are in no event: they are computed from the seed and from who stands where, as contract and nodes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.payout import compute_share
from orchestrator.protocol.roles import compute_headcount, iterate_roles
from orchestrator.protocol.types import Address, Digest, Fault, Outcome, Role

PHASES = ("drawing", "training", "committing", "revealing", "settling")


@dataclass(frozen=True)
class Event:
    """One event of the task, in the order of the chain."""

    name: str
    values: Mapping[str, Any]
    block: int
    timestamp: int
    """Of its block, in seconds."""
    transaction: bytes = b""


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
    gas: int = 0

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
    is_member: bool = True
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

    def apply(self, event: Event) -> None:
        """Events that change nothing here are left aside."""
        if (handle := getattr(self, f"_on_{event.name}", None)) is not None:
            handle(event, **{key: value for key, value in event.values.items() if key != "from"})

    # ── members ──

    def _on_Funded(self, event: Event, amount: int) -> None:
        self.paid_in += amount

    def _on_Joined(self, event: Event, account: Address, stake: int) -> None:
        self.participants.setdefault(account, Participant(account)).staked += stake
        self.paid_in += stake

    def _on_ToppedUp(self, event: Event, account: Address, amount: int, fromRound: int) -> None:
        self.participants[account].staked += amount
        self.paid_in += amount

    def _on_Left(self, event: Event, account: Address, **_: Any) -> None:
        self.participants[account].is_member = False

    def _on_Seated(self, event: Event, account: Address, position: int, fromRound: int) -> None:
        self._standing.setdefault(position, []).append((fromRound, account))

    def _on_Slashed(
        self, event: Event, round: int, account: Address, fault: int, amount: int, slasher: Address, slasherShare: int
    ) -> None:
        self.participants[account].slashed += amount
        self.rounds[round].faults[account] = Fault(fault)
        if slasherShare:
            self.participants[slasher].earned += slasherShare

    def _on_Claimed(self, event: Event, account: Address, to: Address, amount: int) -> None:
        self.participants[account].claimed += amount
        self.paid_out += amount

    def _on_Withdrawn(self, event: Event, account: Address, to: Address, stake: int, rewards: int) -> None:
        participant = self.participants[account]
        participant.withdrawn += stake + rewards
        participant.has_withdrawn = True
        self.paid_out += stake + rewards

    def _on_Refunded(self, event: Event, creator: Address, amount: int) -> None:
        self.paid_out += amount

    # ── rounds ──

    def _on_Anchored(self, event: Event, round: int, **_: Any) -> None:
        self.rounds.setdefault(round, Round(round, event.timestamp, model_before=self.global_model))

    def _on_RoundDrawn(self, event: Event, round: int, seed: bytes, memberCount: int) -> None:
        drawn = self.rounds[round]
        drawn.drawn_at = event.timestamp
        counts = compute_headcount(self.parameters.proposers, self.parameters.voters, memberCount)
        roles = iterate_roles(int.from_bytes(seed, "big"), memberCount, *counts)
        drawn.roles = {self._find_standing(position, round): role for position, role in roles}

    def _find_standing(self, position: int, round: int) -> Address:
        """Who stood at `position` when `round` was drawn."""
        return [account for since, account in self._standing[position] if since <= round][-1]

    def _on_UpdateSubmitted(self, event: Event, round: int, proposer: Address, digest: Digest, weight: int) -> None:
        self.rounds[round].updates[proposer] = digest
        self.rounds[round].weights[proposer] = weight
        self.rounds[round].updated_at = event.timestamp

    def _on_VoteCommitted(self, event: Event, round: int, voter: Address, commitment: bytes) -> None:
        self.rounds[round].committed[voter] = event.timestamp

    def _on_VoteRevealed(
        self, event: Event, round: int, voter: Address, aggregate: Digest, score: int, weight: int, **_: Any
    ) -> None:
        self.rounds[round].revealed[voter] = aggregate, score
        self.rounds[round].weights[voter] = weight
        self.rounds[round].revealed_at = event.timestamp

    def _on_RoundSettled(
        self,
        event: Event,
        round: int,
        outcome: int,
        winner: Digest,
        weightFor: int,
        weightAgainst: int,
        reward: int,
        goodStake: int,
    ) -> None:
        settled = self.rounds[round]
        settled.settled_at = event.timestamp
        settled.outcome = Outcome(outcome)
        settled.winner = winner if any(winner) else None
        settled.weight_for, settled.weight_against, settled.reward = weightFor, weightAgainst, reward
        if settled.outcome is Outcome.ACCEPTED:
            self.global_model = winner
        settled.model_after = self.global_model
        for account in settled.list_good():
            self.participants[account].earned += compute_share(reward, settled.weights[account], goodStake)


def find_round(events: Iterable[Event]) -> int | None:
    """The round that a transaction with these events belongs to: the one it moved, else the one that it slashed for."""
    acts = {"RoundDrawn", "UpdateSubmitted", "VoteCommitted", "VoteRevealed", "RoundSettled"}
    found = {event.name in acts: int(event.values["round"]) for event in events if event.name in acts | {"Slashed"}}
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
