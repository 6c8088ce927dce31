"""The Trainer port with torch, in this process, on this participant's dataset.

Between the rooms: artifacts become tensors and back, the definition becomes plain values, and what the worker raises becomes an
error of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from orchestrator.data.dataset import (
    MAX_TEST_SAMPLES,
    Dataset,
    DatasetFormat,
    Indices,
    Inputs,
    Labels,
    limit_dataset,
    load_dataset,
    split_dataset,
)
from orchestrator.errors import ArtifactRefused, DefinitionError
from orchestrator.learning.artifact import Layout, decode, encode, read_layout
from orchestrator.learning.definition import Definition
from orchestrator.ports import Losses, Progress
from orchestrator.worker import evaluate as evaluation
from orchestrator.worker import model, recipes, train
from orchestrator.worker.recipes import Recipe
from orchestrator.worker.train import has_device, set_threads

__all__ = [
    "Recipe",
    "TorchTrainer",
    "evaluate",
    "evaluate_parts",
    "find_newest_recipe",
    "find_recipe",
    "get_format",
    "has_device",
    "initial_model",
    "open_trainer",
    "set_threads",
]


class TorchTrainer:
    """Trains and evaluates one task; holds the dataset and nothing that changes."""

    layout: Layout
    """What the recipe's model looks like, and so every artifact of the task."""

    def __init__(self, definition: Definition, recipe: Recipe, training: Dataset, test: Dataset) -> None:
        self.layout = read_layout(initial_model(recipe, seed=0))
        self._hyper_parameters = definition.hyper_parameters.model_dump()
        self._recipe, self._training, self._test = recipe, training, test

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        with _refusing_wrong_models():
            start = decode(global_model)
            update = train.train(self._recipe, self._hyper_parameters, start, *self._training, seed=seed, progress=progress)
        return encode(update)

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        with _refusing_wrong_models():
            found = evaluation.evaluate_many(self._recipe, map(decode, models), *self._test)
        return [Losses(one.loss, one.balanced_loss) for one in found]


def open_trainer(
    definition: Definition, dataset: Path, split_seed: bytes, *, max_test_samples: int = MAX_TEST_SAMPLES
) -> TorchTrainer:
    """A trainer for the definition's recipe on the data in `dataset`, which was checked against it.

    `split_seed` decides, once and for ever, which samples are for training and which for testing. Of these at most
    `max_test_samples` are used: judging P updates costs P + 2 evaluations. Raises DefinitionError if the recipe is not
    installed, DatasetError if the data cannot be used.
    """
    recipe = find_recipe(definition.recipe.name, definition.recipe.version)
    training, test = split_dataset(load_dataset(dataset, get_format(recipe)), split_seed)
    train.warm_up()
    return TorchTrainer(definition, recipe, training, limit_dataset(test, max_test_samples, split_seed))


def find_recipe(name: str, version: int) -> Recipe:
    """The installed recipe of that name and version. Raises DefinitionError saying which are installed."""
    try:
        return recipes.find_recipe(name, version)
    except LookupError as unknown:
        hint = "Install the recipe's package into the node's environment, or leave this task to others."
        raise DefinitionError(str(unknown.args[0]), hint=hint) from unknown


def find_newest_recipe(name: str) -> Recipe:
    """The newest installed version of that name. Raises DefinitionError saying which are installed."""
    versions = [installed.version for installed in recipes.list_recipes() if installed.name == name]
    return find_recipe(name, max(versions, default=1))


def get_format(recipe: Recipe) -> DatasetFormat:
    """What a participant's data must look like."""
    return DatasetFormat(recipe.shape, np.dtype(recipe.dtype), recipe.classes)


def initial_model(recipe: Recipe, seed: int) -> bytes:
    """The artifact of a freshly initialised model."""
    return encode(model.initial_model(recipe, seed))


def evaluate(recipe: Recipe, artifact: bytes, test: Dataset) -> evaluation.Evaluation:
    """Loss and metric of an artifact on a test part. Raises ArtifactRefused if it is not a model of the recipe."""
    with _refusing_wrong_models():
        return evaluation.evaluate(recipe, decode(artifact), *test)


def evaluate_parts(
    recipe: Recipe, artifacts: Sequence[bytes], inputs: Inputs, labels: Labels, parts: Indices, *, device: str = "cpu"
) -> list[list[evaluation.Evaluation]]:
    """Likewise of several artifacts on many participants' test parts, laid end to end: `parts` says whose each sample is, from
    0 on."""
    with _refusing_wrong_models():
        models = [decode(artifact) for artifact in artifacts]
        return evaluation.evaluate_parts(recipe, models, inputs, labels, parts, device=device)


@contextmanager
def _refusing_wrong_models() -> Iterator[None]:
    try:
        yield
    except model.WrongModel as wrong:
        raise ArtifactRefused(str(wrong)) from wrong
