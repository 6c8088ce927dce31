"""The Trainer port with torch: what a node asks of its own machine."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from orchestrator.adapters.torch_trainer import Recipe, TorchTrainer, initial_model, open_trainer
from orchestrator.data.dataset import Dataset, save_dataset
from orchestrator.errors import DatasetError, DefinitionError
from orchestrator.learning.definition import Definition, RecipeName
from orchestrator.ports import ReceivedUpdate, Trainer


@pytest.fixture(scope="module")
def trainers(definition: Definition, dataset_paths: list[Path]) -> list[TorchTrainer]:
    return [open_trainer(definition, path, b"key of %d" % node) for node, path in enumerate(dataset_paths)]


def contribute(trainer: Trainer, global_model: bytes, seed: int) -> ReceivedUpdate:
    update = trainer.train(global_model, seed=seed, progress=lambda fraction: None)
    return ReceivedUpdate(hashlib.sha256(update).digest(), 10**18, update)


def test_a_round_of_honest_updates_is_an_improvement_to_everybody(trainers: list[TorchTrainer], global_model: bytes) -> None:
    updates = [contribute(trainer, global_model, seed) for seed, trainer in enumerate(trainers)]
    aggregates = {trainer.aggregate(global_model, updates[seed:] + updates[:seed]) for seed, trainer in enumerate(trainers)}
    assert len(aggregates) == 1
    aggregate = aggregates.pop()
    assert all(trainer.find_flaw(aggregate, global_model) is None for trainer in trainers)
    assert all(trainer.is_improvement(trainer.evaluate(global_model), trainer.evaluate(aggregate)) for trainer in trainers)


def test_flipped_labels_spoil_an_update_and_a_voter_sees_it(
    definition: Definition, dataset_paths: list[Path], trainers: list[TorchTrainer], global_model: bytes
) -> None:
    liar = open_trainer(definition, dataset_paths[0], b"key", attack="flip_labels")
    update = contribute(liar, global_model, 1).artifact
    voter = trainers[1]
    assert voter.find_flaw(update, global_model) is None
    assert not voter.is_improvement(voter.evaluate(global_model), voter.evaluate(update))


def test_a_liars_test_part_stays_honest(
    definition: Definition, dataset_paths: list[Path], trainers: list[TorchTrainer], global_model: bytes
) -> None:
    """It must know the truth to vote against it."""
    liar = open_trainer(definition, dataset_paths[0], b"key of 0", attack="flip_labels")
    assert liar.evaluate(global_model) == trainers[0].evaluate(global_model)


def test_after_a_restart_the_same_loss_is_measured(
    definition: Definition, dataset_paths: list[Path], trainers: list[TorchTrainer], global_model: bytes
) -> None:
    again = open_trainer(definition, dataset_paths[0], b"key of 0")
    assert again.evaluate(global_model) == trainers[0].evaluate(global_model)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1.0, 0.5, True),
        (1.0, 1.0, True),
        (1.0, 1.1, True),
        (1.0, 1.1001, False),
        (1.0, math.nan, False),
        (1.0, math.inf, False),
        (math.nan, 1.0, True),
        (math.inf, 1.0, True),
        (math.inf, math.inf, False),
    ],
)
def test_an_improvement_is_a_finite_loss_within_the_tolerance(
    trainers: list[TorchTrainer], before: float, after: float, expected: bool
) -> None:
    """R14, D12"""
    assert trainers[0].is_improvement(before, after) is expected


def test_a_global_model_of_another_task_is_named(trainers: list[TorchTrainer], mnist: Recipe, global_model: bytes) -> None:
    assert trainers[0].find_model_flaw(global_model) is None
    assert "only one of" in str(trainers[0].find_model_flaw(initial_model(mnist, seed=0)))
    assert trainers[0].find_model_flaw(b"") is not None


def test_an_artifact_over_the_tasks_limit_is_left_out(
    definition: Definition, dataset_paths: list[Path], global_model: bytes
) -> None:
    tight = open_trainer(definition.model_copy(update={"limit_bytes": 100}), dataset_paths[0], b"key")
    assert "the task allows 100" in str(tight.find_flaw(global_model, global_model))


def test_a_task_without_its_plug_in_is_refused(definition: Definition, dataset_paths: list[Path]) -> None:
    unknown = definition.model_copy(update={"recipe": RecipeName(name="digits", version=9)})
    with pytest.raises(DefinitionError, match="digits 9 is not installed"):
        open_trainer(unknown, dataset_paths[0], b"key")


def test_data_of_another_shape_is_refused(definition: Definition, tmp_path: Path) -> None:
    save_dataset(tmp_path / "mine", Dataset(np.zeros((50, 63), np.float32), np.zeros(50, np.int64)))
    with pytest.raises(DatasetError, match=r"expected \[n, 64\]"):
        open_trainer(definition, tmp_path / "mine", b"key")
