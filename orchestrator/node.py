"""observe → decide → perform, again and again. Events ring the bell; the view tells the time.

Once a node runs, nothing that the outside does ends it: what goes wrong is told, and looked at again. A duty that fails rests
for a while, and what comes after it is done meanwhile.
"""

from __future__ import annotations

import contextlib
import random
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from orchestrator.effects import World, perform
from orchestrator.errors import ArtifactMissing, LostRace, ModelUnusable, StarlingError
from orchestrator.ports import Bell, Log, Notebook
from orchestrator.protocol.duties import Act, Duty, Judge, Policy, Publish, Stop, Tell, Wait, next_duties, see
from orchestrator.protocol.types import Notes, Phase, RoundView

LONGEST_BACKOFF_SECONDS = 30.0
BACKOFF = 1.5
FIRST_REST_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.2
"""Who misses an artifact looks again so soon, and then half as often each time: most come as soon as they are announced."""
LONGEST_POLL_SECONDS = 20.0
"""Between looks where no bell is heard and nothing has happened for long: 4,320 a day."""
HEARTBEAT_SECONDS = 60.0
"""Between looks where a bell is heard."""
LOOKS_A_PHASE = 20
"""Who hears no bell looks so often in what is left of a phase, at least."""
LOOKS_BEFORE_A_DEADLINE = 4
"""While the endpoint fails, a pause is no longer than this part of what is left of a phase: there is time for a few more."""
MISSING = ArtifactMissing | ModelUnusable
NEVER = sys.maxsize
"""A block that never comes: who has seen that far waits for no event."""
RACES_IN_A_ROW = 3
"""A duty that so often in a row finds that somebody was faster rests: what refuses it may not be a race."""


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
    """The world was not ready, or a duty failed."""


Attempted = tuple[type[Duty], int, Phase]
"""A kind of duty in one phase of one round: in the next it is tried at once."""


@dataclass(frozen=True)
class Rest:
    """A duty that failed."""

    failures: int
    until: float
    """By the node's own clock."""


class Node:
    """One participant of one task. Killing it at any instruction loses nothing but the work in hand."""

    def __init__(self, world: World, notebook: Notebook, policy: Policy) -> None:
        self.world = replace(world, log=_make_quiet(world.log))
        self.notebook = notebook
        self.policy = policy
        self.failures = 0
        """How often the world was not ready since a pass went well."""
        self._notes: Notes | None = None
        """As last written, or as they should have been: a full disk must not make a node forget."""
        self._written: Notes | None = None
        self._rests: dict[Attempted, Rest] = {}
        self._view: RoundView | None = None
        """As last read."""
        self._waits: Wait | None = None
        """What the last pass waits for, if for anything on the chain; None while a duty rests."""
        self._missing = 0
        """How many passes in a row have not found an artifact."""
        self._quiet = 0
        """How many looks in a row have seen nothing but time pass."""

    def run(self, bell: Bell, is_stopped: Callable[[], bool], *, poll_seconds: float = 2.0) -> None:
        """Tick until the duty is to stop. Waits between ticks for `bell`, for the time at which there may be something to do,
        and never long: see `next_pause`."""
        while not is_stopped():
            tick = self.tick()
            if tick is Tick.STOPPED:
                return
            if tick is not Tick.DONE:
                self._wait(bell, tick, poll_seconds)

    def _wait(self, bell: Bell, tick: Tick, poll_seconds: float) -> None:
        self._missing = self._missing + 1 if tick is Tick.MISSING else 0
        pause = next_pause(tick, self.failures, poll_seconds, missing=self._missing, spread=random.uniform(0.8, 1.2))
        view, waits = self._view, self._waits
        if tick is Tick.TROUBLED or view is None:
            if view is not None and view.phase_end is not None:
                part = (view.phase_end - self.world.pace.compute_now(view)) / LOOKS_BEFORE_A_DEADLINE
                pause = min(pause, max(poll_seconds, part))
            bell.wait(pause, seen=NEVER)
        elif tick is Tick.LOST:
            bell.wait(pause, seen=view.block_number, block=view.block_number + 1)
        elif tick is Tick.WAITED and waits:
            is_heard = bell.is_heard and not view.phase.is_over
            left = None if waits.until is None else waits.until - self.world.pace.compute_now(view)
            pause = HEARTBEAT_SECONDS if is_heard else stretch_pause(poll_seconds, self._quiet, left)
            bell.wait(pause, seen=view.block_number, until=waits.until, block=waits.block)
        else:
            bell.wait(pause, seen=view.block_number)

    def tick(self) -> Tick:
        """One pass, and what came of it. Whatever the ports raise or answer, it does not raise."""
        try:
            view, notes, duty = self._decide()
        except Exception as error:
            self.failures += not isinstance(error, LostRace | MISSING)
            return self._meet(error, "Look", self.failures)
        match duty:
            case Stop(reason):
                self.failures = 0
                self.world.log("stopped", why=reason)
                return Tick.STOPPED
            case Wait():
                self.failures = 0
                self._waits = None if self._rests else duty
                return Tick.WAITED
        if not isinstance(duty, Tell):
            self.world.log("duty", duty=type(duty).__name__, round=view.round, phase=view.phase.name.lower())
        return self._perform(duty, view, notes)

    def _decide(self) -> tuple[RoundView, Notes, Duty]:
        """Read the chain once, and decide one duty."""
        view = self.world.chain.read_view()
        if not isinstance(view, RoundView):
            raise TypeError(f"the chain answers {str(view)[:60]!r} instead of a view")
        self.world.pace.see(view)
        before, self._view = self._view, view
        is_quiet = before is not None and replace(before, block_number=view.block_number, timestamp=view.timestamp) == view
        self._quiet = self._quiet + 1 if is_quiet else 0
        notes = see(self._read_notes(), view)
        duties = list(next_duties(view, notes, self.policy))
        self._write_notes(notes)
        self._rests = {key: rest for key, rest in self._rests.items() if key[1:] == (view.round, view.phase)}
        awake = [duty for duty in duties if not self._is_resting(duty, view)]
        skipped = [duty for duty in duties if duty not in awake]
        duty = awake[0] if awake else Wait("what there is to do does not work now")
        if isinstance(duty, Stop) and any(not isinstance(one, Publish | Tell) for one in skipped):
            duty = Wait("what is left to do does not work now")
        self._show(view, duty)
        return view, notes, duty

    def _show(self, view: RoundView, duty: Duty) -> None:
        """That the node lives, what it sees and what it is at. Said with every look; who listens keeps what it wants."""
        self.world.log(
            "alive",
            round=view.round,
            phase=view.phase.name.lower(),
            doing=duty.reason if isinstance(duty, Wait | Stop) else type(duty).__name__,
            role=view.role.name.lower(),
            is_member=view.is_member,
            block=view.block_number,
            chain_time=view.timestamp,
            phase_end=view.phase_end,
            stake=self.world.tell_amount(view.stake + view.topped_up),
            rewards=self.world.tell_amount(view.rewards),
            pool=self.world.tell_amount(view.pool),
        )

    def _perform(self, duty: Act, view: RoundView, notes: Notes) -> Tick:
        """Do the duty, note what came of it."""
        began = self.world.pace.clock()
        try:
            after = perform(duty, view, notes, self.world)
        except Exception as error:
            if isinstance(error, ModelUnusable):
                self._write_notes(replace(notes, unusable_since=notes.unusable_since or view.round))
            # Who judges waits for others, and keeps looking: it has prepared for the end of its time.
            failures = 0 if isinstance(duty, Judge) and isinstance(error, MISSING) else self._let_rest(duty, view, error)
            return self._meet(error, type(duty).__name__, failures)
        if not isinstance(duty, Tell):
            self.world.log("duty.done", duty=type(duty).__name__, round=view.round, seconds=self.world.pace.clock() - began)
        self._rests.pop((type(duty), view.round, view.phase), None)
        self.failures = 0
        self._write_notes(after)
        return Tick.DONE

    # ── what goes wrong ──

    def _meet(self, error: Exception, doing: str, failures: int) -> Tick:
        """Tell what went wrong: our own families in words, anything else with where it came from."""
        if isinstance(error, LostRace):
            self.world.log("race.lost", why=str(error))
            return Tick.LOST
        if isinstance(error, MISSING):
            self.world.log("artifact.missing", why=str(error))
            return Tick.MISSING
        if isinstance(error, StarlingError):
            self.world.log("trouble", duty=doing, why=str(error), hint=error.hint, failures=failures)
        else:
            self.world.log("duty.failed", duty=doing, why=_tell(error), traceback=_tell_trace(error), failures=failures)
        return Tick.TROUBLED

    def _let_rest(self, duty: Act, view: RoundView, error: Exception) -> int:
        """The more often it failed the longer, but never past a quarter of what is left of the phase; how often that was."""
        key = (type(duty), view.round, view.phase)
        failures = self._rests[key].failures + 1 if key in self._rests else 1
        tries = failures - RACES_IN_A_ROW if isinstance(error, LostRace) else failures
        seconds = min(LONGEST_BACKOFF_SECONDS, FIRST_REST_SECONDS * BACKOFF ** min(tries, 20)) if tries > 0 else 0.0
        if view.phase_end is not None:
            seconds = min(seconds, max(1.0, (view.phase_end - view.timestamp) / 4))
        self._rests[key] = Rest(failures, self.world.pace.clock() + seconds)
        return failures

    def _is_resting(self, duty: Duty, view: RoundView) -> bool:
        rest = self._rests.get((type(duty), view.round, view.phase))
        return rest is not None and self.world.pace.clock() < rest.until

    # ── notes ──

    def _read_notes(self) -> Notes:
        if self._notes is None:
            try:
                found = self.notebook.read()
                self._notes = found if isinstance(found, Notes) else Notes()
            except Exception as failed:
                self._tell_notes(failed)
                self._notes = Notes()
            self._written = self._notes
        return self._notes

    def _write_notes(self, notes: Notes) -> None:
        """Also what could not be written before. Without a disk the node goes on with what it remembers."""
        self._notes = notes
        if notes != self._written:
            try:
                self.notebook.write(notes)
                self._written = notes
            except Exception as failed:
                self._tell_notes(failed)

    def _tell_notes(self, failed: Exception) -> None:
        self.world.log("notes.failed", why=_tell(failed), hint=getattr(failed, "hint", ""))


def next_pause(tick: Tick, failures: int, poll_seconds: float, *, missing: int = 99, spread: float = 1.0) -> float:
    """Seconds after which to look again although no bell rings.

    An endpoint that fails is asked ever more slowly, `spread` apart so that not all nodes come at once; lost races are looked
    at again soon; an artifact is looked for until the deadline is near, so never less often, and more often at first: `missing`
    passes in a row have not found it. A duty that failed rests anyway.
    """
    match tick:
        case Tick.WAITED:
            return poll_seconds
        case Tick.MISSING:
            return min(poll_seconds, FIRST_PAUSE_SECONDS * 2.0 ** min(missing - 1, 20))
        case Tick.LOST:
            return min(1.0, poll_seconds)
        case Tick.TROUBLED:
            return min(LONGEST_BACKOFF_SECONDS, poll_seconds * BACKOFF ** min(failures, 20)) * spread
    return 0.0


def stretch_pause(poll_seconds: float, quiet: int, left_seconds: float | None) -> float:
    """Seconds until who hears no bell looks again: the longer, the more looks in a row have seen nothing new (`quiet`), but a
    good number of times before `left_seconds`, when there may be something to do; None: nobody knows when."""
    longest = LONGEST_POLL_SECONDS if left_seconds is None else min(LONGEST_POLL_SECONDS, left_seconds / LOOKS_A_PHASE)
    return max(poll_seconds, min(longest, poll_seconds * BACKOFF ** min(quiet, 20)))


def _make_quiet(log: Log) -> Log:
    """A log that never raises: a full disk, a closed pipe or a letter that it cannot write must not cost a duty."""

    def say(event: str, **values: Any) -> None:
        try:
            log(event, **values)
        except Exception:
            with contextlib.suppress(Exception):
                log(event, **{name: ascii(value) if isinstance(value, str) else value for name, value in values.items()})

    return say


def _tell(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def _tell_trace(error: Exception) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # there may be no memory left for it
        return ""
