"""Updates that need no random generator, for the tests of aggregation."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from orchestrator.learning.aggregate import ReceivedUpdate, aggregate
from orchestrator.learning.artifact import decode, encode, read_layout

PARAMETERS: dict[str, dict[str, Any]] = {
    "mean": {},
    "weighted_mean": {},
    "median": {},
    "trimmed_mean": {"trim_bps": 2000},
    "multi_krum": {"byzantine_bps": 2500},
    "centered_clipping": {"radius": 2.0, "iterations": 3},
}


def make_model(number: int, size: int = 1000) -> bytes:
    """Values that need no random generator: fractions of 7 … 17, of both signs and many sizes."""
    steps = np.arange(size, dtype=np.float64) * (number + 3)
    return encode(
        {
            "weight": ((steps % 101 - 50) / (7 + number)).astype("<f4").reshape(-1, 2),
            "bias": ((steps[:10] % 13 - 6) / 11 / 2.0**number).astype("<f4"),
            "half": ((steps[:6] % 5) / 3).astype("<f2"),
            "steps": np.array(10 * number, "<i8"),
        }
    )


def make_update(artifact: bytes, weight: int = 1) -> ReceivedUpdate:
    return ReceivedUpdate(hashlib.sha256(artifact).digest(), weight, artifact)


BASE = make_model(99)
LAYOUT = read_layout(BASE)
UPDATES = [make_update(make_model(number), 10**18 * (number + 1) + number) for number in range(7)]


def combine(rule: str, updates: list[ReceivedUpdate], base: bytes = BASE, **parameters: Any) -> bytes:
    return aggregate(updates, base, rule=rule, **(parameters or PARAMETERS[rule]))


def stack(updates: list[ReceivedUpdate], name: str = "weight") -> np.ndarray:
    return np.stack([decode(update.artifact)[name].astype(np.float64) for update in updates])
