"""What does a task's creator publish? The model definition and the first global model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.errors import ConfigError, DefinitionError
from orchestrator.learning.definition import Definition, encode_definition, make_definition
from orchestrator.ports import Storage
from orchestrator.protocol.types import Digest


def compose_definition(recipe_name: str, *, hyper_parameters: Mapping[str, Any] | None = None, **fields: Any) -> Definition:
    """The definition of a task for the newest installed version of a recipe. What `hyper_parameters` and the other `fields`
    do not say is what the recipe's authors found to work (its tolerance and its loss floor, too), and the format's defaults.

    Raises DefinitionError for an unknown recipe, aggregation rule or value.
    """
    from orchestrator.adapters.torch_trainer import find_newest_recipe  # torch takes seconds to load

    recipe = find_newest_recipe(recipe_name)
    chosen = dict(recipe.hyper_parameters) | dict(hyper_parameters or {})
    fields = {"tolerance": recipe.tolerance, "loss_floor": recipe.loss_floor} | fields
    return make_definition({"recipe": {"name": recipe.name, "version": recipe.version}, "hyper_parameters": chosen, **fields})


def publish(store: Storage, definition: Definition, seed: int) -> tuple[Digest, Digest]:
    """Put the definition and the first global model into the store; their digests.

    Raises DefinitionError if the model is over the definition's own limit.
    """
    from orchestrator.adapters.torch_trainer import find_recipe, initial_model  # torch takes seconds to load

    recipe = find_recipe(definition.recipe.name, definition.recipe.version)
    model = initial_model(recipe, seed)
    if len(model) > definition.limit_bytes:
        told = f"the model of {recipe.name} has {len(model)} bytes, over the limit of {definition.limit_bytes}"
        raise DefinitionError(told, hint="raise --limit-bytes")
    return store.put(encode_definition(definition)), store.put(model)


def parse_aggregation(rule: str, options: Iterable[str]) -> dict[str, object]:
    """The rule with its options, each NAME=NUMBER. Raises ConfigError for an option that is not."""
    fields: dict[str, object] = {"rule": rule}
    for option in options:
        name, _, number = option.partition("=")
        try:
            fields[name.strip()] = float(number) if "." in number or "e" in number else int(number)
        except ValueError as malformed:
            hint = "for example --aggregation-option trim_bps=3334"
            raise ConfigError(f"{option!r} is not NAME=NUMBER", hint=hint) from malformed
    return fields
