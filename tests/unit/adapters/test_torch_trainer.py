"""The Trainer port with torch: what a node asks of its own machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from orchestrator.adapters.torch_trainer import Recipe, TorchTrainer, initial_model, open_trainer
from orchestrator.data.dataset import Dataset, save_dataset
from orchestrator.errors import ArtifactRefused, DatasetError, DefinitionError
from orchestrator.learning.aggregate import ReceivedUpdate, aggregate
from orchestrator.learning.artifact import encode, find_flaw, read_layout
from orchestrator.learning.definition import Definition, RecipeName
from orchestrator.learning.judge import compute_score
from orchestrator.ports import Trainer


@pytest.fixture(scope="module")
def trainers(definition: Definition, dataset_paths: list[Path]) -> list[TorchTrainer]:
    return [open_trainer(definition, path, b"key of %d" % node) for node, path in enumerate(dataset_paths)]


def contribute(trainer: Trainer, global_model: bytes, seed: int) -> ReceivedUpdate:
    update = trainer.train(global_model, seed=seed, progress=lambda fraction: None)
    return ReceivedUpdate(hashlib.sha256(update).digest(), 10**18, update)


def test_a_round_of_honest_updates_is_good_to_everybody(
    definition: Definition, trainers: list[TorchTrainer], global_model: bytes
) -> None:
    updates = [contribute(trainer, global_model, seed) for seed, trainer in enumerate(trainers)]
    result = aggregate(updates, global_model, **definition.aggregation.model_dump())
    for trainer in trainers:
        assert find_flaw(result, trainer.layout, definition.limit_bytes) is None
        before, after = trainer.evaluate([global_model, result])
        assert compute_score(before.mean, after.mean, definition.tolerance) == 1


def test_after_a_restart_the_same_loss_is_measured(
    definition: Definition, dataset_paths: list[Path], trainers: list[TorchTrainer], global_model: bytes
) -> None:
    again = open_trainer(definition, dataset_paths[0], b"key of 0")
    assert again.evaluate([global_model]) == trainers[0].evaluate([global_model])


def test_a_slow_machine_evaluates_on_less_and_trains_on_no_more(
    definition: Definition, dataset_paths: list[Path], trainers: list[TorchTrainer], global_model: bytes
) -> None:
    """What was for testing once is never trained on."""
    quick = open_trainer(definition, dataset_paths[0], b"key of 0", max_test_samples=20)
    assert quick.evaluate([global_model]) != trainers[0].evaluate([global_model])
    assert contribute(quick, global_model, 0) == contribute(trainers[0], global_model, 0)


def test_the_layout_is_that_of_the_recipes_models(trainers: list[TorchTrainer], mnist: Recipe, global_model: bytes) -> None:
    assert trainers[0].layout == read_layout(global_model) != read_layout(initial_model(mnist, seed=0))


def test_a_model_of_something_else_is_refused(trainers: list[TorchTrainer], mnist: Recipe) -> None:
    for artifact in (encode({"w": np.ones(3, "<f4")}), initial_model(mnist, seed=0), b"garbage"):
        with pytest.raises(ArtifactRefused):
            contribute(trainers[0], artifact, 1)
        with pytest.raises(ArtifactRefused):
            trainers[0].evaluate([artifact])


def test_a_task_without_its_plug_in_is_refused(definition: Definition, dataset_paths: list[Path]) -> None:
    unknown = definition.model_copy(update={"recipe": RecipeName(name="digits", version=9)})
    with pytest.raises(DefinitionError, match="digits 9 is not installed"):
        open_trainer(unknown, dataset_paths[0], b"key")


def test_data_of_another_shape_is_refused(definition: Definition, tmp_path: Path) -> None:
    save_dataset(tmp_path / "mine", Dataset(np.zeros((50, 63), np.float32), np.zeros(50, np.int64)))
    with pytest.raises(DatasetError, match=r"expected \[n, 64\]"):
        open_trainer(definition, tmp_path / "mine", b"key")
