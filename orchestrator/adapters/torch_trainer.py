"""The Trainer port with torch, in this process, on this participant's dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from orchestrator.data.dataset import Dataset, load_dataset, split_dataset
from orchestrator.learning import aggregate as aggregation
from orchestrator.learning import artifact
from orchestrator.learning.definition import Definition
from orchestrator.ports import Progress, ReceivedUpdate
from orchestrator.simulation import attacks
from orchestrator.worker.evaluate import evaluate
from orchestrator.worker.model import initial_model
from orchestrator.worker.recipes import Recipe, find_recipe
from orchestrator.worker.train import train

Attack = Literal["flip_labels"]


def open_trainer(definition: Definition, dataset: Path, split_seed: bytes, *, attack: Attack | None = None) -> TorchTrainer:
    """A trainer for the definition's recipe on the data in `dataset`, which was checked against it.

    `split_seed` decides, once and for ever, which samples are for training and which for testing. Raises DefinitionError if the
    recipe is not installed, DatasetError if the data cannot be used.
    """
    recipe = find_recipe(definition.recipe.name, definition.recipe.version)
    training, test = split_dataset(load_dataset(dataset, recipe.format), split_seed)
    if attack == "flip_labels":
        training = Dataset(training.inputs, attacks.flip_labels(training.labels, recipe.format.classes))
    return TorchTrainer(definition, recipe, training, test)


class TorchTrainer:
    """Trains, aggregates and evaluates one task; holds the dataset and nothing that changes."""

    def __init__(self, definition: Definition, recipe: Recipe, training: Dataset, test: Dataset) -> None:
        self.limit_bytes = definition.limit_bytes
        self._definition, self._recipe, self._training, self._test = definition, recipe, training, test
        self._template = initial_model(recipe, seed=0)

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        hyper_parameters = self._definition.hyper_parameters
        return train(self._recipe, hyper_parameters, global_model, self._training, seed=seed, progress=progress)

    def find_model_flaw(self, model: bytes) -> str | None:
        """Why `model` cannot be a global model of this task, or None. Never raises on a peer's bytes."""
        return artifact.find_flaw(model, self._template, self.limit_bytes)

    def find_flaw(self, update: bytes, global_model: bytes) -> str | None:
        return artifact.find_flaw(update, global_model, self.limit_bytes)

    def aggregate(self, global_model: bytes, updates: Sequence[ReceivedUpdate]) -> bytes:
        return aggregation.aggregate(updates, global_model, **self._definition.aggregation.model_dump())

    def evaluate(self, model: bytes) -> float:
        return evaluate(self._recipe, model, self._test).loss

    def is_improvement(self, loss_before: float, loss_after: float) -> bool:
        # A finite loss is better than none at all: otherwise one spoiled global model could never be replaced.
        if not math.isfinite(loss_before) or not math.isfinite(loss_after):
            return math.isfinite(loss_after)
        return loss_after <= (1 + self._definition.tolerance) * loss_before
