"""How good a model is on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import numpy.typing as npt
import torch

from orchestrator.worker.model import import_model, to_torch
from orchestrator.worker.recipes.recipe import Recipe

BATCH_SAMPLES: Final = 500


class Evaluation(NamedTuple):
    """Losses are in the loss's own unit (nats for cross entropy); infinite or NaN for a model that computes nonsense."""

    loss: float
    """Mean over all samples."""
    balanced_loss: float
    """Mean over the classes there are of the mean loss of each: rare ones count as much as frequent ones."""
    metric: float
    """Mean of the recipe's metric over all samples; accuracy is a fraction in [0, 1]."""


def evaluate(
    recipe: Recipe, model: Mapping[str, npt.NDArray[Any]], inputs: npt.NDArray[Any], labels: npt.NDArray[Any]
) -> Evaluation:
    """Losses and metric of a model's weights on a test part. Raises WrongModel if they are not of the recipe's model."""
    return evaluate_many(recipe, [model], inputs, labels)[0]


def evaluate_many(
    recipe: Recipe,
    models: Iterable[Mapping[str, npt.NDArray[Any]]],
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
) -> list[Evaluation]:
    """Likewise of several models, one after the other: one model is in memory at a time, the test part is prepared once."""
    parts = (torch.split(to_torch(part), BATCH_SAMPLES) for part in (inputs, labels))
    batches = list(zip(*parts, strict=True))
    return [_evaluate(import_model(recipe, model).eval(), recipe, batches) for model in models]


@torch.inference_mode()
def _evaluate(network: torch.nn.Module, recipe: Recipe, batches: list[tuple[torch.Tensor, torch.Tensor]]) -> Evaluation:
    losses: list[float] = []
    metrics: list[float] = []
    classes: dict[int, list[float]] = {}
    for values, wanted in batches:
        outputs = network(values)
        found = recipe.compute_loss(outputs, wanted).tolist()
        losses += found
        metrics += recipe.measure(outputs, wanted).tolist()
        for loss, label in zip(found, wanted.tolist(), strict=True):
            classes.setdefault(label, []).append(loss)
    balanced = _mean([_mean(classes[label]) for label in sorted(classes)])
    return Evaluation(_mean(losses), balanced, _mean(metrics))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
