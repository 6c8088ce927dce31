"""What a recipe must bring along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from orchestrator.data.dataset import Dataset, DatasetFormat
from orchestrator.learning.definition import HyperParameters


@dataclass(frozen=True)
class Recipe:
    """A model, the data it learns from, and how good it is at it."""

    name: str
    version: int
    format: DatasetFormat
    """What a participant's data must look like."""
    make_model: Callable[[], torch.nn.Module]
    """A freshly initialised model: inputs [n, *format.shape] → outputs that `loss` and `measure` understand."""
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    """(outputs, labels [n]) → loss of each sample [n]."""
    measure: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    """(outputs, labels [n]) → the metric of each sample [n]; accuracy: 1 where right, 0 where wrong."""
    load_public: Callable[[Path], tuple[Dataset, Dataset]]
    """Folder with the public data set → (what participants may be given, held-out test set that no participant has)."""
    hyper_parameters: HyperParameters
    """What the authors found to work."""


def compute_accuracy(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Logits [n, classes], labels [n] → 1.0 where the greatest logit is the label's, else 0.0 [n]."""
    return (outputs.argmax(dim=1) == labels).to(torch.float32)


def compute_cross_entropy(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Logits [n, classes], labels [n] → cross entropy of each sample in nats [n]."""
    return torch.nn.functional.cross_entropy(outputs, labels, reduction="none")
