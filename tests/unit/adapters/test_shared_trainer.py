"""Many participants' test parts at once: each hears what it would have found alone."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.adapters.shared_trainer import SharedTests, SharedTrainer
from orchestrator.adapters.torch_trainer import TorchTrainer, find_newest_recipe, initial_model
from orchestrator.data.dataset import Dataset
from orchestrator.learning.definition import make_definition

RECIPE = find_newest_recipe("digits")
DEFINITION = make_definition(
    {"recipe": {"name": "digits", "version": RECIPE.version}, "hyper_parameters": dict(RECIPE.hyper_parameters)}
)
MODELS = [initial_model(RECIPE, seed) for seed in range(3)]


def make_test(seed: int, samples: int) -> Dataset:
    """Without some classes, and with others more than once."""
    random = np.random.default_rng(seed)
    return Dataset(random.random((samples, 64), np.float32), random.integers(0, 6, samples))


@pytest.fixture(scope="module")
def trainers() -> list[SharedTrainer]:
    tests = SharedTests(RECIPE)
    found = [SharedTrainer(DEFINITION, RECIPE, make_test(9, 20), make_test(seed, 5 + seed), tests) for seed in range(4)]
    tests.expect([trainer.number for trainer in found[1:]])
    return found


@pytest.mark.parametrize("number", range(4))
def test_all_at_once_is_as_good_as_one_by_one(trainers: list[SharedTrainer], number: int) -> None:
    """The first was not expected: its losses are found alone."""
    alone = TorchTrainer(DEFINITION, RECIPE, make_test(9, 20), make_test(number, 5 + number)).evaluate(MODELS)
    assert np.allclose(trainers[number].evaluate(MODELS), alone, rtol=1e-5)
    assert len({losses.mean for losses in alone}) == len(MODELS)
