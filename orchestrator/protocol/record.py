"""What is known of one round, and of one participant, after the events so far: the pages of a ledger. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from orchestrator.protocol.dues import Account, Due, Duty, Settled, Strikes
from orchestrator.protocol.events import RoundDrawn, RoundSettled, UpdateSubmitted, VoteCommitted, VoteRevealed
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.payout import Result
from orchestrator.protocol.types import Address, Ballot, Digest, Fault, Outcome, Role
from orchestrator.protocol.verdicts import compute_accusing_weight, list_ranks, make_mask

Move = RoundDrawn | UpdateSubmitted | VoteCommitted | VoteRevealed | RoundSettled
"""What takes a round further."""
PHASES = ("drawing", "training", "committing", "revealing", "settling")


@dataclass
class Round:
    """One round, as far as it has come."""

    number: int
    opened_at: int
    """Chain time at which its members were fixed."""
    anchor: int = 0
    """Of the beacon, for its seed."""
    member_count: int = 0
    """It was, or will be, drawn from so many."""
    seed: bytes = bytes(32)
    drawn_at: int | None = None
    roles: dict[Address, Role] = field(default_factory=dict)
    """Of everybody who was drawn, by rank."""
    updates: dict[Address, Digest] = field(default_factory=dict)
    ranks: dict[Address, int] = field(default_factory=dict)
    """Of everybody who submitted: the bit that accuses it."""
    committed: dict[Address, int] = field(default_factory=dict)
    """When each voter did."""
    commitments: dict[Address, bytes] = field(default_factory=dict)
    revealed: dict[Address, Ballot] = field(default_factory=dict)
    weights: dict[Address, int] = field(default_factory=dict)
    """The stake, as of the draw, of everybody who acted; in wei."""
    updated_at: int = 0
    revealed_at: int = 0
    settled_at: int | None = None
    outcome: Outcome = Outcome.NONE
    winner: Digest | None = None
    weight_for: int = 0
    weight_against: int = 0
    condemned: int = 0
    """A bit for each rank."""
    reward: int = 0
    turnout: int = 0
    """The weight of all updates and all reveals: what the reward is shared over."""
    model_before: Digest = b""
    model_after: Digest = b""
    dues: dict[Address, Due] = field(default_factory=dict)
    """Of everybody who was drawn for a duty, once settled; the penalty is there once it is applied."""
    strikes: dict[Address, int] = field(default_factory=dict)
    """Faults in a row, before this round, in the role that each had in it; there once its due is applied."""
    faults: dict[Address, Fault] = field(default_factory=dict)
    """Who was penalised for this round, and for what."""

    def record(self, event: Move, timestamp: int) -> None:
        """What an event of this round says of it, and nothing that follows from others."""
        match event:
            case RoundDrawn():
                self.drawn_at, self.seed, self.member_count = timestamp, event.seed, event.member_count
            case UpdateSubmitted():
                self.updates[event.proposer], self.ranks[event.proposer] = event.digest, event.rank
                self.weights[event.proposer], self.updated_at = event.weight, timestamp
            case VoteCommitted():
                self.committed[event.voter], self.commitments[event.voter] = timestamp, event.commitment
            case VoteRevealed():
                losses = (event.loss_before, event.loss_after)
                self.revealed[event.voter] = Ballot(event.aggregate, event.score, event.against, *losses)
                self.weights[event.voter], self.revealed_at = event.weight, timestamp
            case RoundSettled():
                self.settled_at, self.outcome, self.condemned = timestamp, event.outcome, event.condemned
                self.winner = event.winner if any(event.winner) else None
                self.weight_for, self.weight_against = event.weight_for, event.weight_against
                self.reward, self.turnout = event.reward, event.turnout
            case _:
                assert_never(event)

    @property
    def result(self) -> Result:
        """What was decided."""
        return Result(self.outcome, self.winner, self.weight_for, self.weight_against, self.condemned)

    @property
    def settled(self) -> Settled:
        """What it holds for all, once settled."""
        return Settled(self.result, self.reward, self.turnout, len(self.updates))

    @property
    def submitted(self) -> int:
        """The mask of the ranks that submitted."""
        return make_mask(self.ranks.values())

    def list_good(self) -> list[Address]:
        """Who earns of the reward, once settled (R18)."""
        score = {Outcome.ACCEPTED: 1, Outcome.REJECTED: -1}.get(self.outcome)
        wanted = (self.winner, score)
        voters = [account for account, ballot in self.revealed.items() if (ballot.aggregate, ballot.score) == wanted]
        if self.outcome is not Outcome.ACCEPTED:
            return voters
        return voters + [account for account in self.updates if account not in self.list_condemned()]

    def list_condemned(self) -> list[Address]:
        """Whom more than half of the revealed weight stands against, by rank (R17a)."""
        return self.list_accused(self.condemned)

    def list_accused(self, against: int) -> list[Address]:
        """Who submitted and has its bit in a ballot's `against`, by rank."""
        proposers = {rank: account for account, rank in self.ranks.items()}
        return [proposers[rank] for rank in list_ranks(against)]

    def compute_accusing_weight(self, account: Address, *, unit: int) -> int:
        """What stands against somebody that submitted, in wei, as it is counted."""
        accusations = [(ballot.against, self.weights[voter]) for voter, ballot in self.revealed.items()]
        return compute_accusing_weight(self.ranks[account], accusations, unit=unit)

    def list_with(self, role: Role) -> list[Address]:
        """Who has `role`, by rank."""
        return [account for account, given in self.roles.items() if given is role]

    def get_duty(self, account: Address) -> Duty:
        """What it had to do, and did. Where nobody submitted, voters had no duty (R12)."""
        role = self.roles.get(account, Role.NONE)
        if role is Role.VOTER:
            return Duty(role, ballot=self.revealed.get(account)) if self.updates else Duty(Role.NONE)
        return Duty(role, rank=self.ranks.get(account, 0), has_submitted=account in self.updates)


@dataclass
class Participant:
    """What the task did to one account. Amounts in wei of its token."""

    account: Address
    staked: int = 0
    slashed: int = 0
    earned: int = 0
    """Rewards of all settled rounds, and slasher's shares."""
    returned: int = 0
    """Of its shares, what it did not earn and the pool has again."""
    withdrawn: int = 0
    claimed: int = 0
    is_member: bool = False
    has_withdrawn: bool = False
    stake_withdrawn: int = 0
    rewards_withdrawn: int = 0
    top_ups: list[tuple[int, int]] = field(default_factory=list)
    """From the draw of which round how much counts, of what was added in this stay."""
    positions: list[tuple[int, int | None]] = field(default_factory=list)
    """From the draw of which round it stands where in the list; None: nowhere."""
    strikes: Strikes = field(default_factory=Strikes)
    """As far as its dues are applied."""
    resolved: int = 0
    """Dues up to this round are applied, as far as events tell."""
    acted_round: int = 0
    """The last in which it submitted or revealed."""

    @property
    def stake(self) -> int:
        """What was put up, in all stays, and not slashed."""
        return self.staked - self.slashed

    @property
    def at_stake(self) -> int:
        """What is at stake now, with what was topped up for later rounds."""
        return self.stake - self.stake_withdrawn

    @property
    def rewards(self) -> int:
        """Earned and not taken, whether its dues are applied or not."""
        return self.earned - self.claimed - self.rewards_withdrawn

    def find_position(self, round: int) -> int | None:
        """Where it stands in the list that `round` is drawn from; None: nowhere."""
        found = [position for since, position in self.positions if since <= round]
        return found[-1] if found else None

    def get_account(self) -> Account:
        """As its applied dues leave it, as of the draw of the round after them."""
        waiting = [(since, amount) for since, amount in self.top_ups if since > self.resolved + 1]
        top_up = sum(amount for _, amount in waiting)
        since = max((since for since, _ in waiting), default=0)
        return Account(self.at_stake - top_up, 0, self.strikes, top_up, since, self.resolved)


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
