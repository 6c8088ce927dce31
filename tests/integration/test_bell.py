"""The bell: it rings when the task announces something, comes back after a drop, and its silence is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from orchestrator.adapters.chain.bell import ring_on_events, to_websocket
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_reader import TaskReader
from tests.integration.conftest import Anvil, Deployment

RECIPE = "0x" + "11" * 20


@pytest.fixture
def ended() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def ignore(event: str, **values: Any) -> None:
    """Nobody reads this log."""


def test_the_usual_websocket_address_is_the_same_with_ws() -> None:
    assert to_websocket("http://127.0.0.1:8545") == "ws://127.0.0.1:8545"
    assert to_websocket("https://chain.example/key") == "wss://chain.example/key"


def test_it_rings_when_the_task_announces_something(anvil: Anvil, deployment: Deployment, ended: Event) -> None:
    rpc = Rpc(anvil.url, account=anvil.accounts[1])
    deployment.mint(rpc, anvil.accounts[1].address, 10**21)
    task, bell = deployment.create_task(rpc), Event()
    ring_on_events(anvil.ws_url, task, bell, ended.is_set, ignore)
    assert bell.wait(20)  # the subscription is answered
    bell.clear()
    TaskActs(TaskReader(rpc, task, deployment.lens)).join(10**20)
    assert bell.wait(20)


@pytest.fixture
def careless() -> Iterator[Server]:
    """Hangs up on the first who listens, and talks to the second."""
    visits: list[None] = []

    def handle(connection: ServerConnection) -> None:
        connection.recv()
        visits.append(None)
        if len(visits) > 1:
            connection.send("hello")
            with suppress(ConnectionClosed):
                connection.recv()

    with serve(handle, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_it_comes_back_after_a_drop_and_tells_of_the_silence(careless: Server, ended: Event) -> None:
    bell, told = Event(), []
    url = f"ws://127.0.0.1:{careless.socket.getsockname()[1]}"
    ring_on_events(url, RECIPE, bell, ended.is_set, lambda event, **values: told.append(event))
    assert bell.wait(20)
    assert told == ["bell.silent"]


def test_where_nobody_answers_it_is_silent_and_says_so(ended: Event) -> None:
    bell, told = Event(), Event()
    ring_on_events("ws://127.0.0.1:9", RECIPE, bell, ended.is_set, lambda event, **values: told.set())
    assert told.wait(20)
    assert not bell.is_set()
