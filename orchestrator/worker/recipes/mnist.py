"""Handwritten digits, 28 × 28 grey values: the real MNIST."""

from __future__ import annotations

import torch
from torch import nn

from orchestrator.worker.recipes.recipe import Recipe, compute_accuracy, compute_cross_entropy


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


RECIPE = Recipe(
    name="mnist",
    version=1,
    shape=(1, 28, 28),
    dtype="uint8",
    classes=10,
    make_model=Net,
    compute_loss=compute_cross_entropy,
    measure=compute_accuracy,
    hyper_parameters={"epochs": 1, "batch_size": 32, "learning_rate": 0.02, "momentum": 0.9},
    tolerance=2.0,
    loss_floor=0.6,
)
