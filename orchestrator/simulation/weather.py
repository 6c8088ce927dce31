"""What happens to nodes without anybody's intention: some are down for a round, some are slow."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, kw_only=True)
class Weather:
    """Shares are chances in [0, 1] of each member in each round; the same for the same seed."""

    crashes: float = 0.0
    """To be down from the draw to the end of the round, and to start again with its notes and nothing else."""
    stragglers: float = 0.0
    """To look at each phase only `delay_seconds` after it has begun."""
    delay_seconds: int = 45
    seed: int = 0

    def is_down(self, member: int, round: int) -> bool:
        """Whether its node does not run in this round."""
        return self._draw("down", member, round) < self.crashes

    def is_slow(self, member: int, round: int) -> bool:
        """Whether its node is slow in this round."""
        return self._draw("slow", member, round) < self.stragglers

    def _draw(self, what: str, member: int, round: int) -> float:
        digest = sha256(f"{self.seed} {what} {member} {round}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64
