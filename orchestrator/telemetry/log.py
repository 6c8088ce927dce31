"""A node's log: one line per event on stdout, for programs (JSON) or for people (text)."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Literal, TextIO

from orchestrator.telemetry.thinning import Thinning

Format = Literal["json", "text"]


class EventLog:
    """Called with an event's name and its values. Thread-safe; what repeats is thinned out."""

    def __init__(self, form: Format, stream: TextIO | None = None, clock: Callable[[], float] = time.time) -> None:
        """Lines go to `stream`, or stdout; `clock` tells seconds since 1970."""
        self._encode = _encode_json if form == "json" else _encode_text
        self._stream = stream or sys.stdout
        self._clock = clock
        self._lock = Lock()
        self._thinning = Thinning()

    def __call__(self, event: str, **values: Any) -> None:
        now = self._clock()
        with self._lock:
            admitted = self._thinning.admit(event, values, now)
            if admitted is None:
                return
            told = {name: _plain(value) for name, value in admitted.items()}
            self._stream.write(self._encode(datetime.fromtimestamp(now, UTC), event, told) + "\n")
            self._stream.flush()


def _encode_json(time: datetime, event: str, values: dict[str, Any]) -> str:
    return json.dumps({"time": time.isoformat(timespec="milliseconds"), "event": event, **values}, ensure_ascii=False)


def _encode_text(time: datetime, event: str, values: dict[str, Any]) -> str:
    told = " ".join(f"{name}={_quote(value)}" for name, value in values.items() if value not in ("", None))
    return f"{time:%H:%M:%S} {event:<18} {told}".rstrip()


def _quote(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or "\n" in text else text


def _plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def tell_all(*listeners: Callable[..., None]) -> Callable[..., None]:
    """A log whose lines go to all of these. One that fails keeps nobody from hearing; its error is raised afterwards."""

    def say(event: str, **values: Any) -> None:
        with ExitStack() as stack:
            for listener in reversed(listeners):
                stack.callback(listener, event, **values)

    return say
