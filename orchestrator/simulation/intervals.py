"""How sure is a mean of a few games? Its 95 % interval by Student's t distribution."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean, and between what it lies; one value has no interval, and low and high are None."""

    mean: float
    low: float | None
    high: float | None
    games: int


def compute_interval(values: Sequence[float]) -> Interval:
    """Mean ± t · s / √n over independent games. Raises ValueError without any."""
    if not values:
        raise ValueError("there is no value")
    mean, count = statistics.fmean(values), len(values)
    if count == 1:
        return Interval(mean, None, None, 1)
    from scipy.stats import t  # half a second to load

    half = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * statistics.stdev(values) / math.sqrt(count)
    return Interval(mean, mean - half, mean + half, count)
