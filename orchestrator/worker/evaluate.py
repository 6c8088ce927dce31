"""How good a model is on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from orchestrator.worker.model import import_model, to_torch
from orchestrator.worker.recipes.recipe import Recipe

BATCH_SAMPLES: Final = 500
PARTS_SAMPLES: Final = 512
"""Where many participants' parts are evaluated at once: as many small images as fit in a core's cache. 4,096 take twice as long
each."""


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


@torch.inference_mode()
def evaluate_parts(
    recipe: Recipe,
    model: Mapping[str, npt.NDArray[Any]],
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    parts: npt.NDArray[np.int64],
    *,
    device: str = "cpu",
) -> list[Evaluation]:
    """One model on many participants' test parts, laid end to end: `parts`, int64 [n] from 0 on, says whose each sample is.

    What `evaluate` says of each part, but for the last bits: a batch of another size is added up in another order.
    """
    network = import_model(recipe, model).eval().to(device)
    losses, metrics = [], []
    for values, wanted in _split_parts(inputs, labels):
        outputs, wanted = network(values.to(device)), wanted.to(device)
        losses.append(recipe.compute_loss(outputs, wanted).double().cpu().numpy())
        metrics.append(recipe.measure(outputs, wanted).double().cpu().numpy())
    loss, metric = np.concatenate(losses), np.concatenate(metrics)
    count = int(parts.max()) + 1
    classes = np.bincount(parts * recipe.classes + labels, minlength=count * recipe.classes)
    sums = np.bincount(parts * recipe.classes + labels, loss, minlength=count * recipe.classes)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(classes > 0, sums / classes, 0.0).reshape(count, recipe.classes)
        balanced = means.sum(axis=1) / (classes.reshape(count, recipe.classes) > 0).sum(axis=1)
        samples = np.bincount(parts)
        plain, measured = np.bincount(parts, loss) / samples, np.bincount(parts, metric) / samples
    return [Evaluation(*map(float, each)) for each in zip(plain, balanced, measured, strict=True)]


def _split_parts(inputs: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    parts = (torch.split(to_torch(part), PARTS_SAMPLES) for part in (inputs, labels))
    return zip(*parts, strict=True)
