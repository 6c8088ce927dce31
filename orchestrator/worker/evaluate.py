"""How good a model is on data that it was not trained on."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch

from orchestrator.data.dataset import Dataset
from orchestrator.worker.model import import_model
from orchestrator.worker.recipes.recipe import Recipe

BATCH_SAMPLES: Final = 500


class Evaluation(NamedTuple):
    """Means over all samples."""

    loss: float
    """In the loss's own unit (nats for cross entropy); infinite or NaN for a model that computes nonsense."""
    metric: float
    """The recipe's metric; accuracy is a fraction in [0, 1]."""


@torch.inference_mode()
def evaluate(recipe: Recipe, model: bytes, test: Dataset) -> Evaluation:
    """Loss and metric of an artifact on a test part. Raises ArtifactRefused if it is not a model of the recipe."""
    network = import_model(recipe, model).eval()
    losses: list[float] = []
    metrics: list[float] = []
    for inputs, labels in zip(*(torch.split(part, BATCH_SAMPLES) for part in test), strict=True):
        outputs = network(inputs)
        losses += recipe.loss(outputs, labels).tolist()
        metrics += recipe.measure(outputs, labels).tolist()
    return Evaluation(sum(losses) / len(losses), sum(metrics) / len(metrics))
