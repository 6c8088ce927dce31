"""Handwritten digits, 8 × 8 grey values: the 1,797 samples that come with scikit-learn. Small enough for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import nn

from orchestrator.data.dataset import Dataset, DatasetFormat, split_dataset
from orchestrator.learning.definition import HyperParameters
from orchestrator.worker.recipes.recipe import Recipe, compute_accuracy, compute_cross_entropy

FORMAT = DatasetFormat(shape=(64,), dtype=torch.float32, classes=10)
HELD_OUT: Final = 297


class Net(nn.Module):
    """One hidden layer; float32 [n, 64] in 0 … 1 → logits float32 [n, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 32)
        self.output = nn.Linear(32, 10)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.output(self.hidden(inputs).relu())
        return logits


def load_public(folder: Path) -> tuple[Dataset, Dataset]:
    """(1,500 samples to share out, 297 held-out samples); `folder` is not needed, scikit-learn brings the data along."""
    # Here, because only who shares the data out needs scikit-learn.
    from sklearn.datasets import load_digits

    values, labels = load_digits(return_X_y=True)
    everything = Dataset(torch.from_numpy(values / 16).to(torch.float32), torch.from_numpy(labels).to(torch.int64))
    return split_dataset(FORMAT.check(everything, "scikit-learn's digits"), b"digits 1", HELD_OUT)


RECIPE = Recipe(
    name="digits",
    version=1,
    format=FORMAT,
    make_model=Net,
    loss=compute_cross_entropy,
    measure=compute_accuracy,
    load_public=load_public,
    hyper_parameters=HyperParameters(epochs=5, batch_size=16, learning_rate=0.1, momentum=0.9),
)
