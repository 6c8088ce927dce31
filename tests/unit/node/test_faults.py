"""A fault in every call of every port, through `run`: the node is alive, and does its duty when it can (N1, N2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.errors import ArtifactMissing, ArtifactRefused, ChainError, Fatal, LostRace, Transient
from orchestrator.node import Node
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import Outcome
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeNotebook, FakeStorage, make_world
from tests.unit.node.test_node import Bell

ACCOUNTS = [f"account {number}" for number in range(5)]
ROUNDS = 3
FAULTS = [
    Transient("no answer"),
    LostRace("WrongPhase()"),
    Fatal("cannot be helped"),
    ChainError("answers something else"),
    ArtifactMissing("not here"),
    ArtifactRefused("other bytes"),
    KeyError("result"),
    OSError(5, "input/output error"),
    MemoryError(),
    RuntimeError("CUDA error"),
    UnicodeEncodeError("ascii", "Ω", 0, 1, "not in range"),
    RecursionError(),
]
GARBAGE: list[Any] = [None, b"", [], {}, 7]
CALLS = {
    "chain": [
        "read_view",
        "read_penalised",
        "compute_commitment",
        "draw",
        "submit_update",
        "commit_vote",
        "reveal_vote",
        "settle",
        "slash",
        "withdraw",
    ],
    "storage": ["put", "get"],
    "drafts": ["put", "get", "drop"],
    "trainer": ["train", "evaluate"],
    "notebook": ["read", "write"],
    "log": ["__call__"],
}


class Faulty:
    """As `inner`, but for one method whose first calls fail."""

    def __init__(self, inner: Any, method: str, fail: Callable[[], Any], times: int) -> None:
        self._inner, self._method, self._fail, self.left = inner, method, fail, times

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._call("__call__", *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return found if name != self._method else lambda *args, **options: self._call(name, *args, **options)

    def _call(self, name: str, *arguments: Any, **options: Any) -> Any:
        if self.left:
            self.left -= 1
            return self._fail()
        return getattr(self._inner, name)(*arguments, **options)


def raising(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def play(port: str, method: str, fail: Callable[[], Any], times: int = 2) -> tuple[FakeChain, list[tuple[str, dict]], Faulty]:
    """A whole task, each node in turn; the ports of the first fail. Its clock and the chain's go on by what it waits."""
    chain, storage, told, bell = FakeChain(ACCOUNTS, ROUNDS), FakeStorage(), [], Bell()
    account, notebook, drafts = FakeAccount(chain, ACCOUNTS[0], lambda: None), FakeNotebook(), FakeStorage()
    world = make_world(account, storage, lambda event, **values: told.append((event, values)), secret=b"0", drafts=drafts)
    parts = {"chain": account, "storage": storage, "drafts": drafts, "trainer": world.trainer, "log": world.log}
    parts["notebook"] = notebook
    faulty = Faulty(parts[port], method, fail, times)
    world = world if port == "notebook" else replace(world, **{port: faulty})
    world.pace.clock = lambda: bell.now
    node = Node(world, faulty if port == "notebook" else notebook, Policy(turn_seconds=2))  # type: ignore[arg-type]
    others = [
        Node(make_world(FakeAccount(chain, one, lambda: None), storage, secret=one.encode()), FakeNotebook(), Policy(2))
        for one in ACCOUNTS[1:]
    ]

    def go_on() -> bool:
        for other in others:
            other.tick()
        chain.tick()
        return len(bell.pauses) > 3000

    node.run(bell, go_on, poll_seconds=1.0)
    return chain, told, faulty


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("port", "method"), [(port, method) for port, methods in CALLS.items() for method in methods])
def test_a_node_outlives_a_fault_and_does_its_duty_all_the_same(port: str, method: str, error: Exception) -> None:
    chain, told, faulty = play(port, method, raising(error))
    assert ACCOUNTS[0] in chain.withdrawn, "it came to the end, and took its stake"
    assert chain.outcomes == [Outcome.ACCEPTED] * ROUNDS
    if (port, method) in NOT_ITS_TURN:
        return
    assert faulty.left < 2, "the fault was met"
    if isinstance(error, RuntimeError) and port in ("chain", "drafts", "trainer") and not isinstance(error, RecursionError):
        assert any("CUDA error" in values["traceback"] for event, values in told if event == "duty.failed")
    if (port, method, type(error)) != ("storage", "get", ArtifactRefused):  # that is no fault: it says that the bytes are bad
        assert ACCOUNTS[0] not in {account for _, account, _ in chain.faults}


NOT_ITS_TURN = {("chain", "settle"), ("chain", "slash"), ("chain", "read_penalised")}
"""Another may have done it: nothing is lost then."""


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
@pytest.mark.parametrize(
    ("port", "method"),
    [
        ("chain", "read_view"),
        ("chain", "read_penalised"),
        ("chain", "compute_commitment"),
        ("storage", "put"),
        ("storage", "get"),
        ("drafts", "put"),
        ("drafts", "get"),
        ("trainer", "train"),
        ("trainer", "evaluate"),
        ("notebook", "read"),
    ],
)
def test_a_node_outlives_an_odd_answer(port: str, method: str, garbage: Any) -> None:
    chain, _, _ = play(port, method, lambda: garbage, times=1)
    assert ACCOUNTS[0] in chain.withdrawn
    assert len(chain.outcomes) == ROUNDS


@pytest.mark.parametrize(
    ("port", "method"), [("storage", "put"), ("trainer", "train"), ("trainer", "evaluate"), ("chain", "slash")]
)
def test_what_never_works_again_costs_that_duty_and_no_other(port: str, method: str) -> None:
    """It still draws, settles and withdraws, and the others are not held up."""
    chain, _, _ = play(port, method, raising(RuntimeError("broken plug-in")), times=10**9)
    assert ACCOUNTS[0] in chain.withdrawn and len(chain.outcomes) == ROUNDS


def test_a_node_without_a_usable_global_model_leaves_and_withdraws() -> None:
    """After so many rounds; until then it waits and pays, because the next model may be a better one."""
    chain, storage, bell = FakeChain(ACCOUNTS, 6), FakeStorage(), Bell()
    blind = FakeStorage()
    blind.artifacts.clear()
    world = make_world(FakeAccount(chain, ACCOUNTS[0], lambda: None), blind)
    world.pace.clock = lambda: bell.now
    node = Node(world, FakeNotebook(), Policy(turn_seconds=2, leave_after=2))
    others = [
        Node(make_world(FakeAccount(chain, one, lambda: None), storage, secret=one.encode()), FakeNotebook(), Policy(2))
        for one in ACCOUNTS[1:]
    ]

    def go_on() -> bool:
        for other in others:
            other.tick()
        chain.tick()
        return len(bell.pauses) > 5000

    node.run(bell, go_on, poll_seconds=1.0)
    assert (ACCOUNTS[0], 3, "leave") in chain.sent
    assert [act for who, _, act in chain.sent if who == ACCOUNTS[0]].count("leave") == 1
    assert ACCOUNTS[0] in chain.withdrawn
