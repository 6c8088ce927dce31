"""The bell: it tells of heads and of what the task announces, comes back after a drop, and its silence is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from orchestrator.adapters.chain.bell import Bell, listen, to_websocket
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


def hears(is_so: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_so()


def is_rung(bell: Bell, seen: int, seconds: float = 20.0) -> bool:
    """Whether it rings in time for who has seen the block `seen`."""
    started = time.monotonic()
    bell.wait(seconds, seen=seen)
    return time.monotonic() - started < seconds


def test_it_tells_of_heads_and_rings_when_the_task_announces_something(
    anvil: Anvil, deployment: Deployment, ended: Event
) -> None:
    rpc = Rpc(anvil.url, account=anvil.accounts[1])
    deployment.mint(rpc, anvil.accounts[1].address, 10**21)
    task = deployment.create_task(rpc)
    listen([anvil.ws_url], task, rpc.bell, ended.is_set, ignore)
    assert hears(lambda: rpc.bell.is_heard)
    found = rpc.block(rpc.bell.head)
    assert rpc.bell.has_block(found["number"], found["hash"])
    anvil.mine(2)
    seen = rpc.block()["number"]
    assert hears(lambda: rpc.bell.head >= seen)
    rpc.bell.wait(0.0, seen=seen)  # the subscription itself rings
    receipt = TaskActs(TaskReader(rpc, task, deployment.lens)).join(10**20)
    assert is_rung(rpc.bell, receipt["blockNumber"] - 1)
    rpc.bell.wait(0.5, seen=seen)
    assert not is_rung(rpc.bell, receipt["blockNumber"], seconds=0.1), "it has been seen"


def test_it_tells_of_a_reorganisation(anvil: Anvil, ended: Event) -> None:
    """D10"""
    bell = Bell()
    listen([anvil.ws_url], RECIPE, bell, ended.is_set, ignore)
    assert hears(lambda: bell.is_heard)
    anvil.mine(3)
    known = Rpc(anvil.url).block()
    assert hears(lambda: bell.has_block(known["number"], known["hash"]) is True)
    anvil.request("anvil_reorg", 3, [])
    anvil.mine()
    assert hears(lambda: bell.has_block(known["number"], known["hash"]) is not True)


HEAD = {"number": "0x7", "timestamp": "0x7", "hash": "0x" + "07" * 32, "parentHash": "0x" + "06" * 32}


def answer(call: str, result: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": json.loads(call)["id"], "result": result})


@pytest.fixture
def careless() -> Iterator[Server]:
    """Hangs up on the first who listens, refuses the second, talks nonsense to the third, and serves the fourth."""
    visits: list[None] = []

    def handle(connection: ServerConnection) -> None:
        visits.append(None)
        calls = [str(connection.recv()), str(connection.recv())]
        if len(visits) == 1:
            return
        if len(visits) == 2:
            connection.send(json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}}))
        if len(visits) == 3:
            connection.send("hello")
        if len(visits) == 4:
            connection.send(answer(calls[0], "0xa"))
            told = {"subscription": "0xa", "result": HEAD}
            connection.send(json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": told}))
            with suppress(ConnectionClosed):
                connection.recv()

    with serve(handle, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_it_comes_back_after_a_drop_and_takes_neither_a_refusal_nor_nonsense_for_an_event(
    careless: Server, ended: Event
) -> None:
    """N6: each silence is told."""
    bell, told = Bell(), []
    url = f"ws://127.0.0.1:{careless.socket.getsockname()[1]}"
    listen([url], RECIPE, bell, ended.is_set, lambda event, **values: told.append((event, values["why"])))
    assert hears(lambda: bell.head == 7, 40.0)
    assert [event for event, _ in told] == ["bell.silent"] * 3
    assert "no such method" in told[1][1]


def test_where_nobody_answers_it_is_silent_and_says_so(ended: Event) -> None:
    bell, told = Bell(), Event()
    listen(["ws://127.0.0.1:9"], RECIPE, bell, ended.is_set, lambda event, **values: told.set())
    assert told.wait(20)
    assert not bell.is_heard
