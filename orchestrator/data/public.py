"""Public data sets, for demos and tests: MNIST from its four IDX files, and the digits that come with scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from orchestrator.data.dataset import Dataset, DatasetFormat, split_dataset
from orchestrator.data.idx import read_idx
from orchestrator.errors import DatasetError

FORMATS: Final = {
    "mnist": DatasetFormat(shape=(1, 28, 28), dtype=np.dtype(np.uint8), classes=10),
    "mnist-mlp": DatasetFormat(shape=(1, 28, 28), dtype=np.dtype(np.uint8), classes=10),
    "digits": DatasetFormat(shape=(64,), dtype=np.dtype(np.float32), classes=10),
}
"""By the name of the recipe that learns from it."""
DIGITS_HELD_OUT: Final = 297


def load_public(name: str, folder: Path) -> tuple[Dataset, Dataset]:
    """(what participants may be given, held-out test set that no participant has) of the public data set in `folder`.

    Raises DatasetError if there is none of that name, or it cannot be used.
    """
    match name:
        case "mnist" | "mnist-mlp":
            return _load_mnist(folder, "train"), _load_mnist(folder, "t10k")
        case "digits":
            return _load_digits()
    raise DatasetError(f"there is no public data set for {name!r}", hint=f"Take one of {', '.join(FORMATS)}.")


def _load_mnist(folder: Path, part: str) -> Dataset:
    """60,000 or 10,000 images of 28 × 28 grey values."""
    images = np.expand_dims(read_idx(folder / f"{part}-images-idx3-ubyte"), 1)
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte").astype(np.int64)
    return FORMATS["mnist"].check(Dataset(images, labels), str(folder))


def _load_digits() -> tuple[Dataset, Dataset]:
    """1,500 samples of 8 × 8 grey values to share out, and 297 held out; scikit-learn brings them along."""
    # Here, because only who shares the data out needs scikit-learn.
    from sklearn.datasets import load_digits

    values, labels = load_digits(return_X_y=True)
    everything = Dataset((values / 16).astype(np.float32), labels.astype(np.int64))
    return split_dataset(FORMATS["digits"].check(everything, "scikit-learn's digits"), b"digits 1", DIGITS_HELD_OUT)
