"""How good a model is on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy.typing as npt
import torch

from orchestrator.worker.model import import_model, to_torch
from orchestrator.worker.recipes.recipe import Recipe

BATCH_SAMPLES: Final = 500


class Evaluation(NamedTuple):
    """Means over all samples."""

    loss: float
    """In the loss's own unit (nats for cross entropy); infinite or NaN for a model that computes nonsense."""
    metric: float
    """The recipe's metric; accuracy is a fraction in [0, 1]."""


@torch.inference_mode()
def evaluate(
    recipe: Recipe, model: Mapping[str, npt.NDArray[Any]], inputs: npt.NDArray[Any], labels: npt.NDArray[Any]
) -> Evaluation:
    """Loss and metric of a model's weights on a test part. Raises WrongModel if they are not of the recipe's model."""
    network = import_model(recipe, model).eval()
    losses: list[float] = []
    metrics: list[float] = []
    values, wanted = to_torch(inputs), to_torch(labels)
    for start in range(0, len(wanted), BATCH_SAMPLES):
        batch = slice(start, start + BATCH_SAMPLES)
        outputs = network(values[batch])
        losses += recipe.compute_loss(outputs, wanted[batch]).tolist()
        metrics += recipe.measure(outputs, wanted[batch]).tolist()
    return Evaluation(sum(losses) / len(losses), sum(metrics) / len(metrics))
