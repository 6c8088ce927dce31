"""Recipes: plug-ins that are installed, never code from a peer (protocol.md, section 5)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.adapters.torch_trainer import get_format
from orchestrator.data.dataset import split_dataset
from orchestrator.data.public import FORMATS, load_public
from orchestrator.learning.definition import HyperParameters
from orchestrator.worker.evaluate import evaluate
from orchestrator.worker.model import initial_model
from orchestrator.worker.recipes import RECIPES_GROUP, Recipe, find_recipe, list_recipes
from orchestrator.worker.train import train


@pytest.mark.parametrize(("name", "version"), [("mnist", 2), ("minst", 1), ("", 0)])
def test_a_task_that_is_not_installed_is_refused_with_what_is(name: str, version: int) -> None:
    with pytest.raises(LookupError, match="not installed; installed are mnist 1, digits 1"):
        find_recipe(name, version)


def test_an_installed_package_brings_its_own_recipe(tmp_path: Path) -> None:
    (tmp_path / "our_plugin.py").write_text(
        "from dataclasses import replace\n"
        "from orchestrator.worker.recipes.digits import RECIPE\n"
        "RECIPE = replace(RECIPE, name='ours')\n"
    )
    info = tmp_path / "our_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{RECIPES_GROUP}]\nours = our_plugin:RECIPE\n")
    program = (
        f"import sys; sys.path.append({str(tmp_path)!r})\n"
        "from orchestrator.worker.recipes import find_recipe\n"
        "print(find_recipe('ours', 1).name)"
    )
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == "ours\n"


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.name)
def test_models_are_float32_and_small(recipe: Recipe) -> None:
    tensors = initial_model(recipe, seed=1)
    assert {str(tensor.dtype) for tensor in tensors.values()} == {"float32"}
    assert 1_000 < sum(tensor.size for tensor in tensors.values()) < 100_000


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.name)
def test_a_recipe_says_what_its_hyper_parameters_and_its_data_must_look_like(recipe: Recipe) -> None:
    """In the words of the other rooms, which it knows nothing of."""
    assert HyperParameters.model_validate(recipe.hyper_parameters)
    assert get_format(recipe) == FORMATS[recipe.name]


def test_mnist_is_learned(mnist: Recipe, mnist_folder: Path) -> None:
    public, held_out = load_public("mnist", mnist_folder)
    _, training = split_dataset(public, b"some", 3000)
    _, test = split_dataset(held_out, b"others", 500)
    model = train(mnist, mnist.hyper_parameters, initial_model(mnist, seed=1), *training, seed=1)
    assert evaluate(mnist, model, *test).metric > 0.7
