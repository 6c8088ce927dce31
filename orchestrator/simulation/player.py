"""One participant of a game, and when its node has to look again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestrator.node import Node, Tick
from orchestrator.protocol.cutoff import find_stretch
from orchestrator.protocol.duties import Stop, Wait, next_duty, see
from orchestrator.protocol.types import Address, Notes, RoundView
from orchestrator.simulation.memory import MemoryNotebook, MemoryStore
from orchestrator.simulation.shared_chain import SharedChain
from orchestrator.simulation.strategies import HONEST, Strategy

PASSES_A_BLOCK = 6
"""A node that has done something looks again at once; so often in one block at most."""
OFTEN_SECONDS = 8
"""So near to the end of a phase, who waits for an artifact looks in every block."""


@dataclass
class Player:
    """One participant."""

    number: int
    account: Address
    strategy: Strategy
    make_node: Callable[[MemoryNotebook], Node]
    """A node of this participant as it starts, with these notes."""
    chain: SharedChain
    drafts: MemoryStore
    stake: int
    """What it joins with, in wei."""
    tests: int
    """Its number among those whose test parts are evaluated together."""
    last: Tick = Tick.DONE
    arrivals: int = 0
    """How many artifacts there were when it last looked."""
    has_joined: bool = False

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, notes: Notes | None = None) -> None:
        """Start its node anew, with these notes or those it has: all else that it knew is gone."""
        known = vars(self).get("notebook")
        self.notebook = MemoryNotebook(notes or (known.read() if known else None))
        self.node, self.last, self.chain.seen = self.make_node(self.notebook), Tick.DONE, None

    def join(self) -> None:
        """Stake."""
        self.chain.join(self.stake)
        self.has_joined = True

    @property
    def is_honest(self) -> bool:
        """Whether it does all that its node says."""
        return self.strategy is HONEST

    @property
    def is_done(self) -> bool:
        """Whether it has nothing to do any more."""
        return self.last is Tick.STOPPED

    def act(self, arrivals: int) -> bool:
        """Let its node look, until there is nothing more to do in this block; whether it did anything."""
        has_acted, self.arrivals = False, arrivals
        for _ in range(PASSES_A_BLOCK):
            self.last = self.node.tick()
            if self.last is not Tick.DONE:
                break
            has_acted = True
        return has_acted

    def is_due(self, now: RoundView, arrivals: int) -> bool:
        """Whether its node could find something to do at `now`, what anybody sees of this block.

        Not if it waited in this phase of this round, and, asked again with the time of `now`, would still wait. Who misses an
        artifact looks when one comes, and ever more often towards the end of the phase.
        """
        seen = self.chain.seen
        if self.is_done:
            return False
        if seen is None or (seen.round, seen.phase) != (now.round, now.phase):
            return True
        if self.last is Tick.MISSING:
            return arrivals != self.arrivals or now.timestamp >= self._compute_next_look(seen)
        if self.last is not Tick.WAITED:
            return True
        view = replace(seen, block_number=now.block_number, timestamp=now.timestamp)
        match next_duty(view, see(self.notebook.read(), view), self.node.policy):
            case Wait(_, until):
                return until is None and view.phase.is_over
            case Stop():
                return True
        return True

    def _compute_next_look(self, seen: RoundView) -> int:
        """When half of what was left of the phase is over, or the cut-off is drawn; in seconds of the chain."""
        left = (seen.phase_end or seen.timestamp) - seen.timestamp
        next_look = seen.timestamp + (1 if left <= OFTEN_SECONDS else left // 2)
        drawing = math.ceil(find_stretch(seen).end)
        return min(next_look, drawing) if drawing > seen.timestamp else next_look

    def find_next_look(self, now: RoundView) -> int:
        """Until when nothing but the act of another can give it something to do, once all turns are over."""
        if self.last is Tick.MISSING and self.chain.seen:
            return self._compute_next_look(self.chain.seen)
        return now.phase_end or now.timestamp
