"""The same digits as `mnist`, seen coarsely by a small network: for simulations, where thousands of models are trained."""

from __future__ import annotations

import torch
from torch import nn

from orchestrator.worker.recipes.recipe import Recipe, compute_accuracy, compute_cross_entropy


class Net(nn.Module):
    """14 × 14 means, one hidden layer; uint8 [n, 1, 28, 28] → logits float32 [n, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(14 * 14, 32)
        self.output = nn.Linear(32, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        values = nn.functional.avg_pool2d(images.to(torch.float32) / 255 - 0.13, 2)
        logits: torch.Tensor = self.output(self.hidden(values.flatten(1)).relu())
        return logits


RECIPE = Recipe(
    name="mnist-mlp",
    version=1,
    shape=(1, 28, 28),
    dtype="uint8",
    classes=10,
    make_model=Net,
    compute_loss=compute_cross_entropy,
    measure=compute_accuracy,
    hyper_parameters={"epochs": 1, "batch_size": 32, "learning_rate": 0.05, "momentum": 0.9},
    tolerance=2.0,
    loss_floor=0.6,
)
