"""Which updates does arithmetic strike that gives every honest voter the same answer? (section 5, "Verdict", 2)

All voters leave the struck ones out of the aggregate, so nothing here depends on data, machine or threads: norms are those of
arithmetic.py, √ and comparisons are exact, and the medians below are values that occur, never means of two.

Of an even number there are two middle values, and each test takes the one that strikes fewer: the lower one where small values
are struck, the upper one where great ones are. So updates that are just half of a round, all idle or all gross, cannot make
honest ones look odd, and of two updates neither is the measure of the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import combinations

from orchestrator.learning.arithmetic import compute_squared_distance
from orchestrator.learning.artifact import Tensors, decode
from orchestrator.learning.remember import remembered

COPY = "it is a copy of another's"
IDLE = "it is as good as the global model itself"
GROSS = "it is much farther from the global model than the others"


@remembered
def find_struck(
    updates: Mapping[int, bytes], global_model: bytes, *, copy_share: float, idle_share: float, gross_factor: float
) -> dict[int, str]:
    """Rank → why, for each of the valid updates (rank → artifact) that is struck. The shares are the definition's.

    Copies first: nearer to an update of lower rank than `copy_share` times the median of the pairwise distances, but at most
    twice the median move: no two of that size are farther apart. (Two gross updates of six are in 9 of 15 pairs: without that
    bound they would be the measure, and make copies of the honest.) Of those left,
    idle: its distance from the global model is below `idle_share` times the median of these; gross: above `gross_factor` times.
    Two equal updates are copies, and one that is the global model is idle, whatever the medians are: else a majority of them
    would make the median zero and go free.
    """
    models, base = {rank: decode(updates[rank]) for rank in sorted(updates)}, decode(global_model)
    copies = _find_copies(models, base, copy_share)
    left = {rank: model for rank, model in models.items() if rank not in copies}
    return dict.fromkeys(copies, COPY) | _find_outliers(left, base, idle_share, gross_factor)


def _find_copies(models: Mapping[int, Tensors], base: Tensors, share: float) -> list[int]:
    distances = {pair: _compute_distance(models[pair[0]], models[pair[1]], base) for pair in combinations(models, 2)}
    if not distances:
        return []
    move = find_lower_median(_compute_distance(model, base, base) for model in models.values())
    limit = share * min(find_lower_median(distances.values()), 2 * move)
    return sorted({higher for (_, higher), distance in distances.items() if distance == 0 or distance < limit})


def _find_outliers(models: Mapping[int, Tensors], base: Tensors, idle_share: float, gross_factor: float) -> dict[int, str]:
    moves = {rank: _compute_distance(model, base, base) for rank, model in models.items()}
    if not moves:
        return {}
    least, most = idle_share * find_lower_median(moves.values()), gross_factor * find_upper_median(moves.values())
    idle = {rank: IDLE for rank, move in moves.items() if move == 0 or move < least}
    return idle | {rank: GROSS for rank, move in moves.items() if move > most}


def find_lower_median(values: Iterable[float]) -> float:
    """The middle value; of an even number, the lower of the middle two."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def find_upper_median(values: Iterable[float]) -> float:
    """The middle value; of an even number, the upper of the middle two."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _compute_distance(left: Tensors, right: Tensors, base: Tensors) -> float:
    return math.sqrt(compute_squared_distance(left, right, base))
