"""The rules of the vote and of the private verdicts (protocol.md, section 5)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from orchestrator.learning.artifact import decode, encode
from orchestrator.learning.judge import (
    compute_ratio,
    compute_reference,
    compute_score,
    find_idlers,
    is_harmful,
    list_borderline,
    make_influence,
)


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


@pytest.mark.parametrize(
    ("before", "best", "expected"),
    [
        (0.7, None, 0.7),
        (0.7, 0.5, 0.5),
        (0.5, 0.7, 0.5),
        (math.nan, 0.5, 0.5),
        (0.5, math.nan, 0.5),
        (math.inf, 0.5, 0.5),
        (-math.inf, 0.5, 0.5),
    ],
)
def test_the_reference_is_the_lowest_loss_so_far(before: float, best: float | None, expected: float) -> None:
    """D11: tolerated losses cannot add up round by round, and every better global model lowers it; a spoiled one does not."""
    assert compute_reference(before, best) == expected


def model(*values: float, steps: int = 1, dtype: str = "<f4") -> bytes:
    return encode({"w": np.array(values, dtype), "steps": np.array(steps, "<i8")})


def test_the_influence_of_an_update_is_one_pth_of_its_way() -> None:
    """Section 5, "Verdict", 3: g + (u − g)/P."""
    moved = decode(make_influence(model(5.0, -3.0, steps=7), model(1.0, 1.0, steps=2), 4))
    assert moved["w"].tolist() == [2.0, 0.0] and moved["steps"] == 2


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_counters_stay_the_global_models(steps: int) -> None:
    assert decode(make_influence(model(0.0, steps=steps), model(0.0, steps=2), 3))["steps"] == 2


def test_who_is_alone_has_all_the_influence() -> None:
    assert make_influence(model(5.0), model(1.0), 1) == model(5.0)


def test_half_precision_never_overflows_on_the_way() -> None:
    far = decode(make_influence(model(65504.0, dtype="<f2"), model(-65504.0, dtype="<f2"), 2))
    assert far["w"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        (2.0, 3.0, 1.5),
        (2.0, 1.0, 0.5),
        (2.0, math.nan, math.inf),
        (2.0, math.inf, math.inf),
        (math.nan, math.nan, 1.0),
        (math.inf, 1.0, 1.0),
        (math.inf, math.nan, 1.0),
        (0.0, 0.0, 1.0),
        (0.0, 0.1, math.inf),
    ],
)
def test_how_much_worse_an_update_makes_it(before: float, after: float, ratio: float) -> None:
    """Where the global model itself is spoiled nobody is accused: nothing can be told of what comes after it."""
    assert compute_ratio(before, after) == ratio


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        (0.25, 0.5, 1.5),  # as 0.5 and 0.75
        (0.25, 0.125, 0.75),
        (0.0, 0.0, 1.0),
        (0.0, 0.5, 2.0),
        (0.5, 1.0, 2.0),  # at the floor it changes nothing
        (1.0, 2.0, 2.0),
        (0.25, math.inf, math.inf),
        (math.inf, 1.0, 1.0),
    ],
)
def test_a_loss_below_the_floor_counts_as_it_and_what_is_added_as_it_is(before: float, after: float, ratio: float) -> None:
    assert compute_ratio(before, after, 0.5) == ratio


def test_harm_is_above_the_threshold() -> None:
    assert not is_harmful(1.15, 0.15) and is_harmful(math.nextafter(1.15, 2.0), 0.15) and is_harmful(math.inf, 0.15)


BASE = model(0.0, 0.0, 0.0)
EAST, NORTH, UP = model(8.0, 0.0, 0.0), model(0.0, 8.0, 0.0), model(0.0, 0.0, 8.0)
EVEN = {0: 1.0, 1: 1.0, 2: 1.0}


def find(updates: dict[int, bytes], ratios: dict[int, float], cosine: float = 0.04, ratio: float = 0.005) -> list[int]:
    return find_idlers(updates, BASE, ratios, cosine=cosine, ratio=ratio)


def test_what_goes_across_the_others_and_changes_nothing_is_doubted() -> None:
    """Section 5, "Verdict", 4: noise of an honest norm."""
    together = {0: EAST, 1: model(8.0, 0.5, 0.0), 2: UP}
    assert find(together, EVEN) == [2]
    assert find(together, EVEN | {2: 1.0051}) == find(together, EVEN | {2: 0.9949}) == []
    assert find(together, EVEN | {2: 1.0049}) == find(together, EVEN | {2: 0.9951}) == [2]
    assert find(together, {0: 1.0, 1: 1.0}) == []
    assert find(together, EVEN | {2: 1.5}, ratio=0.5) == [] and find(together, EVEN | {2: 1.5}, ratio=0.5001) == [2]


def test_the_cosine_counts_without_its_sign_and_only_below_the_threshold() -> None:
    """cos = ±0.6 of 3 : 4 : 5."""
    for across in (model(3.0, 4.0, 0.0), model(-3.0, 4.0, 0.0)):
        updates = {0: EAST, 1: across}
        assert find(updates, EVEN, cosine=0.61) == [0, 1]
        assert find(updates, EVEN, cosine=0.59) == []
    assert find({0: EAST, 1: model(3.0, 4.0, 0.0)}, EVEN, cosine=0.6) == []


def test_nothing_is_told_of_one_alone_or_of_one_whose_others_cancel_out() -> None:
    assert find({0: EAST}, EVEN) == find({}, EVEN) == []
    assert 0 not in find({0: EAST, 1: UP, 2: model(0.0, 0.0, -8.0)}, EVEN)
    assert find({0: BASE, 1: EAST}, EVEN) == []


def test_moves_are_measured_from_the_global_model() -> None:
    base = model(100.0, 100.0, 100.0)
    updates = {0: model(101.0, 100.0, 100.0), 1: model(100.0, 101.0, 100.0)}
    assert find_idlers(updates, base, EVEN, cosine=0.04, ratio=0.005) == [0, 1]


def test_the_nearest_to_the_threshold_are_borderline() -> None:
    ratios = {0: 1.16, 1: 1.1501, 2: 1.0, 3: 1.1497, 4: math.inf, 5: 1.15}
    assert list_borderline(ratios, 0.15, width=0.001, most=9) == [5, 1, 3]
    assert list_borderline(ratios, 0.15, width=0.001, most=2) == [5, 1]
    assert list_borderline(ratios, 0.15, width=0.0, most=9) == [5]
