"""Training steps as torch's own optimizer does, to the byte, and without what that imports."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from orchestrator.worker.train import Descent


def step_often(model: torch.nn.Module, optimizer: object) -> list[bytes]:
    torch.manual_seed(5)
    for _ in range(7):
        for parameter in model.parameters():
            parameter.grad = torch.randn(parameter.shape)
        optimizer.step()  # type: ignore[attr-defined]
    return [parameter.detach().numpy().tobytes() for parameter in model.parameters()]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_each_step_is_that_of_torch_to_the_byte(momentum: float, decay: float) -> None:
    models = []
    for _ in range(2):
        torch.manual_seed(1)
        models.append(torch.nn.Linear(13, 7))
    ours = step_often(models[0], Descent(list(models[0].parameters()), 0.05, momentum, decay))
    theirs = torch.optim.SGD(models[1].parameters(), lr=0.05, momentum=momentum, weight_decay=decay, foreach=False)
    assert ours == step_often(models[1], theirs)


def test_a_parameter_without_a_gradient_stays() -> None:
    parameter = torch.nn.Parameter(torch.ones(2))
    Descent([parameter], 0.1, 0.9, 0.01).step()
    assert parameter.tolist() == [1.0, 1.0]


def test_training_does_not_import_torchs_compiler() -> None:
    """It takes seconds and 150 MB, in the first round of every node."""
    code = """
import sys, numpy
from orchestrator.worker.model import initial_model
from orchestrator.worker.recipes.digits import RECIPE
from orchestrator.worker.train import train
train(RECIPE, RECIPE.hyper_parameters, initial_model(RECIPE, 0), numpy.zeros((32, 64), "f4"), numpy.zeros(32, "i8"), seed=1)
print("torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
