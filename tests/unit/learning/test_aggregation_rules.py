"""Each rule computes what its paper says, and leaves out what it promises to leave out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestrator.learning.aggregate import ReceivedUpdate
from orchestrator.learning.arithmetic import add_up
from orchestrator.learning.artifact import decode, encode
from tests.unit.learning.example_updates import UPDATES, combine, make_update, stack


def test_mean_is_the_mean() -> None:
    np.testing.assert_allclose(decode(combine("mean", UPDATES))["weight"], stack(UPDATES).mean(axis=0), rtol=1e-6, atol=1e-9)


def test_weighted_mean_weighs_by_stake() -> None:
    expected = np.average(stack(UPDATES), axis=0, weights=[update.weight for update in UPDATES])
    np.testing.assert_allclose(decode(combine("weighted_mean", UPDATES))["weight"], expected, rtol=1e-6, atol=1e-7)


def test_equal_stakes_of_any_size_are_the_plain_mean_to_the_byte() -> None:
    equal = [make_update(update.artifact, 123456789 * 10**30 + 7) for update in UPDATES]
    assert combine("weighted_mean", equal) == combine("mean", UPDATES)


def test_an_update_without_weight_does_not_count() -> None:
    updates = [UPDATES[0], make_update(UPDATES[1].artifact, 0)]
    assert decode(combine("weighted_mean", updates))["weight"].tobytes() == decode(UPDATES[0].artifact)["weight"].tobytes()


def test_no_weight_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        combine("weighted_mean", [make_update(UPDATES[0].artifact, 0)])


@pytest.mark.parametrize("count", [3, 4])
def test_median_is_coordinate_wise(count: int) -> None:
    expected = np.median(stack(UPDATES[:count]), axis=0)
    np.testing.assert_allclose(decode(combine("median", UPDATES[:count]))["weight"], expected, rtol=1e-6)


def test_trimmed_mean_leaves_out_the_ends() -> None:
    """⌊7 · 0.2⌋ = 1 value at each end."""
    expected = np.sort(stack(UPDATES), axis=0)[1:-1].mean(axis=0)
    np.testing.assert_allclose(decode(combine("trimmed_mean", UPDATES))["weight"], expected, rtol=1e-6, atol=1e-9)


def test_trimming_never_removes_everything() -> None:
    """At 49.99 % of three, one goes at each end: the median is left."""
    assert combine("trimmed_mean", UPDATES[:3], trim_bps=4999) == combine("median", UPDATES[:3])
    assert combine("trimmed_mean", UPDATES[:3], trim_bps=10_000) == combine("median", UPDATES[:3])
    assert combine("trimmed_mean", UPDATES[:4], trim_bps=10_000) == combine("median", UPDATES[:4])


def test_multi_krum_leaves_out_the_one_that_is_far_from_all() -> None:
    near = [make_update(encode({"w": np.array([value, 1], "<f4")})) for value in (1.0, 1.1, 1.2)]
    far = make_update(encode({"w": np.array([-50, 1], "<f4")}))
    assert combine("multi_krum", [far, *near], far.artifact) == combine("mean", near, far.artifact)


def test_multi_krum_breaks_ties_by_the_lower_digest() -> None:
    """Five corners of one regular simplex: all scores are equal."""
    corners = [make_update(encode({"w": np.eye(5, dtype="<f4")[corner]})) for corner in range(5)]
    kept = sorted(corners, key=lambda update: update.digest)[:4]
    assert combine("multi_krum", corners, corners[0].artifact) == combine("mean", kept, corners[0].artifact)


def make_points(*values: float) -> list[ReceivedUpdate]:
    return [make_update(encode({"w": np.array([value, 1], "<f4")})) for value in values]


def keep(points: list[ReceivedUpdate], byzantine_bps: int) -> bytes:
    return combine("multi_krum", points, points[0].artifact, byzantine_bps=byzantine_bps)


def average(*values: float) -> bytes:
    return combine("mean", points := make_points(*values), points[0].artifact)


def test_multi_krum_looks_at_the_nearest_others_only() -> None:
    """Two crowds and one alone between them, nearer to all than any of them, but near to nobody. ⌊9 · 0.4999⌋ = 4 are left out;
    three neighbours count: with two, 102 would be kept, with four 100, and with all the one alone."""
    assert keep(make_points(0, 1, 2, 3, 50, 100, 102, 104, 107), 4999) == average(0, 1, 2, 3, 104)


@pytest.mark.parametrize(("count", "left_out"), [(1, 0), (2, 0), (3, 0), (4, 1), (5, 2), (6, 2)])
def test_multi_krum_always_leaves_one_neighbour_to_compare_with(count: int, left_out: int) -> None:
    """f ≤ n − 3, whatever share is expected to be malicious."""
    values = [0, 1, 3, 6, 20, 50]
    kept = values[: count - left_out] if count < 6 else values[:4]
    assert keep(make_points(*values[:count]), 4999) == average(*kept)


def test_one_neighbour_is_enough_to_compare_with() -> None:
    """Three in a row and one beside the last two, which is farther from its nearest than each of them: ⌊4 · 0.4999⌋ = 1 is left
    out. With two neighbours it would be the first of the row."""
    row, beside = [(0.0, 0.0), (95.0, 0.0), (185.0, 0.0)], (140.0, 89.3)
    updates = [make_update(encode({"w": np.array(point, "<f4")})) for point in (*row, beside)]
    assert keep(updates, 4999) == combine("mean", updates[:3], updates[0].artifact)


def test_centered_clipping_lets_nobody_move_the_model_further_than_the_radius() -> None:
    base = encode({"w": np.zeros(2, "<f4")})
    updates = [make_update(encode({"w": np.array(row, "<f4")})) for row in ([0.3, 0.4], [3e6, 4e6])]
    result = decode(combine("centered_clipping", updates, base, radius=1.0, iterations=1))["w"]
    np.testing.assert_allclose(result, [(0.3 + 0.6) / 2, (0.4 + 0.8) / 2], rtol=1e-6)


def test_centered_clipping_with_a_wide_radius_is_the_mean() -> None:
    wide = decode(combine("centered_clipping", UPDATES, radius=1e9, iterations=1))["weight"]
    np.testing.assert_allclose(wide, stack(UPDATES).mean(axis=0), rtol=1e-5, atol=1e-6)


def test_centered_clipping_follows_the_formula() -> None:
    updates, center = stack(UPDATES), np.zeros((500, 2))
    only_weight = [make_update(encode({"weight": decode(update.artifact)["weight"]})) for update in UPDATES]
    for _ in range(3):
        scales = [min(1.0, 2.0 / np.linalg.norm(row - center)) for row in updates]
        center = center + np.mean([(row - center) * scale for row, scale in zip(updates, scales, strict=True)], axis=0)
    result = combine("centered_clipping", only_weight, encode({"weight": np.zeros((500, 2), "<f4")}))
    np.testing.assert_allclose(decode(result)["weight"], center, rtol=1e-5, atol=1e-8)


def test_multi_krum_follows_the_formula() -> None:
    """Seven updates, ⌊7 · 0.3⌋ = 2 of them malicious: five are kept, each judged by its three nearest others."""
    only_weight = [make_update(encode({"weight": decode(update.artifact)["weight"]})) for update in UPDATES]
    rows = stack(only_weight)
    distances = [sorted(float(((left - right) ** 2).sum()) for right in rows)[1:4] for left in rows]
    kept = np.argsort([sum(nearest) for nearest in distances])[:5]
    result = decode(combine("multi_krum", only_weight, only_weight[0].artifact, byzantine_bps=3000))["weight"]
    np.testing.assert_allclose(result, rows[kept].mean(axis=0), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("rule", ["mean", "weighted_mean", "median", "trimmed_mean", "centered_clipping"])
def test_counters_are_the_lower_median_not_a_rounded_mean(rule: str) -> None:
    assert decode(combine(rule, UPDATES[:4]))["steps"] == 10


def test_each_counter_has_a_median_of_its_own() -> None:
    rows = ([1, 20, 300], [2, 30, 100], [3, 10, 200], [9, 90, 900])
    updates = [make_update(encode({"w": np.ones(1, "<f4"), "steps": np.array(row, "<i4")})) for row in rows]
    assert decode(combine("mean", updates, updates[0].artifact))["steps"].tolist() == [2, 20, 200]


@settings(deadline=None)
@given(some.lists(some.floats(-1e9, 1e9), min_size=1, max_size=70))
def test_adding_up_is_close_to_the_exact_sum(values: list[float]) -> None:
    assert add_up(np.array(values)) == pytest.approx(float(np.sum(values)), rel=1e-12, abs=1e-3)
