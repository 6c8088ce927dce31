"""Between artifacts and torch: the first global model, a model's weights as an artifact, and back."""

from __future__ import annotations

import torch

from orchestrator.errors import ArtifactRefused
from orchestrator.learning.artifact import decode, encode
from orchestrator.learning.tasks.task import TrainingTask


def initial_model(task: TrainingTask, seed: int) -> bytes:
    """The artifact of a freshly initialised model; the random numbers of the caller are left as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**63)
        return export_model(task.make_model())


def export_model(model: torch.nn.Module) -> bytes:
    """The artifact of a model's parameters and buffers."""
    return encode({name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()})


def import_model(task: TrainingTask, artifact: bytes) -> torch.nn.Module:
    """The task's model with the artifact's weights. Raises ArtifactRefused if they are not weights of this model."""
    tensors = {name: torch.from_numpy(tensor.copy()) for name, tensor in decode(artifact).items()}
    with torch.random.fork_rng(devices=[]):
        model = task.make_model()
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ArtifactRefused(f"it is not a model of {task.name} {task.version}: {str(error)[:200]}") from error
    return model
