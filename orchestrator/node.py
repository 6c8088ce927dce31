"""observe → decide → perform, again and again. Events ring the bell; the view tells the time."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum, auto
from threading import Event

from orchestrator.effects import World, perform
from orchestrator.errors import ArtifactMissing, LostRace, Transient
from orchestrator.ports import Notebook
from orchestrator.protocol.duties import Duty, Policy, Stop, Wait, next_duty, see

LONGEST_BACKOFF_SECONDS = 30.0
BACKOFF = 1.5


class Tick(Enum):
    """What came of one pass."""

    DONE = auto()
    """A duty was performed; the next may be there already."""
    WAITED = auto()
    """There was nothing to do."""
    STOPPED = auto()
    """There is nothing to do any more."""
    LOST = auto()
    """Somebody else was faster, or the phase moved on."""
    MISSING = auto()
    """Nobody offers an artifact that somebody may still offer."""
    TROUBLED = auto()
    """The world was not ready."""


class Node:
    """One participant of one task. Killing it at any instruction loses nothing but the work in hand."""

    def __init__(self, world: World, notebook: Notebook, policy: Policy) -> None:
        self.world = world
        self.notebook = notebook
        self.policy = policy
        self.failures = 0
        """How often the world was not ready since a pass went well."""

    def run(self, bell: Event, is_stopped: Callable[[], bool], *, poll_seconds: float = 2.0) -> None:
        """Tick until the duty is to stop. Waits for `bell` between ticks, but never long: see `next_pause`."""
        while not is_stopped():
            bell.clear()
            tick = self.tick()
            if tick is Tick.STOPPED:
                return
            bell.wait(next_pause(tick, self.failures, poll_seconds, spread=random.uniform(0.8, 1.2)))

    def tick(self) -> Tick:
        """One pass, and what came of it. Raises what looking again cannot help."""
        try:
            duty = self._pass()
        except LostRace as lost:
            self.world.log("race.lost", why=str(lost))
            return Tick.LOST
        except ArtifactMissing as missing:
            self.world.log("artifact.missing", why=str(missing))
            return Tick.MISSING
        except Transient as passing:
            self.failures += 1
            self.world.log("trouble", why=str(passing), hint=passing.hint, failures=self.failures)
            return Tick.TROUBLED
        self.failures = 0
        match duty:
            case Stop(reason):
                self.world.log("stopped", why=reason)
                return Tick.STOPPED
            case Wait():
                return Tick.WAITED
        return Tick.DONE

    def _pass(self) -> Duty:
        """Read the chain once, decide one duty, do it, note what came of it."""
        view = self.world.chain.read_view()
        written = self.notebook.read()
        notes = see(written, view)
        duty = next_duty(view, notes, self.policy)
        if notes != written:
            self.notebook.write(notes)
        if not isinstance(duty, Wait | Stop):
            self.world.log("duty", duty=type(duty).__name__, round=view.round, phase=view.phase.name.lower())
            after = perform(duty, view, notes, self.world)
            if after != notes:
                self.notebook.write(after)
        return duty


def next_pause(tick: Tick, failures: int, poll_seconds: float, *, spread: float = 1.0) -> float:
    """Seconds after which to look again although no bell rings.

    Transient failures are tried again ever more slowly, `spread` apart so that not all nodes come at once; lost races are
    looked at again soon; an artifact is looked for until the deadline is near, so never less often.
    """
    match tick:
        case Tick.WAITED | Tick.MISSING:
            return poll_seconds
        case Tick.LOST:
            return min(1.0, poll_seconds)
        case Tick.TROUBLED:
            return min(LONGEST_BACKOFF_SECONDS, poll_seconds * BACKOFF**failures) * spread
    return 0.0
