"""The rule of the vote (protocol.md, section 5): losses on the voter's own test part in, a score out."""

from __future__ import annotations

import math


def compute_reference(loss_before: float, best_loss: float | None) -> float:
    """What an aggregate is held against: the lowest loss that any global model of the task had on the same test part (D11).

    `loss_before` is that of the current one, `best_loss` the lowest of earlier ones, or None where that is not known. So losses
    within the tolerance cannot add up round by round.
    """
    return loss_before if best_loss is None else min(loss_before, best_loss)


def compute_score(reference: float, loss_after: float, tolerance: float) -> int:
    """+1 for an aggregate at least as good as the reference within the tolerance, −1 for any other (R14, D12)."""
    # A finite loss is better than none at all: otherwise one spoiled global model could never be replaced.
    if not math.isfinite(reference) or not math.isfinite(loss_after):
        is_good = math.isfinite(loss_after)
    else:
        is_good = loss_after <= (1 + tolerance) * reference
    return 1 if is_good else -1
