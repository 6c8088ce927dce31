"""Is a node well? What its lines tell of that: whether it lives, and whether it could do its next duty."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from orchestrator.telemetry import events

HEAD_SECONDS: Final = 120.0
"""A latest block that is older is no good news, on any chain that makes blocks all the time."""
SILENT_SECONDS: Final = 900.0
"""A node looks every minute at least, and says what it is at while it trains."""
LOOK: Final = "Look"
"""What a node was doing when it could not read the chain."""


class Health:
    """A listener of the log."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells seconds since 1970."""
        self._clock = clock
        self._heard_at = clock()
        self._chain_time: float | None = None
        self._is_member = False
        self._where: tuple[Any, Any] = (None, None)
        """Round and phase."""
        self._failing: dict[str, str] = {}
        """By duty: why, since it was last done, in this phase."""

    def __call__(self, event: str, **values: Any) -> None:
        self._heard_at = self._clock()
        match event:
            case events.ALIVE:
                self._see(values)
            case events.TROUBLE | events.DUTY_FAILED | events.DUTY_GIVEN_UP:
                self._failing[values["duty"]] = values["why"]
            case events.DUTY_DONE:
                self._failing.pop(values["duty"], None)

    def _see(self, values: dict[str, Any]) -> None:
        where = values["round"], values["phase"]
        if where != self._where:
            self._where = where
            self._failing.clear()
        self._failing.pop(LOOK, None)
        self._chain_time, self._is_member = float(values["chain_time"]), bool(values["is_member"])

    def find_illness(self) -> list[str]:
        """Why the node seems to be dead; nothing if it lives."""
        silent = self._clock() - self._heard_at
        return [f"the node has said nothing for {silent:.0f} s"] if silent > SILENT_SECONDS else []

    def find_hindrances(self) -> list[str]:
        """Why the node could not do its next duty; nothing if it is ready."""
        if self._chain_time is None:
            return [*self._tell_failing(), "the node has not seen the task yet"]
        age = self._clock() - self._chain_time
        found = [] if age <= HEAD_SECONDS else [f"the latest block that was seen is {age:.0f} s old"]
        if not self._is_member:
            found.append("the account is not a member of the task")
        return found + self._tell_failing()

    def _tell_failing(self) -> list[str]:
        return [f"{duty} fails: {why}" for duty, why in self._failing.items()]
