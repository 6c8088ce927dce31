"""Arithmetic that gives the same bits on every machine.

Nothing but the operations that IEEE 754 rounds exactly (+ − × ÷ √), element by element in float64, in a fixed order, cast once
at the end. No library sum, mean, dot or norm: the order in which they add depends on the processor and the number of threads.
Tensors are read block by block, so float64 copies of whole updates never exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orchestrator.learning.artifact import Tensor, Tensors, is_float

Floats = npt.NDArray[np.float64]
"""float64 [elements], or [updates, elements] where a parameter is called `rows`."""
BLOCK_ELEMENTS: Final = 1 << 16
"""Part of the protocol: distances and norms are added up block by block."""
SMALLEST: Final = 2.0**-126
"""What is nearer to zero than the smallest normal float32 counts as zero: some processes run with a processor flag (set by a
library they loaded) that makes it zero, others do not. That also makes −0 into +0, which a sort may put in either order."""


def add_up(values: Floats) -> float:
    """The sum of a vector: halves folded onto each other until one value is left, whatever the machine."""
    while values.size > 1:
        if values.size % 2:
            values = np.append(values, 0.0)
        values = values[: values.size // 2] + values[values.size // 2 :]
    return float(values[0])


def combine(models: list[Tensors], base: Tensors, compute: Callable[[Floats], Floats]) -> Tensors:
    """`compute` on the rows [updates, elements] of every floating-point tensor; the lower median of all others."""
    return {name: _combine_tensor([model[name] for model in models], base[name], compute) for name in sorted(base)}


def read(tensor: Tensor, block: slice) -> Floats:
    """A block of the flattened tensor in float64."""
    return _flush(tensor.reshape(-1)[block].astype(np.float64))


def round_to(values: Floats, dtype: np.dtype[Any]) -> Tensor:
    """The one rounding at the end."""
    return _flush(values).astype(dtype)


def split_blocks(size: int) -> Iterator[slice]:
    """Slices that cover `size` elements."""
    return (slice(start, start + BLOCK_ELEMENTS) for start in range(0, size, BLOCK_ELEMENTS))


def add_rows(rows: Sequence[Floats] | Floats) -> Floats:
    """The sum of the rows, from the first to the last."""
    total = rows[0]
    for row in rows[1:]:
        total = total + row
    return total


def compute_mean(rows: Floats) -> Floats:
    """The mean of the rows."""
    return add_rows(rows) / float(len(rows))


def compute_squared_distance(left: Tensors, right: Tensors, base: Tensors) -> float:
    """‖left − right‖² over all floating-point tensors of `base`."""
    total = 0.0
    for name in (name for name in sorted(base) if is_float(base[name])):
        for block in split_blocks(base[name].size):
            difference = read(left[name], block) - read(right[name], block)
            total += add_up(difference * difference)
    return total


def compute_product(left: Sequence[Tensors], right: Sequence[Tensors], base: Tensors) -> float:
    """(Σ left − n·base) · (Σ right − m·base) over all floating-point tensors: the dot product of summed moves from `base`."""
    total = 0.0
    for name in (name for name in sorted(base) if is_float(base[name])):
        for block in split_blocks(base[name].size):
            origin = read(base[name], block)
            total += add_up(_add_moves(left, name, block, origin) * _add_moves(right, name, block, origin))
    return total


def _add_moves(models: Sequence[Tensors], name: str, block: slice, origin: Floats) -> Floats:
    return add_rows([read(model[name], block) - origin for model in models])


def _combine_tensor(tensors: list[Tensor], base: Tensor, compute: Callable[[Floats], Floats]) -> Tensor:
    result = np.empty(base.size, base.dtype)
    for block in split_blocks(base.size):
        if is_float(base):
            result[block] = round_to(compute(np.stack([read(tensor, block) for tensor in tensors])), base.dtype)
        else:
            rows = np.sort(np.stack([tensor.reshape(-1)[block] for tensor in tensors]), axis=0)
            result[block] = rows[(len(rows) - 1) // 2]
    return result.reshape(base.shape)


def _flush(values: Floats) -> Floats:
    return np.where(np.abs(values) < SMALLEST, 0.0, values)
