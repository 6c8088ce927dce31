"""Between artifacts and torch: the first global model, a model's weights as an artifact, and back."""

from __future__ import annotations

import torch

from orchestrator.errors import ArtifactRefused
from orchestrator.learning.artifact import decode, encode
from orchestrator.worker.recipes.recipe import Recipe


def initial_model(recipe: Recipe, seed: int) -> bytes:
    """The artifact of a freshly initialised model; the random numbers of the caller are left as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**63)
        return export_model(recipe.make_model())


def export_model(model: torch.nn.Module) -> bytes:
    """The artifact of a model's parameters and buffers."""
    return encode({name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()})


def import_model(recipe: Recipe, artifact: bytes) -> torch.nn.Module:
    """The recipe's model with the artifact's weights. Raises ArtifactRefused if they are not weights of this model."""
    tensors = {name: torch.from_numpy(tensor.copy()) for name, tensor in decode(artifact).items()}
    with torch.random.fork_rng(devices=[]):
        model = recipe.make_model()
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ArtifactRefused(f"it is not a model of {recipe.name} {recipe.version}: {str(error)[:200]}") from error
    return model
