"""How good a model is on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from orchestrator.worker.model import import_model, to_torch
from orchestrator.worker.recipes.recipe import Recipe

BATCH_SAMPLES: Final = 500
PARTS_SAMPLES: Final = 256
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
    models: Sequence[Mapping[str, npt.NDArray[Any]]],
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    parts: npt.NDArray[np.int64],
    *,
    device: str = "cpu",
) -> list[list[Evaluation]]:
    """Models on many participants' test parts, laid end to end: `parts`, int64 [n] from 0 on, says whose each sample is.

    Of each model what `evaluate` says of each part, but for the last bits: a batch of another size is added up in another
    order. All models see a batch at once (vmap), so what does not depend on their weights, as preparing images, is done once.
    """
    networks = [import_model(recipe, model).eval().to(device) for model in models]
    weights = {name: torch.stack([network.state_dict()[name] for network in networks]) for name in networks[0].state_dict()}
    run = torch.vmap(lambda its, values: torch.func.functional_call(networks[0], its, (values,)), in_dims=(0, None))
    losses, metrics = [], []
    for values, wanted in _split_parts(inputs, labels):
        outputs, wanted = run(weights, values.to(device)), wanted.to(device)
        losses.append(torch.stack([recipe.compute_loss(one, wanted) for one in outputs]).double().cpu().numpy())
        metrics.append(torch.stack([recipe.measure(one, wanted) for one in outputs]).double().cpu().numpy())
    pairs = zip(np.concatenate(losses, axis=1), np.concatenate(metrics, axis=1), strict=True)
    return [_average_parts(loss, metric, labels, parts, recipe.classes) for loss, metric in pairs]


def _average_parts(
    loss: npt.NDArray[np.float64],
    metric: npt.NDArray[np.float64],
    labels: npt.NDArray[Any],
    parts: npt.NDArray[np.int64],
    classes: int,
) -> list[Evaluation]:
    """Of each part, from the loss and metric of each sample, all [n]."""
    count, cells = int(parts.max()) + 1, parts * classes + labels
    numbers = np.bincount(cells, minlength=count * classes)
    sums = np.bincount(cells, loss, minlength=count * classes)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(numbers > 0, sums / numbers, 0.0).reshape(count, classes)
        balanced = means.sum(axis=1) / (numbers.reshape(count, classes) > 0).sum(axis=1)
        samples = np.bincount(parts)
        plain, measured = np.bincount(parts, loss) / samples, np.bincount(parts, metric) / samples
    return [Evaluation(*map(float, each)) for each in zip(plain, balanced, measured, strict=True)]


def _split_parts(inputs: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    parts = (torch.split(to_torch(part), PARTS_SAMPLES) for part in (inputs, labels))
    return zip(*parts, strict=True)
