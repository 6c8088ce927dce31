"""Which parameters are best? Many scenarios side by side, and those that no other beats in everything (Pareto)."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from orchestrator.errors import ConfigError
from orchestrator.simulation.intervals import compute_interval
from orchestrator.simulation.run import plan_games
from orchestrator.simulation.scenario import Scenario, make_scenario

AIMS: Final[dict[str, int]] = {"accuracy": 1, "honest_lost_share": -1, "liars_profit": -1, "gas_per_member_round": -1}
"""What is compared: 1 where more is better, −1 where less is."""

AS_IT_IS: Final = "as it is"
"""What stands for the values of the scenario that is swept."""


class Point(NamedTuple):
    """One choice of values."""

    values: dict[str, Any]
    scenario: Scenario


def parse_over(texts: Sequence[str]) -> dict[str, list[Any]]:
    """`name=1,2,3`, each by name: a scenario's own, or parameters.…, definition.…. Raises ConfigError for anything else."""
    found: dict[str, list[Any]] = {}
    for text in texts:
        name, has_values, values = text.partition("=")
        if not has_values or not name.strip() or not values.strip():
            hint = "such as --over proposers=4,6 or --over definition.verdict.theta=0.1,0.15"
            raise ConfigError(f"{text!r} says no values to sweep over", hint=hint)
        found[name.strip()] = [_parse(value.strip()) for value in values.split(",")]
    if not found:
        raise ConfigError("there is nothing to sweep over", hint="give --over NAME=VALUE,VALUE, as often as you like")
    return found


def plan_points(base: Scenario, over: Mapping[str, Sequence[Any]], *, budget: int) -> list[Point]:
    """All combinations; or, where `budget` games are not enough for them, the scenario as it is and as many others as there is
    room for, drawn by lot with its seed.

    Raises ConfigError if the budget is not enough for two points, or a value cannot be.
    """
    combinations = [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    most = budget // base.seeds
    if most < min(2, len(combinations)):
        hint = f"two points of {base.seeds} games need --budget {2 * base.seeds}"
        raise ConfigError(f"a budget of {budget} games is not enough for two points", hint=hint)
    if len(combinations) <= most:
        return [Point(values, _apply(base, values)) for values in combinations]
    drawn = random.Random(base.seed).sample(combinations, most - 1)
    return [Point(dict.fromkeys(over, AS_IT_IS), base), *(Point(values, _apply(base, values)) for values in drawn)]


def _apply(base: Scenario, values: Mapping[str, Any]) -> Scenario:
    document = base.model_dump()
    for name, value in values.items():
        *path, last = name.split(".")
        into = document
        for part in path:
            inner = into.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ConfigError(f"{name} is no name in a scenario", hint="see docs/simulate.md for what a scenario says")
            into = inner
        into[last] = value
    return make_scenario(document, ", ".join(f"{name}={value}" for name, value in values.items()))


def compose_sweep(points: Sequence[Point], games: Sequence[Sequence[Mapping[str, Any]]], *, seconds: float) -> dict[str, Any]:
    """The document: what came of each point, best accuracy first, and which of them no other beats."""
    told: list[dict[str, Any]] = []
    for point, its in zip(points, games, strict=True):
        if its:
            figures = {aim: compute_interval([game[aim] for game in its]) for aim in AIMS}
            means = {aim: interval.mean for aim, interval in figures.items()}
            intervals = {aim: interval._asdict() for aim, interval in figures.items()}
            told.append({"values": point.values, **means, "intervals": intervals, "games": len(its)})
    for one in told:
        one["is_pareto"] = not any(is_better(other, one) for other in told)
    told.sort(key=lambda one: (not one["is_pareto"], -one["accuracy"]))
    is_complete = all(len(its) == len(plan_games(point.scenario)) for point, its in zip(points, games, strict=True))
    return {"points": told, "aims": dict(AIMS), "is_complete": is_complete, "seconds": round(seconds, 3)}


def is_better(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether it is as good in every aim and better in at least one."""
    gains = [sign * (one[aim] - other[aim]) for aim, sign in AIMS.items()]
    return bool(min(gains) >= 0 and max(gains) > 0)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
