"""When is there something new? What a WebSocket subscription tells of the chain's heads and of the task's events.

A bell that is silent costs time, never correctness: the node looks again by itself.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from threading import Condition, Event, Thread
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from orchestrator.ports import Log
from orchestrator.protocol.types import Address

LONGEST_SILENCE_SECONDS = 60.0
DEAF_SECONDS = 60.0
"""Without a head for so long, nobody relies on the bell: it may hang, or the chain makes no block when nothing is sent."""
LAG_SECONDS = 0.5
"""Until whoever looked, and saw less than the bell told, looks again: the endpoint may be behind."""
REMEMBERED_HEADS = 256


@dataclass(frozen=True)
class Head:
    """A block that was the latest."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int


class Bell:
    """What has been heard. One thread tells it, any number wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, changed: Condition | None = None) -> None:
        """`changed` is what is waited on."""
        self._clock = clock
        self._changed = changed or Condition()
        self._heads: dict[int, Head] = {}
        self._latest: Head | None = None
        self._announced = -1
        """The latest block in which the task announced something."""
        self._upheavals = 0
        """How often what was told before may not be true any more, or not all there was."""
        self._heard_at: float | None = None
        self._answered: tuple[int, int, int] | None = None

    # ── telling ──

    def hear_head(self, head: Head) -> None:
        """The chain has a new latest block. One that does not follow the one before replaces others, or some were missed."""
        with self._changed:
            before, self._latest, self._heard_at = self._latest, head, self._clock()
            if before and (head.number != before.number + 1 or head.parent != before.hash) and head.hash != before.hash:
                self._upheavals += 1
                self._heads.clear()
            self._heads[head.number] = head
            self._heads.pop(head.number - REMEMBERED_HEADS, None)
            self._changed.notify_all()

    def hear_event(self, block: int) -> None:
        """The task has announced something in `block`."""
        with self._changed:
            self._announced = max(self._announced, block)
            self._changed.notify_all()

    def hear_upheaval(self) -> None:
        """Something may have been missed, or was taken back."""
        with self._changed:
            self._upheavals += 1
            self._changed.notify_all()

    def fall_silent(self) -> None:
        """Nothing is heard any more."""
        with self._changed:
            self._heard_at, self._latest = None, None
            self._heads.clear()

    # ── listening ──

    @property
    def is_heard(self) -> bool:
        """Whether heads arrive, so that nobody needs to look for them."""
        return self._heard_at is not None and self._clock() - self._heard_at < DEAF_SECONDS

    @property
    def head(self) -> int:
        """Number of the latest head; −1 if none is known."""
        return self._latest.number if self._latest else -1

    def has_block(self, number: int, hash: bytes) -> bool | None:
        """Whether this block is one of the latest head's past; None: not known."""
        known = self._heads.get(number) if self.is_heard else None
        return None if known is None else known.hash == hash

    def wait(self, seconds: float, *, seen: int, until: int | None = None, block: int | None = None) -> None:
        """Until there is something new for who has seen the block `seen`: an event, or a head of the time `until` or the
        number `block`. At most so many `seconds`."""
        with self._changed:
            upheavals = self._answered[2] if self._answered else self._upheavals

            def is_new() -> bool:
                if self._announced > seen or self._upheavals != upheavals:
                    return True
                head = self._latest
                if head is None or head.number <= seen:
                    return False
                return (until is not None and head.timestamp >= until) or (block is not None and head.number >= block)

            if self._answered == self._tell() and is_new():
                answered = self._answered
                self._changed.wait_for(lambda: self._tell() != answered, min(seconds, LAG_SECONDS))
            else:
                self._changed.wait_for(is_new, seconds)
            self._answered = self._tell()

    def wait_for_head(self, after: int, seconds: float) -> None:
        """Until a head that comes after the number `after` is known, at most so many `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.head > after, seconds)

    def _tell(self) -> tuple[int, int, int]:
        return self._announced, self.head, self._upheavals


def listen(urls: Sequence[str], task: Address, bell: Bell, is_stopped: Callable[[], bool], log: Log) -> Thread:
    """Start listening at one of the ws:// endpoints `urls` for `bell`, in a thread; after a drop it goes on with the next."""
    listener = Thread(target=_listen_for_ever, args=(urls, task, bell, is_stopped, log), daemon=True, name="bell")
    listener.start()
    return listener


def to_websocket(url: str) -> str:
    """The usual WebSocket address of an HTTP endpoint: the same, with ws for http."""
    return "ws" + url.removeprefix("http")


def _listen_for_ever(urls: Sequence[str], task: Address, bell: Bell, is_stopped: Callable[[], bool], log: Log) -> None:
    pause = 1.0
    for url in cycle(urls):
        if is_stopped():
            return
        try:
            _listen(url, task, bell, is_stopped)
        except (WebSocketException, OSError, ValueError, KeyError, TypeError, AttributeError) as dropped:
            if is_stopped():
                return
            pause = 1.0 if bell.is_heard else min(LONGEST_SILENCE_SECONDS, pause * 2)
            bell.fall_silent()
            log("bell.silent", why=f"{type(dropped).__name__}: {dropped}")
            Event().wait(pause * random.uniform(0.5, 1.0))


def _listen(url: str, task: Address, bell: Bell, is_stopped: Callable[[], bool]) -> None:
    """Subscribe to heads and events, and tell of them until the connection ends. Raises for what is no answer."""
    with connect(url, open_timeout=10, max_size=2**20) as socket:
        wanted: dict[Any, list[Any]] = {1: ["newHeads"], 2: ["logs", {"address": task}]}
        for number, parameters in wanted.items():
            socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": "eth_subscribe", "params": parameters}))
        kinds: dict[Any, Any] = {}
        while not is_stopped():
            try:
                said = json.loads(socket.recv(timeout=5.0))
            except TimeoutError:
                continue
            if "error" in said:
                raise ValueError(f"the subscription is refused: {str(said['error'])[:200]}")
            if said.get("method") == "eth_subscription":
                _tell(bell, kinds.get(said["params"]["subscription"]), said["params"]["result"])
            else:
                kinds[said["result"]] = wanted[said["id"]][0]
                bell.hear_upheaval()  # what came before the subscription nobody has told


def _tell(bell: Bell, kind: Any, told: Mapping[str, Any]) -> None:
    if kind == "newHeads":
        number, timestamp = int(told["number"], 16), int(told["timestamp"], 16)
        bell.hear_head(Head(number, bytes.fromhex(told["hash"][2:]), bytes.fromhex(told["parentHash"][2:]), timestamp))
    elif kind == "logs" and told.get("removed"):
        bell.hear_upheaval()
    elif kind == "logs":
        bell.hear_event(int(told["blockNumber"], 16))
