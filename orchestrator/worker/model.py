"""Between plain tensors and torch: a recipe's model when it is new, its weights taken out, and put in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from orchestrator.worker.recipes.recipe import Recipe

Tensors = dict[str, npt.NDArray[Any]]
"""A model's parameters and buffers by their names."""


class WrongModel(ValueError):
    """These tensors are not those of the recipe's model."""


def initial_model(recipe: Recipe, seed: int) -> Tensors:
    """A freshly initialised model; the random numbers of the caller are left as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**63)
        return export_model(recipe.make_model())


def export_model(model: torch.nn.Module) -> Tensors:
    """A model's parameters and buffers."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}


def import_model(recipe: Recipe, tensors: Mapping[str, npt.NDArray[Any]]) -> torch.nn.Module:
    """The recipe's model with these weights, copied. Raises WrongModel if they are not weights of this model."""
    with torch.random.fork_rng(devices=[]):
        model = recipe.make_model()
    try:
        model.load_state_dict({name: to_torch(np.array(tensor)) for name, tensor in tensors.items()})
    except RuntimeError as error:
        raise WrongModel(f"it is not a model of {recipe.name} {recipe.version}: {str(error)[:200]}") from error
    return model


def to_torch(values: npt.NDArray[Any]) -> torch.Tensor:
    """The same memory as a tensor; a copy of it where it is read-only, for torch knows no such thing.

    Shaped anew, because the strides of dimensions of one, which mean nothing, decide which of torch's kernels computes.
    """
    return torch.from_numpy(np.require(values, requirements=["C", "W"]).reshape(-1).reshape(values.shape))
