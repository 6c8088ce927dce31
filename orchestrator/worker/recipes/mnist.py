"""Handwritten digits, 28 × 28 grey values: the real MNIST, read from its four IDX files."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from orchestrator.data.dataset import Dataset, DatasetFormat
from orchestrator.data.idx import read_idx
from orchestrator.learning.definition import HyperParameters
from orchestrator.worker.recipes.recipe import Recipe, compute_accuracy, compute_cross_entropy

FORMAT = DatasetFormat(shape=(1, 28, 28), dtype=torch.uint8, classes=10)


class Net(nn.Module):
    """Two convolutions and two linear layers; uint8 [n, 1, 28, 28] → logits float32 [n, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.hidden = nn.Linear(32 * 7 * 7, 32)
        self.output = nn.Linear(32, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        values = images.to(torch.float32) / 255 - 0.13
        values = nn.functional.max_pool2d(self.conv1(values).relu(), 2)
        values = nn.functional.max_pool2d(self.conv2(values).relu(), 2)
        logits: torch.Tensor = self.output(self.hidden(values.flatten(1)).relu())
        return logits


def load_public(folder: Path) -> tuple[Dataset, Dataset]:
    """(60,000 images to share out, 10,000 held-out images). Raises DatasetError."""
    return _load_part(folder, "train"), _load_part(folder, "t10k")


def _load_part(folder: Path, part: str) -> Dataset:
    images = torch.from_numpy(read_idx(folder / f"{part}-images-idx3-ubyte"))
    labels = torch.from_numpy(read_idx(folder / f"{part}-labels-idx1-ubyte"))
    return FORMAT.check(Dataset(images.unsqueeze(1), labels.to(torch.int64)), str(folder))


RECIPE = Recipe(
    name="mnist",
    version=1,
    format=FORMAT,
    make_model=Net,
    loss=compute_cross_entropy,
    measure=compute_accuracy,
    load_public=load_public,
    hyper_parameters=HyperParameters(epochs=1, batch_size=32, learning_rate=0.02, momentum=0.9),
)
