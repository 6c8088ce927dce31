"""What is said of a settled round: one line of what it was for this account, and by which rule."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.effects.world import World
from orchestrator.protocol.amounts import COIN_DECIMALS, format_amount
from orchestrator.protocol.duties import Tell
from orchestrator.protocol.types import Fault, Notes, Role


def tell_round(duty: Tell, notes: Notes, world: World) -> Notes:
    """First said, then noted: who is killed in between says it twice, and never not at all."""
    if world.past is None:
        return replace(notes, told_round=duty.round)
    why = world.past.explain_round(duty.round)
    world.log("balance", coin=format_amount(world.past.read_coin(), COIN_DECIMALS))
    world.log(
        "round.settled",
        round=why.round,
        outcome=why.outcome.name.lower(),
        role="idle" if why.role is Role.NONE else why.role.name.lower(),
        did=why.deed,
        share=world.tell_amount(why.due.share),
        earned=world.tell_amount(why.due.earned),
        fault="" if why.due.fault is Fault.NONE else why.due.fault.name.lower(),
        penalty=world.tell_amount(why.due.penalty),
        rule=why.decisive.rule,
        why=why.decisive.what,
        hint=why.decisive.instead,
    )
    return replace(notes, told_round=duty.round)
