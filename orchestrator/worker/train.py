"""One proposer's training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt
import torch

from orchestrator.worker.model import Tensors, export_model, import_model, to_torch
from orchestrator.worker.recipes.recipe import Recipe


def train(
    recipe: Recipe,
    hyper_parameters: Mapping[str, float],
    global_model: Mapping[str, npt.NDArray[Any]],
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    *,
    seed: int,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Tensors:
    """Train from `global_model` on the training part; the new weights. `progress` gets fractions in (0, 1].

    `hyper_parameters`: epochs, batch_size, learning_rate; momentum and weight_decay are 0 unless given. The same seed, data
    and number of threads give the same bytes on one machine. Raises WrongModel if `global_model` is not of the recipe.
    """
    model = import_model(recipe, global_model)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=hyper_parameters["learning_rate"],
        momentum=hyper_parameters.get("momentum", 0.0),
        weight_decay=hyper_parameters.get("weight_decay", 0.0),
    )
    values, wanted = to_torch(inputs), to_torch(labels)
    with torch.random.fork_rng(devices=[]):  # dropout and the like
        torch.manual_seed(seed % 2**63)
        batches = _shuffle(len(wanted), int(hyper_parameters["epochs"]), int(hyper_parameters["batch_size"]))
        for done, batch in enumerate(batches, start=1):
            optimizer.zero_grad()
            torch.autograd.backward(recipe.compute_loss(model(values[batch]), wanted[batch]).mean())
            optimizer.step()
            progress(done / len(batches))
    return export_model(model)


def set_threads(threads: int) -> None:
    """How many threads this process trains and evaluates with."""
    torch.set_num_threads(threads)


def has_device(name: str) -> bool:
    """Whether torch can compute on it here; names as torch's: cpu, cuda."""
    return name == "cpu" or (name == "cuda" and torch.cuda.is_available())


def _shuffle(samples: int, epochs: int, batch_size: int) -> list[torch.Tensor]:
    """Every batch of every epoch as positions, int64 [batch_size]; each epoch sees every sample once."""
    permutations = [torch.split(torch.randperm(samples), batch_size) for _ in range(epochs)]
    return [batch for permutation in permutations for batch in permutation]


def warm_up() -> None:
    """Load now what torch loads with the first step, its compiler among it: seconds that the first round would miss."""
    weight = torch.zeros(1, requires_grad=True)
    torch.autograd.backward(weight.sum())
    torch.optim.SGD([weight], lr=0.1).step()
