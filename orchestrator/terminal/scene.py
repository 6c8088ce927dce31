"""Everything that a picture of a task needs, and how its values are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator.protocol.amounts import COIN_DECIMALS
from orchestrator.protocol.events import (
    Event,
    Left,
    RoundDrawn,
    RoundSettled,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    Withdrawn,
)
from orchestrator.protocol.ledger import Ledger, Round
from orchestrator.protocol.types import Address, Digest, Outcome, Role, RoundView


@dataclass(frozen=True)
class Doing:
    """Long work, and how much of it is done."""

    work: str
    """train, fetch or judge."""
    fraction: float


@dataclass(frozen=True)
class Row:
    """One participant of a picture, as far as it is not the chain that tells of it."""

    account: Address
    name: str
    mark: str = ""
    """A word of warning beside the name."""
    doing: Doing | None = None
    remark: str = ""
    """What is said while there is nothing that it does."""


@dataclass(frozen=True)
class Scene:
    """One moment of a task."""

    subject: str
    """What is learned."""
    task: Address
    url: str
    rows: list[Row]
    ledger: Ledger
    gas: Mapping[int, int]
    """Of each round."""
    view: RoundView
    get_accuracy: Callable[[Digest], float | None]
    """Of a global model; None while nobody has measured it."""
    decimals: int = COIN_DECIMALS
    """Of the task's token."""

    @property
    def round(self) -> Round | None:
        """The one in progress."""
        return self.ledger.rounds.get(self.view.round)

    def name(self, account: Address) -> str:
        """How an account is called here."""
        return next((row.name for row in self.rows if row.account == account), account[:8])

    @property
    def seconds_left(self) -> int | None:
        """Until the phase's window ends, in chain time."""
        end = self.view.phase_end
        return None if end is None else max(0, end - self.view.timestamp)

    def tell_amount(self, amount_wei: int) -> str:
        """Whole tokens."""
        return f"{amount_wei / 10**self.decimals:,.0f}"


def tell_share(share: float | None) -> str:
    return "…" if share is None else f"{100 * share:.1f} %"


def tell_role(scene: Scene, account: Address) -> str:
    """What an account is in the round in progress, or why it has no part in it."""
    participant = scene.ledger.participants.get(account)
    if participant is None:
        return ""
    if participant.has_withdrawn:
        return "withdrawn"
    role = scene.round.roles.get(account) if scene.round else None
    if role is not None:
        return role.name.lower()
    if not participant.is_member:
        return "excluded"
    return "idle" if scene.round and scene.round.drawn_at is not None else ""


def tell_deed(scene: Scene, account: Address) -> str:
    """What an account has done in the round in progress."""
    round = scene.round
    if round is None:
        return ""
    if account in round.revealed:
        return "voted +1" if round.revealed[account].score > 0 else "voted −1"
    if account in round.committed:
        return "committed"
    return "submitted" if account in round.updates else ""


def tell_event(event: Event, scene: Scene) -> str | None:
    """An event of the task as a sentence, if it is worth one. The ledger has it already."""
    match event:
        case RoundDrawn() | UpdateSubmitted() | VoteCommitted() | RoundSettled() | Slashed():
            told = _tell_in_round(event, scene.ledger.rounds[event.round], scene)
            return f"round {event.round}/{scene.view.rounds} {told}" if told else None
        case Left():
            return f"{scene.name(event.account)} has too little at stake: drawn no more from round {event.from_round} on"
        case Withdrawn():
            return f"{scene.name(event.account)} withdraws {scene.tell_amount(event.stake + event.rewards)}"
    return None


def _tell_in_round(event: Event, round: Round, scene: Scene) -> str | None:
    """What an event does to its round."""
    match event:
        case RoundDrawn():
            proposers = ", ".join(scene.name(account) for account in round.list_with(Role.PROPOSER))
            return f"training: proposers {proposers}; voters {len(round.list_with(Role.VOTER))}"
        case UpdateSubmitted() if len(round.updates) == len(round.list_with(Role.PROPOSER)):
            return f"committing: updates {len(round.updates)}/{len(round.updates)}"
        case VoteCommitted() if len(round.committed) == len(round.list_with(Role.VOTER)):
            return f"revealing: commitments {len(round.committed)}/{len(round.committed)}"
        case RoundSettled():
            return tell_outcome(round, scene)
        case Slashed():
            why = event.fault.name.lower()
            return f"{scene.name(event.account)} loses {scene.tell_amount(event.amount)} of its stake ({why})"
    return None


def tell_outcome(round: Round, scene: Scene) -> str:
    """The outcome, with weights and reward."""
    if round.outcome is Outcome.VOID:
        return "void: nobody is paid"
    weights = f"{scene.tell_amount(round.weight_for)} for, {scene.tell_amount(round.weight_against)} against"
    return f"{round.outcome.name.lower()}: {weights}; reward {scene.tell_amount(round.reward)}"
