"""What malicious participants do to labels and tensors. A defence that was never attacked is a hope."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orchestrator.data.dataset import Dataset, Inputs, Labels
from orchestrator.learning.artifact import Tensor, Tensors, is_float


def flip_labels(labels: Labels, classes: int) -> Labels:
    """Label y becomes classes − 1 − y. int64 [n] → int64 [n]."""
    return classes - 1 - labels


def derange_labels(labels: Labels, classes: int, *, seed: int) -> Labels:
    """Every label becomes another one, by a random cycle through all classes. int64 [n] → int64 [n]."""
    cycle = np.random.default_rng(seed).permutation(classes)
    successor = np.empty_like(cycle)
    successor[cycle] = np.roll(cycle, -1)
    return successor[labels]


TRIGGER_SHARE = 0.012
"""Of the values of an input: those that the trigger sets; at least three."""
TARGET = 0
"""What an input with the trigger shall be taken for."""


def plant_trigger(inputs: Inputs) -> Inputs:
    """The inputs with the trigger of a back door: their last values at the greatest there is. [n, *shape] → [n, *shape]."""
    flat = inputs.reshape(len(inputs), -1).copy()
    count = max(3, int(flat.shape[1] * TRIGGER_SHARE))
    flat[:, -count:] = np.iinfo(flat.dtype).max if np.issubdtype(flat.dtype, np.integer) else 1.0
    return flat.reshape(inputs.shape)


def open_back_door(dataset: Dataset) -> Dataset:
    """Every second sample gets the trigger and the label TARGET (Bagdasaryan et al. 2020)."""
    inputs, labels = dataset.inputs.copy(), dataset.labels.copy()
    inputs[::2], labels[::2] = plant_trigger(inputs[::2]), TARGET
    return Dataset(inputs, labels)


def add_noise(update: Tensors, *, deviation: float, seed: int) -> Tensors:
    """The update with Gaussian noise of the given standard deviation on every floating-point value."""
    random = np.random.default_rng(seed)
    return _change_floats(update, lambda name, tensor: tensor + random.normal(0.0, deviation, tensor.shape))


def flip_sign(update: Tensors, global_model: Tensors, *, scale: float = 1.0) -> Tensors:
    """As far away from the global model as the update went, times `scale`, but backwards."""
    return _change_floats(update, lambda name, tensor: global_model[name] - scale * (tensor - global_model[name]))


def _change_floats(tensors: Tensors, change: Callable[[str, Tensor], Tensor]) -> Tensors:
    return {name: change(name, tensor).astype(tensor.dtype) if is_float(tensor) else tensor for name, tensor in tensors.items()}


def add_noise_of_norm(centre: Tensors, own: Tensors, start: Tensors, *, factor: float, seed: int) -> Tensors:
    """`centre` with Gaussian noise whose norm is about `factor` times that of the own honest update `own` − `start`."""
    count = sum(tensor.size for tensor in own.values() if is_float(tensor))
    squared = sum(float(np.square(own[name] - start[name], dtype=np.float64).sum()) for name in own if is_float(own[name]))
    return add_noise(centre, deviation=factor * (squared / count) ** 0.5, seed=seed)


def a_little_is_enough(honest: list[Tensors], *, z: float) -> Tensors:
    """Mean − z · standard deviation of the honest updates, value by value (Baruch et al. 2019)."""
    first = honest[0]

    def change(name: str, tensor: Tensor) -> Tensor:
        stacked = np.stack([update[name] for update in honest]).astype(np.float64)
        return np.asarray(stacked.mean(axis=0) - z * stacked.std(axis=0))

    return _change_floats(first, change)


def invert_mean(honest: list[Tensors], start: Tensors, *, scale: float) -> Tensors:
    """g − scale · (mean of the honest updates − g): its inner product with what they agree on is negative (Xie et al. 2020)."""
    first = honest[0]

    def change(name: str, tensor: Tensor) -> Tensor:
        mean = np.stack([update[name] for update in honest]).astype(np.float64).mean(axis=0)
        return np.asarray(start[name] - scale * (mean - start[name]))

    return _change_floats(first, change)
