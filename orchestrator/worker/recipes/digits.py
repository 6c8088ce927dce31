"""Handwritten digits, 8 × 8 grey values, as they come with scikit-learn. Small enough for tests."""

from __future__ import annotations

import torch
from torch import nn

from orchestrator.worker.recipes.recipe import Recipe, compute_accuracy, compute_cross_entropy


class Net(nn.Module):
    """One hidden layer; float32 [n, 64] in 0 … 1 → logits float32 [n, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 32)
        self.output = nn.Linear(32, 10)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.output(self.hidden(inputs).relu())
        return logits


RECIPE = Recipe(
    name="digits",
    version=1,
    shape=(64,),
    dtype="float32",
    classes=10,
    make_model=Net,
    compute_loss=compute_cross_entropy,
    measure=compute_accuracy,
    hyper_parameters={"epochs": 5, "batch_size": 16, "learning_rate": 0.1, "momentum": 0.9},
    tolerance=2.0,
    loss_floor=0.6,
)
