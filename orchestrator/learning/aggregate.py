"""What voters make of a round's updates: the same bytes on every machine, or honest voters would be slashed.

Therefore: updates in the order of their digests, and no arithmetic but that of arithmetic.py. Only `weighted_mean` looks at
stakes. Tensors of integers (counters) are not averaged: each element is the lower median of the updates that count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from orchestrator.learning.arithmetic import (
    Floats,
    add_rows,
    combine,
    compute_mean,
    compute_squared_distance,
    read,
    round_to,
    split_blocks,
)
from orchestrator.learning.artifact import Tensor, Tensors, decode, encode, is_float
from orchestrator.learning.remember import remembered

FULL_BPS: Final = 10_000


@dataclass(frozen=True)
class ReceivedUpdate:
    """A valid update (`artifact.find_flaw` said None)."""

    digest: bytes
    """32 bytes: SHA-256 of the root block of the artifact's IPFS DAG (CIDv0)."""
    weight: int
    """The proposer's stake as of the draw, in wei of the task's token."""
    artifact: bytes


@remembered
def aggregate(updates: Sequence[ReceivedUpdate], global_model: bytes, *, rule: str, **parameters: Any) -> bytes:
    """The aggregate of valid updates by `rule` (a key of RULES, with its parameters), in whatever order they come.

    Raises ValueError when there are no updates, or when no weight is positive under `weighted_mean`.
    """
    if not updates:
        raise ValueError("there is no valid update to aggregate")
    ordered = sorted(updates, key=lambda update: (update.digest, update.weight))
    models = [decode(update.artifact) for update in ordered]
    weights = [update.weight for update in ordered]
    return encode(RULES[rule](models, weights, decode(global_model), **parameters))


def mean(models: list[Tensors], weights: list[int], base: Tensors) -> Tensors:
    """Every update counts the same."""
    return combine(models, base, compute_mean)


def weighted_mean(models: list[Tensors], weights: list[int], base: Tensors) -> Tensors:
    """Σ wᵢ·xᵢ / Σ wᵢ with stakes as weights; Σ wᵢ is exact, and so is each wᵢ below 2⁵³ once common factors are gone."""
    divisor = math.gcd(*weights)
    if divisor == 0:
        raise ValueError("no update has any weight")
    factors, total = [float(weight // divisor) for weight in weights], float(sum(weights) // divisor)

    def compute(rows: Floats) -> Floats:
        return add_rows([row * factor for row, factor in zip(rows, factors, strict=True)]) / total

    return combine(models, base, compute)


def median(models: list[Tensors], weights: list[int], base: Tensors) -> Tensors:
    """Coordinate-wise median; of an even number, the mean of the middle two (Yin et al. 2018, definition 1)."""
    middle = (len(models) - 1) // 2
    return combine(models, base, lambda rows: compute_mean(np.sort(rows, axis=0)[middle : len(rows) - middle]))


def trimmed_mean(models: list[Tensors], weights: list[int], base: Tensors, *, trim_bps: int) -> Tensors:
    """Coordinate-wise mean without the share `trim_bps` of greatest and of smallest values (Yin et al. 2018, definition 2).

    ⌊n · trim⌋ values go at each end, but always few enough for one to stay.
    """
    trimmed = min(len(models) * trim_bps // FULL_BPS, (len(models) - 1) // 2)
    return combine(models, base, lambda rows: compute_mean(np.sort(rows, axis=0)[trimmed : len(rows) - trimmed]))


def multi_krum(models: list[Tensors], weights: list[int], base: Tensors, *, byzantine_bps: int) -> Tensors:
    """Mean of the n − f updates with the lowest Krum scores (Blanchard et al. 2017); equal scores: lower digest.

    An update's score is the sum of squared distances to its n − f − 2 nearest others. f is ⌊n · byzantine⌋, but leaves one
    such neighbour (f ≤ n − 3); the paper's guarantee holds while 2f + 2 < n.
    """
    count = len(models)
    liars = max(0, min(count * byzantine_bps // FULL_BPS, count - 3))
    scores = _compute_krum_scores(models, base, max(1, count - liars - 2))
    chosen = sorted(sorted(range(count), key=lambda index: (scores[index], index))[: count - liars])
    return mean([models[index] for index in chosen], [weights[index] for index in chosen], base)


def centered_clipping(models: list[Tensors], weights: list[int], base: Tensors, *, radius: float, iterations: int) -> Tensors:
    """v ← v + (1/n) Σ (xᵢ − v)·min(1, radius / ‖xᵢ − v‖), from the global model (Karimireddy et al. 2021)."""
    center: Tensors = {name: tensor.astype(np.float64) for name, tensor in base.items() if is_float(tensor)}
    for _ in range(iterations):
        norms = [math.sqrt(compute_squared_distance(model, center, center)) for model in models]
        scales = [1.0 if norm <= radius else radius / norm for norm in norms]
        center = {name: _clip(name, models, center[name], scales) for name in center}
    counters = combine(models, {name: tensor for name, tensor in base.items() if not is_float(tensor)}, compute_mean)
    return counters | {name: round_to(values, base[name].dtype) for name, values in center.items()}


Rule = Callable[..., Tensors]
RULES: Final[dict[str, Rule]] = {
    rule.__name__: rule for rule in (mean, weighted_mean, median, trimmed_mean, multi_krum, centered_clipping)
}


def _compute_krum_scores(models: list[Tensors], base: Tensors, neighbours: int) -> list[float]:
    count = len(models)
    distances = [[0.0] * count for _ in range(count)]
    for left in range(count):
        for right in range(left):
            distances[left][right] = distances[right][left] = compute_squared_distance(models[left], models[right], base)
    others = [sorted(row[:index] + row[index + 1 :]) for index, row in enumerate(distances)]
    return [math.fsum(row[:neighbours]) for row in others]


def _clip(name: str, models: list[Tensors], center: Tensor, scales: list[float]) -> Tensor:
    result = np.empty_like(center).reshape(-1)
    for block in split_blocks(center.size):
        middle = read(center, block)
        moves = [(read(model[name], block) - middle) * scale for model, scale in zip(models, scales, strict=True)]
        result[block] = middle + add_rows(moves) / float(len(models))
    return result.reshape(center.shape)
