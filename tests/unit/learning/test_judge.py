"""The rule of the vote (protocol.md, section 5)."""

from __future__ import annotations

import math

import pytest

from orchestrator.learning.judge import compute_reference, compute_score


@pytest.mark.parametrize(
    ("reference", "after", "expected"),
    [
        (1.0, 0.5, 1),
        (1.0, 1.0, 1),
        (1.0, 1.1, 1),
        (1.0, 1.1001, -1),
        (1.0, math.nan, -1),
        (1.0, math.inf, -1),
        (math.nan, 1.0, 1),
        (math.inf, 1.0, 1),
        (math.inf, math.inf, -1),
    ],
)
def test_a_good_aggregate_has_a_finite_loss_within_the_tolerance(reference: float, after: float, expected: int) -> None:
    """R14, D12"""
    assert compute_score(reference, after, 0.1) == expected


def test_no_tolerance_at_all_allows_an_equal_loss() -> None:
    assert (compute_score(1.0, 1.0, 0.0), compute_score(1.0, math.nextafter(1.0, 2.0), 0.0)) == (1, -1)


@pytest.mark.parametrize(("before", "best", "expected"), [(0.7, None, 0.7), (0.7, 0.5, 0.5), (0.5, 0.7, 0.5)])
def test_the_reference_is_the_lowest_loss_so_far(before: float, best: float | None, expected: float) -> None:
    """D11: tolerated losses cannot add up round by round, and every better global model lowers it."""
    assert compute_reference(before, best) == expected
