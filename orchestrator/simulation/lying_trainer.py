"""A trainer that learns lies and knows the truth."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.torch_trainer import TorchTrainer, find_recipe, get_format
from orchestrator.data.dataset import load_dataset, split_dataset
from orchestrator.learning.definition import Definition
from orchestrator.simulation.attacks import flip_labels


def open_lying_trainer(definition: Definition, dataset: Path, split_seed: bytes) -> TorchTrainer:
    """As `open_trainer`, but the labels of the training part are flipped. The test part stays honest: whoever wants to vote
    against the truth must know it."""
    recipe = find_recipe(definition.recipe.name, definition.recipe.version)
    training, test = split_dataset(load_dataset(dataset, get_format(recipe)), split_seed)
    lies = training._replace(labels=flip_labels(training.labels, recipe.classes))
    return TorchTrainer(definition, recipe, lies, test)
