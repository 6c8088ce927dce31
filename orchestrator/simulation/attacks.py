"""What malicious participants do. Only the demo and the tests use it; a defence that was never attacked is a hope."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orchestrator.learning.artifact import decode, encode, is_float


def flip_labels(labels: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.int64]:
    """Label y becomes classes − 1 − y. int64 [n] → int64 [n]."""
    return classes - 1 - labels


def derange_labels(labels: npt.NDArray[np.int64], classes: int, *, seed: int) -> npt.NDArray[np.int64]:
    """Every label becomes another one, by a random cycle through all classes. int64 [n] → int64 [n]."""
    cycle = np.random.default_rng(seed).permutation(classes)
    successor = np.empty_like(cycle)
    successor[cycle] = np.roll(cycle, -1)
    return successor[labels]


def add_noise(update: bytes, *, deviation: float, seed: int) -> bytes:
    """The update with Gaussian noise of the given standard deviation on every floating-point value."""
    random = np.random.default_rng(seed)
    return encode(
        {
            name: (tensor + random.normal(0.0, deviation, tensor.shape)).astype(tensor.dtype) if is_float(tensor) else tensor
            for name, tensor in decode(update).items()
        }
    )


def flip_sign(update: bytes, global_model: bytes, *, scale: float = 1.0) -> bytes:
    """As far away from the global model as the update went, times `scale`, but backwards."""
    start = decode(global_model)
    return encode(
        {
            name: (start[name] - scale * (tensor - start[name])).astype(tensor.dtype) if is_float(tensor) else tensor
            for name, tensor in decode(update).items()
        }
    )
