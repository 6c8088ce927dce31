"""observe → decide → perform, again and again. Events ring the bell; the view tells the time."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Event

from orchestrator.effects import World, perform
from orchestrator.errors import ArtifactMissing, LostRace, Transient
from orchestrator.ports import Notebook
from orchestrator.protocol.duties import Duty, Policy, Stop, Wait, next_duty, see
from orchestrator.protocol.types import RoundView

LONGEST_BACKOFF_SECONDS = 30.0


class Node:
    """One participant of one task. Killing it at any instruction loses nothing but the work in hand."""

    def __init__(self, world: World, notebook: Notebook, policy: Policy) -> None:
        self.world = world
        self.notebook = notebook
        self.policy = policy

    def tick(self) -> tuple[RoundView, Duty]:
        """One pass: read the chain once, decide one duty, do it, note what came of it."""
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
        return view, duty

    def run(self, bell: Event, is_stopped: Callable[[], bool], *, poll_seconds: float = 2.0) -> None:
        """Tick until the duty is to stop. Waits for `bell` between ticks, but never longer than `poll_seconds`.

        Transient failures are tried again, ever more slowly; lost races are looked at again at once; all else ends the run.
        """
        failures = 0
        while not is_stopped():
            bell.clear()
            try:
                _, duty = self.tick()
                failures = 0
            except LostRace as lost:
                self.world.log("race.lost", why=str(lost))
                bell.wait(min(1.0, poll_seconds))
                continue
            except ArtifactMissing as missing:  # it is looked for until the deadline is near, so never less often
                self.world.log("artifact.missing", why=str(missing))
                bell.wait(poll_seconds)
            except Transient as passing:
                failures += 1
                self.world.log("trouble", why=str(passing), hint=passing.hint, failures=failures)
                bell.wait(min(LONGEST_BACKOFF_SECONDS, poll_seconds * 1.5**failures) * random.uniform(0.8, 1.2))
                continue
            if isinstance(duty, Stop):
                self.world.log("stopped", why=duty.reason)
                return
            if isinstance(duty, Wait):
                bell.wait(poll_seconds)
