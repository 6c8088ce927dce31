"""What does a node act on? The ports it was given, the rules all share, and what it has measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from orchestrator.effects.pace import Pace
from orchestrator.effects.table import Table
from orchestrator.learning.artifact import Layout
from orchestrator.learning.definition import Definition
from orchestrator.ports import Chain, Drafts, Log, Past, Storage, Trainer


@dataclass(frozen=True)
class World:
    """What a node acts on."""

    chain: Chain
    storage: Storage
    """What the others can fetch from, too."""
    drafts: Drafts
    """What this node made and offers to nobody yet."""
    trainer: Trainer
    definition: Definition
    """What all must do alike."""
    layout: Layout
    """What the tensors of every artifact of the task look like, as its recipe says."""
    secret: bytes
    """Known to this node only; seeds its training, so that a restarted node makes the same update again."""
    log: Log
    margin_seconds: float = 0.0
    """How long before the commit deadline, at least, a voter stops waiting for updates; measured where that says more."""
    wait_seconds: float = 1.0
    """How long one pass waits for the store; what comes later is seen in the next."""
    past: Past | None = None
    """What settled rounds were for this account; None: nobody tells."""
    tell_amount: Callable[[int], str] = str
    """Wei of the task's token as people read them."""
    pace: Pace = field(default_factory=Pace)
    table: Table = field(default_factory=Table)
