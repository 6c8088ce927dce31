"""Which updates public arithmetic strikes (protocol.md, section 5, "Verdict", 2), to the edge of every threshold."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from orchestrator.learning.artifact import encode
from orchestrator.learning.public_tests import COPY, GROSS, IDLE, find_lower_median, find_struck, find_upper_median

SHARES = {"copy_share": 0.125, "idle_share": 0.125, "gross_factor": 4.0}
"""Powers of two, so that the values below meet the thresholds exactly."""


def make(*values: float, steps: int = 1) -> bytes:
    return encode({"w": np.array(values, "<f4"), "steps": np.array(steps, "<i8")})


BASE = make(0.0, 0.0, 0.0, 0.0)
AXES = [make(*(8.0 if axis == place else 0.0 for place in range(4))) for axis in range(4)]
"""Four updates as far from the global model as each other, and from each other."""


def strike(updates: dict[int, bytes], base: bytes = BASE, **changes: float) -> dict[int, str]:
    return find_struck(updates, base, **(SHARES | changes))


def test_updates_that_go_their_own_ways_are_all_left() -> None:
    assert strike(dict(enumerate(AXES))) == {}


def test_the_higher_of_two_near_updates_is_a_copy_in_whatever_order_they_come() -> None:
    """A copy is a near one, not only an equal one: one weight changed must not make it another's work."""
    updates = dict(enumerate(AXES)) | {4: make(8.0, 0.5, 0.0, 0.0)}
    assert strike(updates) == {4: COPY}
    assert all(strike(dict(order)) == {4: COPY} for order in list(permutations(updates.items()))[::17])


def test_a_copy_is_nearer_than_its_share_of_the_median_distance() -> None:
    """Distances of 8, 1 and 9, so that 8 is the median: 1 is not below 8/8, the next smaller float is."""
    base = make(0.0, -8.0)
    assert strike({0: make(0.0, 0.0), 1: make(1.0, 0.0), 2: make(9.0, 0.0)}, base) == {}
    below = float(np.nextafter(np.float32(1.0), np.float32(0.0)))
    assert strike({0: make(0.0, 0.0), 1: make(below, 0.0), 2: make(8.0 + below, 0.0)}, base) == {1: COPY}


def test_the_measure_of_a_copy_is_at_most_twice_the_median_move() -> None:
    """Moves of 8: 2 is not below 16/8, the next smaller float is, whatever a gross minority makes of the median distance."""
    gross = {3: make(0.0, 0.0, 9000.0), 4: make(0.0, 0.0, -9000.0), 5: make(0.0, -8.0, 0.0)}
    base = make(0.0, 0.0, 0.0)
    assert strike({0: make(8.0, 0.0, 0.0), 1: make(8.0, 2.0, 0.0), 2: make(-8.0, 0.0, 0.0)} | gross, base).keys() == {3, 4}
    below = float(np.nextafter(np.float32(2.0), np.float32(0.0)))
    struck = strike({0: make(8.0, 0.0, 0.0), 1: make(8.0, below, 0.0), 2: make(-8.0, 0.0, 0.0)} | gross, base)
    assert struck == {1: COPY, 3: GROSS, 4: GROSS}


def test_a_chain_of_copies_leaves_only_the_lowest() -> None:
    """Each is near the one before it; the copy of a copy is one too."""
    updates = {
        3: make(8.0, 0.0),
        5: make(8.0, 0.5),
        9: make(8.0, 1.0),
        0: make(0.0, 8.0),
        1: make(-8.0, 0.0),
        2: make(0.0, -8.0),
    }
    assert strike(updates, make(0.0, 0.0)) == {5: COPY, 9: COPY}


def test_equal_updates_are_copies_even_where_they_are_all() -> None:
    """Else a majority of them would make the median zero."""
    assert strike({0: AXES[0], 1: AXES[0]}) == {1: COPY}
    assert strike(dict.fromkeys(range(5), AXES[1])) == dict.fromkeys(range(1, 5), COPY)


def test_who_resubmits_the_global_model_is_struck_even_alone_and_even_where_all_do() -> None:
    """Section 7: all resubmitting the global model."""
    assert strike({2: BASE}) == {2: IDLE}
    assert strike(dict.fromkeys(range(4), BASE)) == {0: IDLE} | dict.fromkeys(range(1, 4), COPY)


def test_counters_are_no_work() -> None:
    """Only floating-point tensors are measured: a changed counter neither makes a model nor hides a copy."""
    assert strike({0: make(0.0, 0.0, 0.0, 0.0, steps=99)}) == {0: IDLE}
    assert strike({0: AXES[0], 1: make(8.0, 0.0, 0.0, 0.0, steps=99)}) == {1: COPY}


def test_idle_is_below_its_share_of_the_median_move() -> None:
    others = dict(enumerate(AXES[:3]))
    assert strike(others | {3: make(0.0, 0.0, 0.0, 1.0)}) == {}
    below = float(np.nextafter(np.float32(1.0), np.float32(0.0)))
    assert strike(others | {3: make(0.0, 0.0, 0.0, below)}) == {3: IDLE}


def test_gross_is_above_its_factor_of_the_median_move() -> None:
    others = dict(enumerate(AXES[:3]))
    assert strike(others | {3: make(0.0, 0.0, 0.0, 32.0)}) == {}
    above = float(np.nextafter(np.float32(32.0), np.float32(64.0)))
    assert strike(others | {3: make(0.0, 0.0, 0.0, above)}) == {3: GROSS}


def test_moves_are_measured_over_those_that_are_no_copies() -> None:
    """Four copies of something small would otherwise pull the median down, and make the honest gross."""
    small = dict.fromkeys(range(4), make(0.1, 0.0, 0.0, 0.0))
    assert strike(small | dict(enumerate(AXES, start=4))) == {1: COPY, 2: COPY, 3: COPY, 0: IDLE}


@pytest.mark.parametrize("size", [0.001, 1000.0])
def test_just_half_of_a_round_cannot_make_the_honest_look_odd(size: float) -> None:
    """Of an even number the test takes the median that strikes fewer."""
    odd = {0: make(size, 0.0, 0.0, 0.0), 1: make(0.0, 0.0, 0.0, size)}
    assert not strike({2: AXES[1], 3: AXES[2]} | odd).keys() & {2, 3}


def test_of_two_updates_neither_is_the_measure_of_the_other() -> None:
    assert strike({0: AXES[0], 1: make(0.0, 0.001, 0.0, 0.0)}) == strike({0: AXES[0], 1: make(0.0, 1e6, 0.0, 0.0)}) == {}


def test_nothing_submitted_is_nothing_struck() -> None:
    assert strike({}) == {}


def test_one_update_is_left_whatever_it_is() -> None:
    assert strike({7: AXES[0]}) == strike({7: make(1e30, 0.0, 0.0, 0.0)}) == {}


def test_the_medians_are_values_that_occur() -> None:
    assert (find_lower_median([3.0, 1.0]), find_upper_median([3.0, 1.0])) == (1.0, 3.0)
    assert find_lower_median([2.0, 9.0, 1.0]) == find_upper_median([2.0, 9.0, 1.0]) == 2.0
    assert (find_lower_median([4.0, 3.0, 2.0, 1.0]), find_upper_median([4.0, 3.0, 2.0, 1.0])) == (2.0, 3.0)


def test_the_largest_weights_there_are_do_not_overflow() -> None:
    huge = float(np.finfo(np.float32).max)
    assert strike(dict(enumerate(AXES[:3])) | {3: make(huge, huge, huge, -huge)}) == {3: GROSS}
