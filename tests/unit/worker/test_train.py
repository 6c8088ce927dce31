"""Training and evaluating: the same seed and data give the same bytes on one machine, and learning happens."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from orchestrator.data.dataset import Dataset, load_dataset, split_dataset
from orchestrator.data.public import FORMATS
from orchestrator.worker.evaluate import evaluate, evaluate_many
from orchestrator.worker.model import Tensors, WrongModel, initial_model, to_torch
from orchestrator.worker.recipes import Recipe
from orchestrator.worker.train import train

FAST = {"epochs": 3, "batch_size": 32, "learning_rate": 0.1, "momentum": 0.9}


@pytest.fixture(scope="module")
def start(digits: Recipe) -> Tensors:
    return initial_model(digits, seed=0)


def is_same(left: Tensors, right: Tensors) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


@pytest.fixture(scope="module")
def training(dataset_paths: list[Path]) -> Dataset:
    return split_dataset(load_dataset(dataset_paths[0], FORMATS["digits"]), b"seed")[0]


def test_the_first_start_comes_from_its_seed(digits: Recipe) -> None:
    first, again, other = (initial_model(digits, seed=seed) for seed in (5, 5, 6))
    assert is_same(first, again) and not is_same(first, other)


def test_any_integer_is_a_seed(digits: Recipe, start: Tensors, training: Dataset) -> None:
    """Seeds are made of 32 bytes from the chain."""
    assert initial_model(digits, seed=2**256 - 1)
    assert train(digits, FAST, start, *training, seed=2**256 - 1)


def test_the_same_seed_gives_the_same_update(digits: Recipe, start: Tensors, training: Dataset) -> None:
    first, again, other = (train(digits, FAST, start, *training, seed=seed) for seed in (1, 1, 2))
    assert is_same(first, again) and not is_same(first, other)


def test_training_leaves_the_callers_random_numbers_alone(digits: Recipe, start: Tensors, training: Dataset) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    train(digits, FAST, start, *training, seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_an_honest_update_is_better(digits: Recipe, start: Tensors, training: Dataset, held_out: Dataset) -> None:
    update = train(digits, FAST, start, *training, seed=1)
    assert {name: (tensor.shape, tensor.dtype) for name, tensor in update.items()} == {
        name: (tensor.shape, tensor.dtype) for name, tensor in start.items()
    }
    assert evaluate(digits, update, *held_out).loss < evaluate(digits, start, *held_out).loss / 2
    assert evaluate(digits, update, *held_out).metric > 0.7


def test_progress_rises_to_one(digits: Recipe, start: Tensors, training: Dataset) -> None:
    fractions: list[float] = []
    train(digits, FAST, start, *training, seed=1, progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_evaluating_twice_gives_the_same_loss(digits: Recipe, start: Tensors, held_out: Dataset) -> None:
    assert evaluate(digits, start, *held_out) == evaluate(digits, start, *held_out)


def test_rare_classes_count_as_much_as_frequent_ones(digits: Recipe, start: Tensors, held_out: Dataset) -> None:
    """Section 5, "Verdict", 3: the loss balanced over the classes that there are."""
    ones, twos = (held_out.take(np.flatnonzero(held_out.labels == label)[:20]) for label in (1, 2))
    means = [evaluate(digits, start, *part).loss for part in (ones, twos)]
    unlike = Dataset(*(np.concatenate([ones[part], twos[part][:2]]) for part in (0, 1)))
    rare = evaluate(digits, start, *twos.take(np.arange(2))).loss
    found = evaluate(digits, start, *unlike)
    assert found.balanced_loss == pytest.approx((means[0] + rare) / 2)
    assert found.loss == pytest.approx((20 * means[0] + 2 * rare) / 22)


def test_several_models_are_told_as_each_would_be_alone(digits: Recipe, start: Tensors, held_out: Dataset) -> None:
    models = [start, initial_model(digits, seed=1), start]
    assert evaluate_many(digits, iter(models), *held_out) == [evaluate(digits, model, *held_out) for model in models]
    assert evaluate_many(digits, [], *held_out) == []


def test_an_untrained_model_guesses(digits: Recipe, start: Tensors, held_out: Dataset) -> None:
    assert evaluate(digits, start, *held_out).loss == pytest.approx(math.log(10), rel=0.1)


def test_a_spoiled_model_has_a_loss_that_is_not_finite(digits: Recipe, start: Tensors, held_out: Dataset) -> None:
    huge = {name: np.full_like(tensor, 3e38) for name, tensor in start.items()}
    assert not math.isfinite(evaluate(digits, huge, *held_out).loss)


def test_a_model_of_something_else_is_refused(digits: Recipe, training: Dataset) -> None:
    other = {"w": np.ones(3, "<f4")}
    with pytest.raises(WrongModel, match="digits 1"):
        train(digits, FAST, other, *training, seed=1)
    with pytest.raises(WrongModel, match="digits 1"):
        evaluate(digits, other, *training)


def test_weights_that_cannot_be_written_to_are_copied(digits: Recipe, start: Tensors, training: Dataset) -> None:
    """Artifacts are read where they lie."""
    frozen = {name: tensor.copy() for name, tensor in start.items()}
    for tensor in frozen.values():
        tensor.flags.writeable = False
    assert is_same(train(digits, FAST, frozen, *training, seed=1), train(digits, FAST, start, *training, seed=1))
    assert is_same(frozen, start)


def test_how_an_array_lies_in_memory_makes_no_difference() -> None:
    """Strides of dimensions of one would choose another convolution, with other last bits."""
    images = np.zeros((50, 28, 28), np.uint8)
    assert to_torch(images[:, np.newaxis][np.arange(5)]).stride() == (784, 784, 28, 1)
    assert to_torch(np.asfortranarray(images)).stride() == (784, 28, 1)
