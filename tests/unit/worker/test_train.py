"""Training and evaluating: the same seed and data give the same bytes on one machine, and learning happens."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from orchestrator.data.dataset import Dataset, load_dataset, split_dataset
from orchestrator.errors import ArtifactRefused
from orchestrator.learning.artifact import decode, encode, find_flaw
from orchestrator.learning.definition import HyperParameters
from orchestrator.worker.evaluate import evaluate
from orchestrator.worker.model import initial_model
from orchestrator.worker.recipes import Recipe
from orchestrator.worker.train import train

FAST = HyperParameters(epochs=3, batch_size=32, learning_rate=0.1, momentum=0.9)


@pytest.fixture(scope="module")
def training(digits: Recipe, dataset_paths: list[Path]) -> Dataset:
    return split_dataset(load_dataset(dataset_paths[0], digits.format), b"seed")[0]


def test_the_first_global_model_comes_from_its_seed(digits: Recipe) -> None:
    assert initial_model(digits, seed=5) == initial_model(digits, seed=5) != initial_model(digits, seed=6)


def test_any_integer_is_a_seed(digits: Recipe, global_model: bytes, training: Dataset) -> None:
    """Seeds are made of 32 bytes from the chain."""
    assert initial_model(digits, seed=2**256 - 1)
    assert train(digits, FAST, global_model, training, seed=2**256 - 1)


def test_the_same_seed_gives_the_same_update(digits: Recipe, global_model: bytes, training: Dataset) -> None:
    first, again, other = (train(digits, FAST, global_model, training, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_training_leaves_the_callers_random_numbers_alone(digits: Recipe, global_model: bytes, training: Dataset) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    train(digits, FAST, global_model, training, seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_an_honest_update_is_better(digits: Recipe, global_model: bytes, training: Dataset, held_out: Dataset) -> None:
    update = train(digits, FAST, global_model, training, seed=1)
    assert find_flaw(update, global_model, 1 << 20) is None
    assert evaluate(digits, update, held_out).loss < evaluate(digits, global_model, held_out).loss / 2
    assert evaluate(digits, update, held_out).metric > 0.7


def test_progress_rises_to_one(digits: Recipe, global_model: bytes, training: Dataset) -> None:
    fractions: list[float] = []
    train(digits, FAST, global_model, training, seed=1, progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_evaluating_twice_gives_the_same_loss(digits: Recipe, global_model: bytes, held_out: Dataset) -> None:
    assert evaluate(digits, global_model, held_out) == evaluate(digits, global_model, held_out)


def test_an_untrained_model_guesses(digits: Recipe, global_model: bytes, held_out: Dataset) -> None:
    assert evaluate(digits, global_model, held_out).loss == pytest.approx(math.log(10), rel=0.1)


def test_a_spoiled_model_has_a_loss_that_is_not_finite(digits: Recipe, global_model: bytes, held_out: Dataset) -> None:
    huge = encode({name: np.full_like(tensor, 3e38) for name, tensor in decode(global_model).items()})
    assert not math.isfinite(evaluate(digits, huge, held_out).loss)


def test_a_model_of_something_else_is_refused(digits: Recipe, training: Dataset) -> None:
    for artifact in (encode({"w": np.ones(3, "<f4")}), b"garbage"):
        with pytest.raises(ArtifactRefused):
            train(digits, FAST, artifact, training, seed=1)
        with pytest.raises(ArtifactRefused):
            evaluate(digits, artifact, training)
