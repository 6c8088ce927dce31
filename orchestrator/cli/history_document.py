"""What happened in a task, as documents. Amounts are whole tokens, times seconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.events import Happened
from orchestrator.protocol.ledger import Ledger, Participant, Round
from orchestrator.protocol.rebuild import compute_phase
from orchestrator.protocol.types import Fault, Role
from orchestrator.protocol.why import Why

AMOUNTS: Final = {"amount", "stake", "weight", "weight_for", "weight_against", "reward", "turnout", "slasher_share", "rewards"}
"""Fields of events that are amounts of the task's token."""
CIDS: Final = {"digest", "aggregate", "winner"}
"""Fields that are addresses of artifacts."""


def compose_why(why: Why, decimals: int) -> dict[str, Any]:
    """What one round was for one account."""
    due = why.due
    amounts = {"penalty": due.penalty, "share": due.share, "earned": due.earned, "returned": due.returned}
    return {
        "account": why.account,
        "round": why.round,
        "outcome": why.outcome.name.lower(),
        "role": "idle" if why.role is Role.NONE else why.role.name.lower(),
        "did": why.deed,
        "fault": None if due.fault is Fault.NONE else due.fault.name.lower(),
        **{name: format_amount(amount, decimals) for name, amount in amounts.items()},
        "is_penalty_taken": why.is_taken,
        "decisive": why.decisive.rule,
        "reasons": [{"rule": one.rule, "what": one.what, "instead": one.instead or None} for one in why.reasons],
    }


def compose_history(told: Iterable[Happened], ledger: Ledger, decimals: int, *, block: int, time: int) -> dict[str, Any]:
    """All events, and what they add up to at the time `time` of `block`."""
    progress = ledger.progress
    return {
        "block": block,
        "time": time,
        "events": [compose_event(happened, decimals) for happened in told],
        "phase": compute_phase(ledger, time).name.lower(),
        "round": progress.round,
        "decided": progress.decided,
        "rejected_in_row": progress.rejected_in_row,
        "pool": format_amount(ledger.pool, decimals),
        "paid_in": format_amount(ledger.paid_in, decimals),
        "paid_out": format_amount(ledger.paid_out, decimals),
        "global_model": to_cid(ledger.global_model),
        "rounds": [_compose_round(round, decimals) for round in ledger.rounds.values()],
        "participants": [_compose_participant(participant, decimals) for participant in ledger.participants.values()],
    }


def compose_event(happened: Happened, decimals: int) -> dict[str, Any]:
    """One event: where it stands, its name, and its fields."""
    event = happened.event
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    told = {name.rstrip("_"): _tell(name, value, decimals) for name, value in values.items()}
    where = {"block": happened.block, "time": happened.timestamp, "transaction": "0x" + happened.transaction.hex()}
    return where | {"event": type(event).__name__, **told}


def _tell(name: str, value: Any, decimals: int) -> Any:
    if name in AMOUNTS:
        return format_amount(value, decimals)
    if isinstance(value, bytes):
        return (to_cid(value) if any(value) else None) if name in CIDS else "0x" + value.hex()
    return value.name.lower() if hasattr(value, "name") else value


def _compose_round(round: Round, decimals: int) -> dict[str, Any]:
    amounts = {name: getattr(round, name) for name in ("weight_for", "weight_against", "reward", "turnout")}
    return {
        "number": round.number,
        "outcome": round.outcome.name.lower(),
        "proposers": round.list_with(Role.PROPOSER),
        "voters": round.list_with(Role.VOTER),
        "updates": len(round.updates),
        "commits": len(round.committed),
        "reveals": len(round.revealed),
        "winner": to_cid(round.winner) if round.winner else None,
        "condemned": round.list_condemned(),
        **{name: format_amount(amount, decimals) for name, amount in amounts.items()},
    }


def _compose_participant(it: Participant, decimals: int) -> dict[str, Any]:
    amounts = {"stake": it.at_stake, "rewards": it.rewards, "staked": it.staked, "earned": it.earned, "lost": it.slashed}
    amounts["taken"] = it.withdrawn + it.claimed
    told = {name: format_amount(amount, decimals) for name, amount in amounts.items()}
    return {"account": it.account, "is_member": it.is_member, **told}
