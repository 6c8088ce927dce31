"""The loop: how long a node waits after what came of a pass, and that nothing ends it but its own end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from orchestrator.errors import ArtifactMissing, Fatal, LostRace, Transient
from orchestrator.node import HEARTBEAT_SECONDS, LONGEST_POLL_SECONDS, Node, Tick, next_pause, stretch_pause
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import Notes, Phase, Role, RoundView
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeNotebook, FakeStorage, make_world


@dataclass
class MoodyAccount(FakeAccount):
    """Raises these, one after the other, before it answers."""

    moods: list[Exception] = field(default_factory=list)

    def read_view(self) -> RoundView:
        if self.moods:
            raise self.moods.pop(0)
        self.shared.tick()
        return super().read_view()


class Bell:
    """Never rings; remembers what it was waited for and how long, and lets a clock go on by that."""

    def __init__(self, *, is_heard: bool = False) -> None:
        self.is_heard = is_heard
        self.pauses: list[float] = []
        self.waits: list[tuple[int, int | None, int | None]] = []

    @property
    def now(self) -> float:
        return sum(self.pauses)

    def wait(self, seconds: float, *, seen: int, until: int | None = None, block: int | None = None) -> None:
        self.pauses.append(seconds)
        self.waits.append((seen, until, block))


@dataclass
class Scene:
    """One node that is alone in a task of one round, which is tried twice; what it told, and how long it waited."""

    moods: list[Exception]
    told: list[tuple[str, dict]] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    def __post_init__(self) -> None:
        account = MoodyAccount(FakeChain(["me", "you", "she", "he"], 1, proposers=1), "me", lambda: None, self.moods)
        world = make_world(account, FakeStorage(), lambda event, **values: self.told.append((event, values)))
        world.pace.clock = lambda: self.bell.now
        self.node = Node(world, FakeNotebook(), Policy(turn_seconds=0))

    def run(self) -> list[str]:
        self.node.run(self.bell, lambda: len(self.bell.pauses) > 5000, poll_seconds=2.0)
        return [event for event, _ in self.told]


def test_a_node_runs_until_its_duty_is_to_stop() -> None:
    events = Scene([]).run()
    assert "duty" in events and events[-1] == "stopped"


@pytest.mark.parametrize(
    ("mood", "event"),
    [
        (ArtifactMissing("not yet"), "artifact.missing"),
        (LostRace("WrongPhase()"), "race.lost"),
        (Transient("no answer", hint="wait"), "trouble"),
        (Fatal("other chain"), "trouble"),
        (KeyError("result"), "duty.failed"),
        (MemoryError(), "duty.failed"),
    ],
)
def test_what_goes_wrong_in_the_very_first_pass_is_told_and_the_node_goes_on(mood: Exception, event: str) -> None:
    """N1, N2: before any duty is known. After a good start nothing that the outside says is fatal."""
    events = Scene([mood]).run()
    assert events[0] == event and events[-1] == "stopped"


def test_what_nobody_foresaw_is_told_with_where_it_came_from() -> None:
    scene = Scene([KeyError("result")])
    scene.run()
    values = scene.told[0][1]
    assert values["why"] == "KeyError: 'result'" and values["duty"] == "Look" and values["failures"] == 1
    assert "in read_view" in values["traceback"]


def test_a_run_ends_when_it_is_told_to() -> None:
    scene = Scene([])
    scene.node.run(scene.bell, lambda: True)
    assert scene.told == scene.bell.pauses == []


def test_failures_are_counted_until_a_pass_goes_well() -> None:
    scene = Scene([Transient("1"), OSError("2"), LostRace("3"), ArtifactMissing("4"), Transient("5")])
    scene.run()
    found = [values["failures"] for event, values in scene.told if event in ("trouble", "duty.failed")]
    assert found == [1, 2, 3]
    assert scene.node.failures == 0
    first, second, lost, missing, third = scene.bell.pauses[:5]
    assert (lost, missing) == (1.0, 0.2)
    for pause, expected in zip((first, second, third), (3.0, 4.5, 6.75), strict=True):
        assert 0.8 * expected <= pause <= 1.2 * expected


@pytest.mark.parametrize(
    ("tick", "failures", "poll_seconds", "expected"),
    [
        (Tick.DONE, 0, 2.0, 0.0),
        (Tick.WAITED, 0, 2.0, 2.0),
        (Tick.MISSING, 7, 2.0, 2.0),
        (Tick.LOST, 0, 2.0, 1.0),
        (Tick.LOST, 0, 0.5, 0.5),
        (Tick.TROUBLED, 0, 2.0, 2.0),
        (Tick.TROUBLED, 1, 2.0, 3.0),
        (Tick.TROUBLED, 2, 2.0, 4.5),
        (Tick.TROUBLED, 50, 2.0, 30.0),
        (Tick.TROUBLED, 10**6, 2.0, 30.0),
    ],
)
def test_the_next_pause(tick: Tick, failures: int, poll_seconds: float, expected: float) -> None:
    assert next_pause(tick, failures, poll_seconds) == expected


def test_a_duty_done_is_followed_by_a_look_at_once() -> None:
    """Events only wake: what comes next may be there already."""
    scene = Scene([])
    scene.run()
    acts = [event for event, _ in scene.told].count("duty")
    assert acts > 5 and len(scene.bell.pauses) == len(scene.bell.waits) and 0.0 not in scene.bell.pauses


class FullDisk(FakeNotebook):
    """Takes nothing."""

    def write(self, notes: Notes) -> None:
        raise Fatal("cannot write: no space left", hint="free some space")


def test_a_full_disk_under_the_notes_costs_nothing_while_the_node_runs() -> None:
    """N2: it goes on with what it remembers."""
    scene = Scene([])
    scene.node.notebook = FullDisk()
    events = scene.run()
    assert events[-1] == "stopped" and "notes.failed" in events
    assert scene.node._notes and scene.node._notes.round > 0


def test_what_could_not_be_written_is_written_later() -> None:
    scene = Scene([])
    disk = scene.node.notebook = FakeNotebook(hazard := Hazard(OSError(28, "no space"), 1))
    scene.node.tick()
    assert hazard.times == 0 and disk.notes == Notes()
    scene.node.tick()
    assert disk.notes.round == 1


@pytest.mark.parametrize(("missing", "expected"), [(1, 0.2), (2, 0.4), (3, 0.8), (4, 1.6), (5, 2.0), (10**6, 2.0)])
def test_an_artifact_is_looked_for_often_at_first(missing: int, expected: float) -> None:
    """Most are there as soon as they are announced."""
    assert next_pause(Tick.MISSING, 0, 2.0, missing=missing) == expected


@pytest.mark.parametrize(
    ("quiet", "left", "expected"),
    [
        (0, None, 2.0),
        (1, None, 3.0),
        (50, None, LONGEST_POLL_SECONDS),
        (50, 10_000.0, LONGEST_POLL_SECONDS),
        (50, 200.0, 10.0),
        (50, 20.0, 2.0),
        (50, -5.0, 2.0),
        (0, 200.0, 2.0),
    ],
)
def test_who_hears_no_bell_looks_ever_less_often_where_nothing_happens(quiet: int, left: float | None, expected: float) -> None:
    """N6: below 5,000 looks a day, and often enough before the end of a phase."""
    assert stretch_pause(2.0, quiet, left) == expected
    assert 86_400 / LONGEST_POLL_SECONDS < 5_000


class WaitingAccount(FakeAccount):
    """A member with nothing to do in a phase that never ends; each look sees another block."""

    def read_view(self) -> RoundView:
        self.shared.tick()
        return replace(super().read_view(), phase=Phase.TRAINING, train_end=5_000_000, role=Role.NONE)


def wait_often(bell: Bell) -> None:
    account = WaitingAccount(FakeChain(["me", "you", "she", "he"], 1, proposers=1), "me", lambda: None)
    node = Node(make_world(account, FakeStorage()), FakeNotebook(), Policy())
    node.run(bell, lambda: len(bell.pauses) > 20, poll_seconds=2.0)


def test_who_hears_a_bell_looks_when_it_rings_and_else_once_a_minute() -> None:
    """N6: from the block that was seen, until the time that the duty names."""
    wait_often(bell := Bell(is_heard=True))
    assert set(bell.pauses) == {HEARTBEAT_SECONDS}
    seen = [block for block, _, _ in bell.waits]
    assert seen == list(range(seen[0], seen[0] + len(seen)))
    assert {(until, block) for _, until, block in bell.waits} == {(5_000_000, None)}


def test_who_hears_none_looks_ever_less_often() -> None:
    wait_often(bell := Bell())
    assert bell.pauses[0] == 2.0 and bell.pauses == sorted(bell.pauses) and bell.pauses[-1] == LONGEST_POLL_SECONDS


@dataclass
class Hazard:
    """Raises so many times."""

    error: Exception
    times: int

    def __call__(self) -> None:
        if self.times:
            self.times -= 1
            raise self.error


def test_a_log_that_cannot_write_a_letter_gets_it_in_another_way_and_one_that_is_full_is_left_alone() -> None:
    """N2: a peer's tensor name in a log that is not UTF-8."""
    told: list[str] = []

    def narrow(event: str, **values: object) -> None:
        told.append("".join(str(value) for value in values.values()).encode("ascii").decode())

    scene = Scene([Transient("Ω")])
    scene.node = Node(replace(scene.node.world, log=narrow), FakeNotebook(), Policy(turn_seconds=0))
    assert scene.node.tick() is Tick.TROUBLED
    assert told == ["'Look''\\u03a9'''1"]

    def full(event: str, **values: object) -> None:
        raise OSError(28, "no space left on device")

    scene.node = Node(replace(scene.node.world, log=full), FakeNotebook(), Policy(turn_seconds=0))
    scene.node.run(scene.bell, lambda: len(scene.bell.pauses) > 5000, poll_seconds=2.0)
    assert len(scene.bell.pauses) < 5000, "it came to its end"
