"""Making tasks (R1)."""

import pytest

from orchestrator.protocol.types import Phase
from tests.contracts import wire
from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with

YEAR = 365 * 24 * 3_600
TOP = 2**90 - 1


def test_anyone_creates_a_task(bench):
    """R1: anyone may create a task, with its own parameters, in Enrolling of round 1."""
    creator = bench.people[7]
    made = bench.manager.createTask(bench.parameters(), {"from": creator})
    task = bench.tasks.at(made.events["TaskCreated"]["task"])
    assert task.creator() == made.events["TaskCreated"]["creator"] == creator
    assert wire.read(task, "parameters")[0][2:] == bench.parameters()[2:]
    assert (task.phase(), task.globalModel()) == (Phase.ENROLLING, "0x" + "02" * 32)
    assert bench.manager.isTask(task) and not bench.manager.isTask(creator)


@pytest.mark.parametrize(
    "name, limit, values",
    [
        ("token", 1, ["0x" + "11" * 20]),
        ("beacon", 1, ["0x" + "11" * 20]),
        ("definition", 1, [bytes(32)]),
        ("initialModel", 1, [bytes(32)]),
        ("rounds", 1, [0]),
        ("rounds", 32_500, [32_501]),
        ("maxParticipants", 4, [3]),
        ("maxParticipants", 65_000, [65_001]),
        ("minParticipants", 4, [3]),
        ("minParticipants", 20, [21]),
        ("proposers", 1, [0]),
        ("proposers", 16, [17]),
        ("voters", 3, [1]),
        ("voters", 3, [2]),
        ("voters", 65_000, [65_001]),
        ("maxStake", STAR, [STAR - 1]),
        ("maxStake", STAR, [1]),
        ("patience", 4_000, [4_001]),
        ("minStake", 1, [0]),
        ("minStake", TOP // 20, [TOP // 20 + 1]),
        ("quorumBps", 1, [0]),
        *[(kind + "Bps", 10_000, [10_001]) for kind in ("quorum", "floor", "fault", "condemned", "slasher")],
        *[(name, 1, [0]) for name in ("trainWindow", "commitWindow", "revealWindow")],
        *[(name, YEAR, [YEAR + 1]) for name in ("trainWindow", "commitWindow", "revealWindow", "exitDelay", "stallTimeout")],
        ("stallTimeout", 3_600, [3_599]),
    ],
)  # fmt: skip
def test_task_that_could_not_run_is_refused(bench, name, limit, values):
    """R1: creation checks each parameter and refuses a task that could not run, or could be held up."""
    (value,) = values
    actual = 0 if isinstance(value, str | bytes) else value
    with reverts_with("InvalidParameter", name, limit, actual):
        bench.manager.createTask.call(bench.parameters(**{name: value}), {"from": bench.people[0]})


def test_extreme_parameters_that_can_run_are_accepted(bench):
    """R1: every bound can be reached."""
    most = dict(rounds=32_500, maxParticipants=65_000, minParticipants=33, proposers=16, voters=65_000, patience=4_000)
    bench.make_task(**most, quorumBps=10_000, minStake=1, maxStake=2**96 - 1)
    least = dict(maxParticipants=4, minParticipants=4, proposers=1, voters=3)
    bench.make_task(**least, minStake=TOP // 4, maxStake=TOP // 4, exitDelay=0, stallTimeout=3_600, trainWindow=1)
    bench.make_task(faultBps=0, condemnedBps=10_000, floorBps=10_000, slasherBps=0, exitDelay=YEAR, stallTimeout=YEAR)
    bench.make_task(faultBps=10_000, condemnedBps=0, floorBps=0, slasherBps=10_000, quorumBps=1)


@pytest.mark.parametrize("proposers, least", [(1, 4), (2, 5), (3, 7), (16, 33)])
def test_voters_are_the_majority_from_the_first_draw_on(bench, proposers, least):
    """R1: `minParticipants` is at least 4 and at least 2·P + 1."""
    sizes = dict(proposers=proposers, maxParticipants=40)
    with reverts_with("InvalidParameter", "minParticipants", max(4, 2 * proposers + 1), least - 1):
        bench.manager.createTask.call(bench.parameters(minParticipants=least - 1, **sizes), {"from": bench.people[0]})
    bench.make_task(minParticipants=least, **sizes)


def test_limits_of_parameters_are_told(bench):
    """R1: by the manager that checks them."""
    names = ("PARTICIPANTS", "VOTERS")
    assert [getattr(bench.manager, f"MIN_{name}")() for name in names] == [4, 3]
    names = ("PROPOSERS", "COUNT", "ROUNDS", "PATIENCE", "AMOUNT")
    assert [getattr(bench.manager, f"MAX_{name}")() for name in names] == [16, 65_000, 32_500, 4_000, TOP]


def test_tasks_are_listed_in_pages(bench):
    """R1: the manager lists what it made, and has no other power."""
    first = bench.manager.taskCount()
    tasks = [bench.make_task().task.address for _ in range(3)]
    assert bench.manager.tasksFrom(first, 2) == tasks[:2]
    assert bench.manager.tasksFrom(first + 2, 99) == tasks[2:]
    assert bench.manager.tasksFrom(first + 3, 1) == ()
