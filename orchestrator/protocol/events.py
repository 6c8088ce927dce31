"""What a task announces: a class for each event of `IFLTask.sol`, whose manual stands there. Amounts are in wei."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.protocol.types import Address, Digest, Fault, Outcome


@dataclass(frozen=True)
class Funded:
    """Somebody added to the reward pool (R3)."""

    from_: Address
    amount: int


@dataclass(frozen=True)
class Joined:
    """An account became a member (R4)."""

    account: Address
    stake: int


@dataclass(frozen=True)
class ToppedUp:
    """A member added to its stake (R4)."""

    account: Address
    amount: int
    from_round: int


@dataclass(frozen=True)
class Left:
    """A member is drawn no more, by its own will or because too little is at stake (R6)."""

    account: Address
    from_round: int
    exit_at: int


@dataclass(frozen=True)
class OperatorNamed:
    """Who may act in rounds for an account besides itself; the zero account: nobody (R6a)."""

    account: Address
    operator: Address


@dataclass(frozen=True)
class Positioned:
    """From the draw of `from_round` on, `account` stands at `position` of the list."""

    account: Address
    position: int
    from_round: int


@dataclass(frozen=True)
class Anchored:
    """The next round's members are fixed; its seed will be the beacon's value at `anchor` (R8)."""

    round: int
    anchor: int
    member_count: int


@dataclass(frozen=True)
class RoundDrawn:
    """The seed is known, and so is everybody's role (R9)."""

    round: int
    seed: bytes
    member_count: int


@dataclass(frozen=True)
class UpdateSubmitted:
    """A proposer offered an update (R11)."""

    round: int
    proposer: Address
    digest: Digest
    rank: int
    weight: int


@dataclass(frozen=True)
class VoteCommitted:
    """A voter hid its vote (R13)."""

    round: int
    voter: Address
    commitment: bytes


@dataclass(frozen=True)
class VoteRevealed:
    """A voter showed its vote (R14)."""

    round: int
    voter: Address
    aggregate: Digest
    score: int
    against: int
    weight: int
    loss_before: int
    loss_after: int


@dataclass(frozen=True)
class RoundSettled:
    """What a round decided (R16 – R17a); what each of its participants has earned follows from it (R18, R18a)."""

    round: int
    outcome: Outcome
    winner: Digest
    weight_for: int
    weight_against: int
    reward: int
    turnout: int
    condemned: int


@dataclass(frozen=True)
class ShareReturned:
    """What a participant did not earn of its share is in the pool again (R18)."""

    round: int
    account: Address
    amount: int


@dataclass(frozen=True)
class Slashed:
    """A participant was penalised, and who reported it got a share (R19, R20)."""

    round: int
    account: Address
    fault: Fault
    amount: int
    slasher: Address
    slasher_share: int


@dataclass(frozen=True)
class Claimed:
    """A participant took its rewards (R21)."""

    account: Address
    to: Address
    amount: int


@dataclass(frozen=True)
class Withdrawn:
    """A participant took stake and rewards (R6)."""

    account: Address
    to: Address
    stake: int
    rewards: int


@dataclass(frozen=True)
class Refunded:
    """The rest of the pool went to the creator (R7)."""

    creator: Address
    amount: int


@dataclass(frozen=True)
class TaskClosed:
    """The task ended before its last round (R2, R7)."""

    by: Address
    is_cancelled: bool


Event = (
    Funded
    | Joined
    | ToppedUp
    | Left
    | OperatorNamed
    | Positioned
    | Anchored
    | RoundDrawn
    | UpdateSubmitted
    | VoteCommitted
    | VoteRevealed
    | RoundSettled
    | ShareReturned
    | Slashed
    | Claimed
    | Withdrawn
    | Refunded
    | TaskClosed
)


@dataclass(frozen=True)
class Happened:
    """One event, and where it stands in the chain."""

    event: Event
    block: int
    timestamp: int
    """Of its block, in seconds."""
    transaction: bytes = b""
