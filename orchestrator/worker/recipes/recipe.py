"""What a recipe must bring along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Recipe:
    """A model, the data it learns from, and how good it is at it."""

    name: str
    version: int
    shape: tuple[int, ...]
    """Of one input."""
    dtype: str
    """Of the inputs, as numpy calls it: float32, uint8, …"""
    classes: int
    """Labels are int64 in 0 … classes − 1."""
    make_model: Callable[[], torch.nn.Module]
    """A freshly initialised model: inputs [n, *shape] → outputs that `compute_loss` and `measure` understand."""
    compute_loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    """(outputs, labels [n]) → loss of each sample [n]."""
    measure: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    """(outputs, labels [n]) → the metric of each sample [n]; accuracy: 1 where right, 0 where wrong."""
    hyper_parameters: Mapping[str, float]
    """What the authors found to work, by the names of the model definition."""
    tolerance: float = 1.0
    """Likewise, of the vote: up to 2.0 where the loss can come near zero, far less where it has a floor."""
    loss_floor: float = 0.0
    """Likewise, of the verdicts: a lower loss counts as this one. Where the loss can come near zero, a quarter of what a model
    has that knows nothing."""


def compute_accuracy(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Logits [n, classes], labels [n] → 1.0 where the greatest logit is the label's, else 0.0 [n]."""
    return (outputs.argmax(dim=1) == labels).to(torch.float32)


def compute_cross_entropy(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Logits [n, classes], labels [n] → cross entropy of each sample in nats [n]."""
    return torch.nn.functional.cross_entropy(outputs, labels, reduction="none")
