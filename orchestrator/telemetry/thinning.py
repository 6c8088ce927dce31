"""Which lines are worth writing? What is said again and again is written now and then, with how often it was left out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from orchestrator.telemetry.events import ALIVE, PROGRESS, REPEATING

PROGRESS_SECONDS: Final = 0.5
HEARTBEAT_SECONDS: Final = 600.0
FIRST_REPEAT_SECONDS: Final = 60.0
LONGEST_REPEAT_SECONDS: Final = 3600.0
FORGOTTEN_SECONDS: Final = 2 * LONGEST_REPEAT_SECONDS
"""What has not been said for so long is news again."""
REMEMBERED: Final = 200
"""Different lines at most: peers choose some of the words."""
NUMBER: Final = re.compile(r"\d+(\.\d+)?")


@dataclass
class Repeat:
    """A line that was said before."""

    said_at: float
    written_at: float
    pause: float
    """Until it is written again, in seconds."""
    left_out: int = 0


class Thinning:
    """Decides of each line, in the order in which they are said; `now` counts seconds from anywhere and never goes back."""

    def __init__(self) -> None:
        self._progress_at = self._alive_at = -math.inf
        self._repeats: dict[tuple[str, str], Repeat] = {}

    def admit(self, event: str, values: Mapping[str, Any], now: float) -> Mapping[str, Any] | None:
        """The values to write, or None for a line to leave out."""
        if event == PROGRESS:
            return values if self._admit_progress(values, now) else None
        if event == ALIVE:
            if now - self._alive_at < HEARTBEAT_SECONDS:
                return None
            self._alive_at = now
            return values
        return self._admit_repeat(event, values, now) if event in REPEATING else values

    def _admit_progress(self, values: Mapping[str, Any], now: float) -> bool:
        if values.get("fraction") != 1:
            if now - self._progress_at < PROGRESS_SECONDS:
                return False
            self._progress_at = now
        return True

    def _admit_repeat(self, event: str, values: Mapping[str, Any], now: float) -> Mapping[str, Any] | None:
        key = event, NUMBER.sub("0", str(values.get("why", "")))
        before = self._repeats.pop(key, None)
        if before is None or now - before.said_at > FORGOTTEN_SECONDS:
            self._repeats[key] = Repeat(now, now, FIRST_REPEAT_SECONDS)
            if len(self._repeats) > REMEMBERED:
                del self._repeats[next(iter(self._repeats))]
            return values
        self._repeats[key] = before
        before.said_at = now
        if now - before.written_at < before.pause:
            before.left_out += 1
            return None
        told = dict(values) | ({"repeated": before.left_out} if before.left_out else {})
        before.written_at, before.left_out, before.pause = now, 0, min(LONGEST_REPEAT_SECONDS, 2 * before.pause)
        return told
