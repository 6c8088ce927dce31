"""What the contract tests share: one chain, one manager, one token; each test and each module leaves no trace."""

from collections.abc import Iterator

import brownie
import pytest

from tests.contracts import wire
from tests.contracts.dsl import Bench


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
def bench(FLTask, TaskManager, TestToken, FutureBlockBeacon) -> Bench:
    people = list(brownie.accounts)
    made = [people[0].deploy(container) for container in (TaskManager, TestToken, FutureBlockBeacon)]
    return Bench(*made, FLTask, people)


@pytest.fixture(scope="session")
def crowd(Crowd, bench: Bench):
    """Many members, and the views of many accounts in one call."""
    return bench.people[0].deploy(Crowd)
