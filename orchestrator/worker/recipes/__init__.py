"""Recipes: what there is to learn. A recipe is a plug-in that the participant installed, never code from a peer.

Ours are below; a package of somebody else's names its `Recipe` under the entry point group `starling.recipes`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from orchestrator.worker.recipes import digits, mnist
from orchestrator.worker.recipes.recipe import Recipe

RECIPES_GROUP: Final = "starling.recipes"

__all__ = ["RECIPES_GROUP", "Recipe", "find_recipe", "list_recipes"]


def list_recipes() -> list[Recipe]:
    """Every recipe installed here, ours first."""
    return [mnist.RECIPE, digits.RECIPE, *(found.load() for found in entry_points(group=RECIPES_GROUP))]


def find_recipe(name: str, version: int) -> Recipe:
    """The installed recipe of that name and version. Raises LookupError saying which are installed."""
    installed = list_recipes()
    for recipe in installed:
        if (recipe.name, recipe.version) == (name, version):
            return recipe
    names = ", ".join(f"{recipe.name} {recipe.version}" for recipe in installed)
    raise LookupError(f"recipe {name} {version} is not installed; installed are {names}")
