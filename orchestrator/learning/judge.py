"""What does a voter make of its own losses? Losses on the voter's own test part in; a score and accusations out.

The rules of protocol.md, section 5, "Vote" and "Verdict" 3 and 4. Losses are in the recipe's unit (nats for cross entropy).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from orchestrator.learning.arithmetic import combine, compute_product
from orchestrator.learning.artifact import decode, encode
from orchestrator.learning.remember import remembered

HARMS = "it makes the loss on the own test part worse"
DOES_NOTHING = "it neither moves with the others nor changes the loss on the own test part"


def compute_reference(loss_before: float, best_loss: float | None) -> float:
    """What an aggregate is held against: the lowest loss that any global model of the task had on the same test part (D11).

    `loss_before` is that of the current one, `best_loss` the lowest of earlier ones, or None where that is not known. So losses
    within the tolerance cannot add up round by round.
    """
    if best_loss is None or not math.isfinite(best_loss):
        return loss_before
    return min(best_loss, loss_before) if math.isfinite(loss_before) else best_loss


def compute_score(reference: float, loss_after: float, tolerance: float) -> int:
    """+1 for an aggregate at least as good as the reference within the tolerance, −1 for any other (R14, D12)."""
    # A finite loss is better than none at all: otherwise one spoiled global model could never be replaced.
    if not math.isfinite(reference) or not math.isfinite(loss_after):
        is_good = math.isfinite(loss_after)
    else:
        is_good = loss_after <= (1 + tolerance) * reference
    return 1 if is_good else -1


@remembered
def make_influence(update: bytes, global_model: bytes, submitted: int) -> bytes:
    """g + (u − g)/P as an artifact: what one update does to a mean of `submitted`; tensors of integers stay those of g."""
    base, share = decode(global_model), float(submitted)
    # The global model twice: the lower median of three integers, two of which are its own, is its own.
    return encode(combine([decode(update), base, base], base, lambda rows: rows[1] + (rows[0] - rows[1]) / share))


def compute_ratio(loss_before: float, loss_with: float, floor: float = 0.0) -> float:
    """How many times as great the balanced loss becomes with one P-th of an update.

    `loss_before` is the global model's, `loss_with` that of `make_influence`. A `loss_before` under `floor` counts as that, and
    `loss_with` as so much more: where the loss comes near zero a little more of it is no harm. Where the global model has no
    finite loss nothing can be told of any update, and 1 is returned: whoever came after a spoiled model must not pay for it. A
    finite loss that becomes infinite or NaN is infinitely worse; zero that stays zero is as good.
    """
    if not math.isfinite(loss_before):
        return 1.0
    if not math.isfinite(loss_with):
        return math.inf
    lift = max(0.0, floor - loss_before)
    if loss_before + lift == 0:
        return 1.0 if loss_with == 0 else math.inf
    return (loss_with + lift) / (loss_before + lift)


def is_harmful(ratio: float, theta: float) -> bool:
    """Test 3: loss(g + (u − g)/P) > (1 + θ) · loss(g), of losses at or above the floor."""
    return ratio > 1 + theta


def find_idlers(
    updates: Mapping[int, bytes], global_model: bytes, ratios: Mapping[int, float], *, cosine: float, ratio: float
) -> list[int]:
    """Test 4, the ranks of updates that do nothing: |cos(u − g, mean of the others' u − g)| < `cosine`, and the loss changes by
    less than `ratio`.

    `updates` are those that were not struck, rank → artifact, and `ratios` what `compute_ratio` says of them. An update that is
    alone has no others to go with, and none can be told of it; nor of one whose others cancel each other out.
    """
    models, base = {rank: decode(artifact) for rank, artifact in updates.items()}, decode(global_model)
    found = []
    for rank, model in models.items():
        others = [other for number, other in models.items() if number != rank]
        if rank not in ratios or abs(ratios[rank] - 1) >= ratio or not others:
            continue
        product, own = compute_product([model], others, base), compute_product([model], [model], base)
        lengths = math.sqrt(own) * math.sqrt(compute_product(others, others, base))
        if lengths > 0 and abs(product) < cosine * lengths:
            found.append(rank)
    return found


def list_borderline(ratios: Mapping[int, float], theta: float, *, width: float, most: int) -> Sequence[int]:
    """The ranks whose ratio is within `width` of 1 + θ, nearest first, at most `most`: on another day, with another number of
    threads, rounding may have told them the other way."""
    distances = {rank: abs(ratio - (1 + theta)) for rank, ratio in ratios.items()}
    near = sorted((distance, rank) for rank, distance in distances.items() if distance <= width)
    return [rank for _, rank in near[:most]]
