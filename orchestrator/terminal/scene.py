"""Everything that a picture of a task needs, and how its values are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator.protocol.amounts import COIN_DECIMALS
from orchestrator.protocol.dues import compute_floor
from orchestrator.protocol.events import (
    Event,
    Left,
    OperatorNamed,
    RoundDrawn,
    RoundSettled,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    Withdrawn,
)
from orchestrator.protocol.ledger import Ledger, Round
from orchestrator.protocol.types import NO_ACCOUNT, Address, Digest, Fault, Outcome, Role, RoundView


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
    """What an account has done in the round in progress, or what is thought of it."""
    round = scene.round
    if round is None:
        return ""
    if account in round.revealed:
        return "voted +1" if round.revealed[account].score > 0 else "voted −1"
    if account in round.committed:
        return "committed"
    if account in round.updates:
        share = compute_accusing_share(scene, round, account)
        return f"against {100 * share:.0f}%" if share else "submitted"
    return ""


def compute_accusing_share(scene: Scene, round: Round, account: Address) -> float:
    """Of the weight revealed so far, what stands against somebody that submitted."""
    revealed = compute_revealed_weight(round)
    return round.compute_accusing_weight(account, unit=scene.ledger.unit) / revealed if revealed else 0.0


def compute_revealed_weight(round: Round) -> int:
    """The stake behind all ballots that were shown, in wei."""
    return sum(round.weights[voter] for voter in round.revealed)


def count_faults(ledger: Ledger, account: Address) -> Counter[Fault]:
    """What an account was found at fault for in the settled rounds, and how often."""
    found = (round.dues[account].fault for round in ledger.rounds.values() if account in round.dues)
    return Counter(fault for fault in found if fault is not Fault.NONE)


def tell_event(event: Event, scene: Scene) -> list[str]:
    """An event of the task in sentences, if it is worth any. The ledger has it already."""
    match event:
        case RoundSettled():
            round = scene.ledger.rounds[event.round]
            told = [tell_outcome(round, scene), *tell_verdicts(round, scene)]
            return [f"round {event.round} {sentence}" for sentence in told]
        case RoundDrawn() | UpdateSubmitted() | VoteCommitted() | Slashed():
            sentence = _tell_in_round(event, scene.ledger.rounds[event.round], scene)
            return [f"round {event.round} {sentence}"] if sentence else []
        case Left():
            return [_tell_leaving(event, scene)]
        case OperatorNamed():
            named = "nobody" if event.operator == NO_ACCOUNT else scene.name(event.operator)
            return [f"{scene.name(event.account)} names {named} its operator"]
        case Withdrawn():
            return [f"{scene.name(event.account)} withdraws {scene.tell_amount(event.stake + event.rewards)}"]
    return []


def _tell_leaving(event: Left, scene: Scene) -> str:
    """The event is the same for who wants to leave and for who has too little at stake (R5, R6)."""
    name, since = scene.name(event.account), f"drawn no more from round {event.from_round} on"
    participant = scene.ledger.participants.get(event.account)
    if participant is not None and participant.at_stake < compute_floor(scene.ledger.parameters):
        return f"{name} has too little at stake: {since}"
    return f"{name} leaves: {since}"


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
        case Slashed():
            why, before = event.fault.name.lower(), round.strikes.get(event.account, 0)
            in_row = f", {before + 1} in a row" if before else ""
            return f"{scene.name(event.account)} loses {scene.tell_amount(event.amount)} of its stake ({why}{in_row})"
    return None


def tell_outcome(round: Round, scene: Scene) -> str:
    """The outcome, with weights and reward."""
    if round.outcome is Outcome.VOID:
        return "void: nobody is paid, and it does not count"
    weights = f"{scene.tell_amount(round.weight_for)} for, {scene.tell_amount(round.weight_against)} against"
    reward = f"reward {scene.tell_amount(round.reward)} over a turnout of {scene.tell_amount(round.turnout)}"
    return f"{round.outcome.name.lower()}: {weights}; {reward}"


def tell_verdicts(round: Round, scene: Scene) -> list[str]:
    """Who is accused, by what weight, and who is condemned (R17a): a sentence each, by rank."""
    condemned, revealed = round.list_condemned(), scene.tell_amount(compute_revealed_weight(round))
    told = []
    for account in sorted(round.ranks, key=round.ranks.__getitem__):
        weight = round.compute_accusing_weight(account, unit=scene.ledger.unit)
        if weight:
            verdict = "is condemned" if account in condemned else "is accused, not condemned"
            told.append(f"{scene.name(account)} {verdict}: {scene.tell_amount(weight)} of {revealed} against it")
    return told


def tell_faults(ledger: Ledger, account: Address) -> str:
    """What an account was found at fault for: "minority 2, condemned"."""
    counted = count_faults(ledger, account).items()
    return ", ".join(fault.name.lower() + (f" {count}" if count > 1 else "") for fault, count in counted)
