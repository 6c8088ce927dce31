"""Rings when the task announces something: a WebSocket subscription to its events, in a thread of its own.

A bell that is silent costs time, never correctness: the node looks again by itself.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from threading import Event, Thread

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from orchestrator.ports import Log
from orchestrator.protocol.types import Address

LONGEST_SILENCE_SECONDS = 60.0


def ring_on_events(url: str, task: Address, bell: Event, is_stopped: Callable[[], bool], log: Log) -> Thread:
    """Start listening at the ws:// endpoint `url`; comes back by itself after a drop."""
    listener = Thread(target=_listen_for_ever, args=(url, task, bell, is_stopped, log), daemon=True, name="bell")
    listener.start()
    return listener


def to_websocket(url: str) -> str:
    """The usual WebSocket address of an HTTP endpoint: the same, with ws for http."""
    return "ws" + url.removeprefix("http")


def _listen_for_ever(url: str, task: Address, bell: Event, is_stopped: Callable[[], bool], log: Log) -> None:
    pause = 1.0
    while not is_stopped():
        try:
            _listen(url, task, bell, is_stopped)
            pause = 1.0
        except (WebSocketException, OSError, ValueError) as dropped:
            if is_stopped():
                return
            log("bell.silent", why=f"{type(dropped).__name__}: {dropped}")
            Event().wait(pause * random.uniform(0.5, 1.0))
            pause = min(LONGEST_SILENCE_SECONDS, pause * 2)


def _listen(url: str, task: Address, bell: Event, is_stopped: Callable[[], bool]) -> None:
    with connect(url, open_timeout=10, max_size=2**20) as socket:
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["logs", {"address": task}]}
        socket.send(json.dumps(request))
        while not is_stopped():
            try:
                socket.recv(timeout=5.0)
            except TimeoutError:
                continue
            bell.set()
