"""What the contract tests share: one chain, one manager, one token; each test and each module leaves no trace."""

from collections.abc import Iterator

import brownie
import pytest

from tests.contracts import wire
from tests.contracts.dsl import STAR, Bench, Play


def _isolate() -> Iterator[None]:
    mark = wire.mark()
    yield
    wire.rewind(mark)


@pytest.fixture(scope="module", autouse=True)
def isolate_module(bench: Bench) -> Iterator[None]:
    yield from _isolate()


@pytest.fixture(autouse=True)
def isolate_test(isolate_module: None) -> Iterator[None]:
    yield from _isolate()


@pytest.fixture(scope="session")
def bench(FLTask, TaskLens, TaskManager, TestToken, FutureBlockBeacon) -> Bench:
    brownie.web3.middleware_onion.inject(wire.Waiting, "waiting", layer=0)
    people = list(brownie.accounts)
    lens = people[0].deploy(TaskLens)
    manager = people[0].deploy(TaskManager, FLTask.bytecode, lens)
    token, beacon = (people[0].deploy(container) for container in (TestToken, FutureBlockBeacon))
    return Bench(lens, manager, token, beacon, FLTask, people)


@pytest.fixture(scope="session")
def crowd(Crowd, bench: Bench):
    """Many members, and the views of many accounts in one call."""
    return bench.people[0].deploy(Crowd)


@pytest.fixture(scope="module")
def made_play(bench: Bench) -> Play:
    """Five members with 10 STAR each and 1,000 STAR in the pool; the first round's anchor is fixed."""
    return bench.make_task(pool=1_000 * STAR, members=5)


@pytest.fixture
def play(made_play: Play) -> Play:
    return made_play.copy()


@pytest.fixture
def drawn(play: Play) -> Play:
    """In Training: two propose, three vote."""
    play.draw()
    return play


@pytest.fixture
def trained(drawn: Play) -> Play:
    """In Committing: both updates are there."""
    drawn.train()
    return drawn


@pytest.fixture
def stranger(bench: Bench):
    """Somebody who is no member."""
    return bench.people[15]
