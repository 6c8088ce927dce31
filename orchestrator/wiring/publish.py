"""What a task's creator publishes: the model definition and the first global model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.errors import ConfigError, DefinitionError
from orchestrator.learning.definition import encode_definition, make_definition
from orchestrator.ports import Storage
from orchestrator.protocol.types import Digest


def publish(
    store: Storage,
    *,
    recipe_name: str,
    aggregation: Mapping[str, object],
    hyper_parameters: Mapping[str, object],
    tolerance: float,
    limit_bytes: int,
    seed: int,
) -> tuple[Digest, Digest]:
    """Put both into the store; their digests. What `hyper_parameters` does not say is what the recipe's authors found
    to work. Raises DefinitionError for an unknown recipe, aggregation rule or value."""
    # torch takes seconds to load
    from orchestrator.adapters.torch_trainer import find_recipe, initial_model
    from orchestrator.worker.recipes import list_recipes

    version = max((installed.version for installed in list_recipes() if installed.name == recipe_name), default=1)
    recipe = find_recipe(recipe_name, version)
    definition = make_definition(
        {
            "recipe": {"name": recipe.name, "version": recipe.version},
            "hyper_parameters": dict(recipe.hyper_parameters) | dict(hyper_parameters),
            "aggregation": dict(aggregation),
            "tolerance": tolerance,
            "limit_bytes": limit_bytes,
        }
    )
    model = initial_model(recipe, seed)
    if len(model) > limit_bytes:
        hint = "raise --limit-bytes"
        raise DefinitionError(f"the model of {recipe.name} has {len(model)} bytes, over the limit of {limit_bytes}", hint=hint)
    return store.put(encode_definition(definition)), store.put(model)


def parse_aggregation(rule: str, options: Iterable[str]) -> dict[str, object]:
    """The rule with its options, each NAME=NUMBER. Raises ConfigError for an option that is not."""
    fields: dict[str, object] = {"rule": rule}
    for option in options:
        name, _, number = option.partition("=")
        try:
            fields[name.strip()] = float(number) if "." in number or "e" in number else int(number)
        except ValueError as malformed:
            hint = "for example --aggregation-option trim_bps=2500"
            raise ConfigError(f"{option!r} is not NAME=NUMBER", hint=hint) from malformed
    return fields
