"""How much time is left? What this node has measured: the chain's clock between two blocks, and how long acts and work take.

Nothing here is written down: a restarted node measures again, and begins with careful values.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from orchestrator.protocol.types import Notes, RoundView

FIRST_BLOCK_SECONDS = 12.0
"""Between blocks, as long as nothing is known of the chain: as slow as Ethereum."""
LOOK_SECONDS = 5.0
"""From the time that something must be sent until it is: a node looks every two seconds, and then reads, simulates, signs."""
REMEMBERED_ACTS = 5


@dataclass
class Pace:
    """Measured by `clock`, which counts seconds from anywhere and never goes back."""

    clock: Callable[[], float] = time.monotonic
    _block: int = -1
    _seen_at: float = 0.0
    _acts: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED_ACTS))

    def see(self, view: RoundView) -> None:
        """Note when a block was first seen."""
        if view.block_number != self._block:
            self._block, self._seen_at = view.block_number, self.clock()

    def compute_now(self, view: RoundView) -> float:
        """Chain time now: the latest block's, and what has passed since it was first seen."""
        return view.timestamp + (self.clock() - self._seen_at if view.block_number == self._block else 0.0)

    @contextmanager
    def measuring_act(self) -> Iterator[None]:
        """Inside, one transaction is sent and waited for. One that fails says nothing of how long they take."""
        started = self.clock()
        yield
        self._acts.append(self.clock() - started)

    def compute_margin(self, notes: Notes, deadline: int, least_seconds: float = 0.0) -> float:
        """How long before `deadline` a transaction must be sent, in seconds, to be in a block in time.

        The slowest of the last acts, but no less than two blocks (the next may be full, or about to be made) and than
        `least_seconds`. Never more than half of what the phase had when it was first seen: one act that took minutes must not
        make a voter close its eyes in every round.
        """
        two_blocks = 2 * (notes.block_seconds or FIRST_BLOCK_SECONDS)
        half = max(0.0, (deadline - notes.phase_seen_at) / 2)
        return LOOK_SECONDS + min(half, max([two_blocks, least_seconds, *self._acts]))
