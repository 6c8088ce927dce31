"""One proposer's training."""

from __future__ import annotations

from collections.abc import Callable

import torch

from orchestrator.data.dataset import Dataset
from orchestrator.learning.definition import HyperParameters
from orchestrator.worker.model import export_model, import_model
from orchestrator.worker.recipes.recipe import Recipe


def train(
    recipe: Recipe,
    hyper_parameters: HyperParameters,
    global_model: bytes,
    training: Dataset,
    *,
    seed: int,
    progress: Callable[[float], None] = lambda fraction: None,
) -> bytes:
    """Train from `global_model` on the training part; the update as an artifact. `progress` gets fractions in (0, 1].

    The same seed, data and number of threads give the same bytes on one machine. Raises ArtifactRefused if `global_model` is
    not a model of the recipe.
    """
    model = import_model(recipe, global_model)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=hyper_parameters.learning_rate,
        momentum=hyper_parameters.momentum,
        weight_decay=hyper_parameters.weight_decay,
    )
    with torch.random.fork_rng(devices=[]):  # dropout and the like
        torch.manual_seed(seed % 2**63)
        batches = _shuffle(len(training.labels), hyper_parameters)
        for done, batch in enumerate(batches, start=1):
            optimizer.zero_grad()
            torch.autograd.backward(recipe.loss(model(training.inputs[batch]), training.labels[batch]).mean())
            optimizer.step()
            progress(done / len(batches))
    return export_model(model)


def _shuffle(samples: int, hyper_parameters: HyperParameters) -> list[torch.Tensor]:
    """Every batch of every epoch as positions, int64 [batch_size]; each epoch sees every sample once."""
    epochs = [torch.split(torch.randperm(samples), hyper_parameters.batch_size) for _ in range(hyper_parameters.epochs)]
    return [batch for epoch in epochs for batch in epoch]
