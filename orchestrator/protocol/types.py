"""The nouns of the protocol, as plain values. Names and orders of the enumerations are those of `IFLTask.sol`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

Digest = bytes
Address = str
NO_DIGEST: Digest = bytes(32)
NO_ACCOUNT: Address = "0x" + "00" * 20
LOSS_UNIT = 1_000
"""Losses are told on chain in steps of 1e-3: finer ones would tell more of a voter's private data (R14)."""
MAX_LOSS = 2**32 - 1
"""What is not finite, or too large to be told."""


class Phase(IntEnum):
    """Where a task is."""

    ENROLLING = 0
    DRAWING = 1
    TRAINING = 2
    COMMITTING = 3
    REVEALING = 4
    SETTLING = 5
    COMPLETED = 6
    CLOSED = 7

    @property
    def is_over(self) -> bool:
        """Whether no round will open any more."""
        return self >= Phase.COMPLETED


class Role(IntEnum):
    """What a member does in one round."""

    NONE = 0
    PROPOSER = 1
    VOTER = 2


class Outcome(IntEnum):
    """What a settled round decided."""

    NONE = 0
    ACCEPTED = 1
    REJECTED = 2
    VOID = 3


class Fault(IntEnum):
    """What a participant is penalised for (R19)."""

    NONE = 0
    ABSENT = 1
    DIVERGENT = 2
    MINORITY = 3
    CONDEMNED = 4


@dataclass(frozen=True)
class Update:
    """An update of the round in progress, as the chain knows it."""

    proposer: Address
    weight: int
    digest: Digest
    rank: int
    """Its proposer's: the bit that accuses it in a ballot's `against`."""


@dataclass(frozen=True)
class RoundView:
    """What the chain says to one account at one block. The manual of the fields is `struct RoundView` in `ITaskLens.sol`."""

    block_number: int
    timestamp: int
    phase: Phase
    round: int
    rounds: int
    decided: int = 0
    rejected_in_row: int = 0
    member_count: int = 0
    drawn_count: int = 0
    anchor: int = 0
    is_seed_ready: bool = False
    seed: bytes = bytes(32)
    train_end: int = 0
    commit_end: int = 0
    reveal_end: int = 0
    moved_at: int = 0
    proposers: int = 0
    voters: int = 0
    submitted: int = 0
    commits: int = 0
    reveals: int = 0
    global_model: Digest = NO_DIGEST
    pool: int = 0
    updates: tuple[Update, ...] = ()
    role: Role = Role.NONE
    position: int = 0
    rank: int = 0
    is_member: bool = False
    is_in_draw: bool = False
    has_submitted: bool = False
    commitment: bytes = bytes(32)
    has_revealed: bool = False
    stake: int = 0
    topped_up: int = 0
    rewards: int = 0
    operator: Address = NO_ACCOUNT
    can_withdraw: bool = False
    exit_at: int = 0
    resolved: int = 0

    @property
    def has_committed(self) -> bool:
        """Whether this account committed in this round."""
        return self.commitment != bytes(32)

    @property
    def phase_end(self) -> int | None:
        """Chain time at which the phase ends at the latest; None where none is set."""
        ends = {Phase.TRAINING: self.train_end, Phase.COMMITTING: self.commit_end, Phase.REVEALING: self.reveal_end}
        return ends.get(self.phase)


@dataclass(frozen=True)
class Ballot:
    """A voter's vote: what it made of the updates, whether that is as good as the global model, and whose are not good."""

    aggregate: Digest
    score: int
    """+1 or −1 (R14)."""
    against: int
    """Bit i accuses the update of rank i (R14); bits of proposers that submitted nothing are 0."""
    loss_before: int
    """On the voter's own test part, in steps of 1e-3, of the global model; weighs nothing."""
    loss_after: int
    """Likewise, of the aggregate."""


def encode_loss(loss: float) -> int:
    """A loss as the chain tells it; what is not finite or too large becomes the largest value."""
    return min(MAX_LOSS, round(loss * LOSS_UNIT)) if 0 <= loss < MAX_LOSS / LOSS_UNIT else MAX_LOSS


def compute_commitment(ballot: Ballot, salt: bytes, *, chain_id: int, task: Address, round: int, voter: Address) -> bytes:
    """What hides `ballot`: SHA-256 over ten ABI words (R13). The twin of `FLTask.commitmentOf`."""
    words = [
        chain_id.to_bytes(32, "big"),
        _address_word(task),
        round.to_bytes(32, "big"),
        _address_word(voter),
        ballot.aggregate,
        ballot.score.to_bytes(32, "big", signed=True),
        ballot.against.to_bytes(32, "big"),
        ballot.loss_before.to_bytes(32, "big"),
        ballot.loss_after.to_bytes(32, "big"),
        salt,
    ]
    return hashlib.sha256(b"".join(words)).digest()


def is_committed_to(view: RoundView, commitment: bytes) -> bool:
    """Whether the chain holds `commitment` for this account and round: it keeps the leading 240 bits."""
    return view.commitment[:30] == commitment[:30]


def _address_word(address: Address) -> bytes:
    return bytes.fromhex(address.removeprefix("0x")).rjust(32, b"\0")


@dataclass(frozen=True)
class Notes:
    """What only this node knows. Losing them costs work, never money: what matters is on chain or can be computed again."""

    round: int = 0
    """The round that the fields down to `has_published` are of."""
    origin: bytes = b""
    """What `identify_round` says of it: after a reorganisation a round of the same number may be another."""
    update: Digest | None = None
    """The artifact this node trained."""
    ballot: Ballot | None = None
    """The vote this node arrived at."""
    ballot_origin: bytes = b""
    """What `identify_updates` said when the ballot was made."""
    is_given_up: bool = False
    """This node cannot do its duty in this round any more."""
    has_published: bool = False
    """The others can fetch the update that this node submitted."""
    drafts: tuple[Digest, ...] = ()
    """Artifacts this node made, of this round or an earlier one, that it offers to nobody yet."""
    best_loss: float | None = None
    """The lowest loss on the own test part that any global model of the task had (section 5, "Vote")."""
    slashed_round: int = 0
    """The last round whose dues this node has looked at."""
    told_round: int = 0
    """The last settled round that the log has told of."""
    unusable_since: int = 0
    """The first round, of those since it last had one, in which this node got no global model that it can use; 0: none."""
    phase: Phase = Phase.ENROLLING
    phase_seen_at: int = 0
    """Chain time at which this node first saw `phase` of `round`."""
    block_seconds: float = 0.0
    """From one block to the next, as this node has seen them come; 0: it has not seen enough."""
    counted_block: int = 0
    """Number of the block from which on blocks are counted to learn that."""
    counted_at: int = 0
    """That block's time."""


def identify_round(view: RoundView) -> bytes:
    """What a round's update is made from, in 32 bytes: the number, the seed and the global model."""
    return hashlib.sha256(view.round.to_bytes(32, "big") + view.seed + view.global_model).digest()


def identify_updates(view: RoundView) -> bytes:
    """What a round's ballots are made from, in 32 bytes: the round, and every update with its rank."""
    updates = sorted((update.rank, update.digest) for update in view.updates)
    told = b"".join(rank.to_bytes(32, "big") + digest for rank, digest in updates)
    return hashlib.sha256(identify_round(view) + told).digest()
