"""A participant's data: inputs and labels in one safetensors file, checked when it is loaded, split once for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from orchestrator.errors import DatasetError

MIN_SAMPLES: Final = 10
"""Fewer cannot be split into a training part and a test part that says anything."""
MAX_TEST_SAMPLES: Final = 1500
"""More than these make a vote slower but hardly surer."""

Inputs = npt.NDArray[Any]
Labels = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]


class Dataset(NamedTuple):
    """Samples that belong to one owner."""

    inputs: Inputs
    """[n, *shape], of the recipe's dtype."""
    labels: Labels
    """int64 [n], each in 0 … classes − 1."""

    def take(self, indices: Indices) -> Dataset:
        """The samples at `indices`, int64 [m]."""
        return Dataset(self.inputs[indices], self.labels[indices])


@dataclass(frozen=True)
class DatasetFormat:
    """What a recipe expects of data: the shape and dtype of one input, and the number of classes."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    classes: int

    def check(self, dataset: Dataset, source: str) -> Dataset:
        """`dataset` as it is. Raises DatasetError with `source` and the first thing that is wrong."""
        flaw = self._find_flaw(*dataset)
        if flaw is not None:
            wanted = f"inputs {self.dtype} [n, {', '.join(map(str, self.shape))}], labels int64 [n] in 0 … {self.classes - 1}"
            raise DatasetError(f"{source}: {flaw}", hint=f"Write the data set as a safetensors file with {wanted}.")
        return dataset

    def _find_flaw(self, inputs: Inputs, labels: Labels) -> str | None:
        if inputs.shape[1:] != self.shape or inputs.ndim != len(self.shape) + 1:
            return f"inputs have shape {list(inputs.shape)}, expected [n, {', '.join(map(str, self.shape))}]"
        if labels.shape != inputs.shape[:1]:
            return f"labels have shape {list(labels.shape)}, expected [{len(inputs)}], one for each input"
        if (inputs.dtype, labels.dtype) != (self.dtype, np.dtype(np.int64)):
            return f"inputs and labels are {inputs.dtype} and {labels.dtype}, expected {self.dtype} and int64"
        if len(labels) < MIN_SAMPLES:
            return f"it has {len(labels)} samples, at least {MIN_SAMPLES} are needed"
        if int(labels.min()) < 0 or int(labels.max()) >= self.classes:
            return f"labels run from {int(labels.min())} to {int(labels.max())}, expected 0 to {self.classes - 1}"
        return None if bool(np.isfinite(inputs).all()) else "inputs have values that are not finite"


def save_dataset(path: Path, dataset: Dataset) -> None:
    """Write the dataset as a safetensors file with the tensors `inputs` and `labels`."""
    save_file({"inputs": np.asarray(dataset.inputs, order="C"), "labels": np.asarray(dataset.labels, order="C")}, path)


def load_dataset(path: Path, form: DatasetFormat) -> Dataset:
    """Read and check a participant's data. Raises DatasetError that says what is wrong and what was expected."""
    hint = "Give the path of a safetensors file with the tensors `inputs` and `labels`."
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError, AttributeError, TypeError) as error:  # the last two: a dtype that numpy does not know
        raise DatasetError(f"{path} cannot be read as a safetensors file: {error}", hint=hint) from error
    if tensors.keys() != {"inputs", "labels"}:
        raise DatasetError(f"{path} holds the tensors {sorted(tensors)}, expected inputs and labels", hint=hint)
    return form.check(Dataset(tensors["inputs"], tensors["labels"]), str(path))


def split_dataset(dataset: Dataset, seed: bytes, test_samples: int | None = None) -> tuple[Dataset, Dataset]:
    """(training part, test part); a fifth is for testing, at most 1,500 samples, unless `test_samples` says otherwise.

    Sorting by SHA-256 of seed and position keeps a sample in its part after a restart and with any version of any library.
    """
    count = len(dataset.labels)
    tests = test_samples if test_samples is not None else min(max(1, count // 5), MAX_TEST_SAMPLES)
    order = sorted(range(count), key=lambda index: hashlib.sha256(seed + index.to_bytes(8, "big")).digest())
    test, training = (np.array(sorted(part), np.int64) for part in (order[:tests], order[tests:]))
    return dataset.take(training), dataset.take(test)


def limit_dataset(dataset: Dataset, samples: int, seed: bytes) -> Dataset:
    """At most `samples` of them, always the same for the same seed: what a slow machine evaluates on. The others are left
    aside, not trained on: a sample stays in its part whatever the limit is."""
    return dataset if len(dataset.labels) <= samples else split_dataset(dataset, seed, samples)[1]
