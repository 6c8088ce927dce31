"""The loop: how long a node waits after what came of a pass, and that nothing but what cannot be helped ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

import pytest

from orchestrator.errors import ArtifactMissing, Fatal, LostRace, Transient
from orchestrator.node import Node, Tick, next_pause
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import RoundView
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


class Bell(Event):
    """Never rings; remembers how long it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.pauses.append(timeout)
        return False


@dataclass
class Stage:
    """One node that is alone in a task of one round, what it told, and how long it waited."""

    moods: list[Exception]
    told: list[tuple[str, dict]] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    def __post_init__(self) -> None:
        account = MoodyAccount(FakeChain(["me", "you"], 1, proposers=1), "me", lambda: None, self.moods)
        world = make_world(account, FakeStorage(), lambda event, **values: self.told.append((event, values)))
        self.node = Node(world, FakeNotebook(), Policy(turn_seconds=0))

    def run(self) -> list[str]:
        self.node.run(self.bell, lambda: False, poll_seconds=2.0)
        return [event for event, _ in self.told]


def test_a_node_runs_until_its_duty_is_to_stop() -> None:
    events = Stage([]).run()
    assert events[0] == "duty" and events[-1] == "stopped"


@pytest.mark.parametrize(
    ("mood", "event"),
    [
        (ArtifactMissing("not yet"), "artifact.missing"),
        (LostRace("WrongPhase()"), "race.lost"),
        (Transient("no answer", hint="wait"), "trouble"),
    ],
)
def test_what_goes_wrong_in_the_very_first_pass_is_told_and_the_node_goes_on(mood: Exception, event: str) -> None:
    """Before any duty is known."""
    events = Stage([mood]).run()
    assert events[0] == event and events[-1] == "stopped"


def test_what_cannot_be_helped_ends_the_run() -> None:
    with pytest.raises(Fatal, match="other chain"):
        Stage([Fatal("other chain")]).run()


def test_a_run_ends_when_it_is_told_to() -> None:
    stage = Stage([])
    stage.node.run(stage.bell, lambda: True)
    assert stage.told == stage.bell.pauses == []


def test_failures_are_counted_until_a_pass_goes_well() -> None:
    stage = Stage([Transient("1"), Transient("2"), LostRace("3"), ArtifactMissing("4"), Transient("5")])
    stage.run()
    assert [values["failures"] for event, values in stage.told if event == "trouble"] == [1, 2, 3]
    assert stage.node.failures == 0
    first, second, lost, missing, third = stage.bell.pauses[:5]
    assert (lost, missing) == (1.0, 2.0)
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
        (Tick.TROUBLED, 1, 2.0, 3.0),
        (Tick.TROUBLED, 2, 2.0, 4.5),
        (Tick.TROUBLED, 50, 2.0, 30.0),
    ],
)
def test_the_next_pause(tick: Tick, failures: int, poll_seconds: float, expected: float) -> None:
    assert next_pause(tick, failures, poll_seconds) == expected


def test_a_duty_done_is_followed_by_a_look_at_once_and_nothing_to_do_by_a_pause() -> None:
    """Events only wake: what comes next may be there already."""
    stage = Stage([])
    stage.run()
    duties = [event for event, _ in stage.told if event == "duty"]
    assert stage.bell.pauses.count(0.0) == len(duties)
    assert set(stage.bell.pauses) == {0.0, 2.0}
