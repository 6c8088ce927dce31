"""What the arithmetic promises beside its rules: sizes and limits are part of the protocol."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.learning.arithmetic import (
    BLOCK_ELEMENTS,
    compute_product,
    compute_squared_distance,
    read,
    round_to,
    split_blocks,
)

SMALLEST_NORMAL = 2.0**-126


def test_a_block_has_65536_elements() -> None:
    """Golden: sums are made block by block, so another size has other last bits."""
    assert BLOCK_ELEMENTS == 65536
    assert list(split_blocks(65537)) == [slice(0, 65536), slice(65536, 131072)]
    assert list(split_blocks(65536)) == [slice(0, 65536)]


def test_the_last_bits_of_a_distance_never_change() -> None:
    """Golden: many blocks, of values whose squares have no exact sum. Half, twice and a quarter of a block's size, a block less
    one, and no blocks at all end in other bits."""
    values = (np.arange(1_000_000, dtype=np.float64) ** 2 % 10007 / 11).astype("<f4")
    left, right = {"w": values, "steps": np.array(1)}, {"w": np.zeros_like(values), "steps": np.array(9)}
    assert compute_squared_distance(left, right, left).hex() == "0x1.f5eb83d857dbep+37"


def test_the_product_of_moves_goes_over_all_blocks_of_all_tensors() -> None:
    """Section 5, "Verdict", 4: (Σ left − n · base) · (Σ right − m · base), exact with these small integers."""
    numbers = np.arange(2 * BLOCK_ELEMENTS + 5)
    tensors = [{"w": ((numbers * step) % 7).astype("<f4"), "b": np.array([step, 2], "<f4")} for step in (1, 2, 3, 4)]
    base, *models = [tensor | {"steps": np.array(number)} for number, tensor in enumerate(tensors)]
    moves = [np.concatenate([model[name] - base[name] for name in ("b", "w")]).astype(np.int64) for model in models]
    assert compute_product(models[:2], models[2:], base) == int((moves[0] + moves[1]) @ moves[2])
    assert compute_product(models[2:], models[:2], base) == compute_product(models[:2], models[2:], base)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_smallest_normal_float32_counts_and_what_is_below_does_not(sign: int) -> None:
    border = np.array([SMALLEST_NORMAL, SMALLEST_NORMAL * 0.75, SMALLEST_NORMAL * (1 - 2**-23)], "<f4") * sign
    assert read(border, slice(0, 3)).tolist() == [sign * SMALLEST_NORMAL, 0.0, 0.0]
    assert round_to(border.astype(np.float64), np.dtype("<f4")).tolist() == [sign * SMALLEST_NORMAL, 0.0, 0.0]
