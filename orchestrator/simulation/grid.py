"""Which games stand behind a table? A grid: what a scenario may be along named axes, and which combinations are played."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import chain, product
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.errors import ConfigError
from orchestrator.simulation.run import Planned
from orchestrator.simulation.scenario import Scenario, make_scenario

ALL = "all"
"""Stands for every value of an axis."""


class Row(NamedTuple):
    """One scenario of a table."""

    labels: dict[str, str]
    """Axis → the value that it has there."""
    scenario: Scenario


class Table(NamedTuple):
    """Scenarios that are shown together, in order."""

    name: str
    rows: list[Row]
    options: dict[str, Any]
    """What else the grid says of it: how it is shown."""

    @property
    def axes(self) -> list[str]:
        """By name."""
        return list(self.rows[0].labels)


def read_grid(path: Path) -> list[Table]:
    """The tables of a grid, in the order in which they are to be played. Raises ConfigError naming what is wrong.

    `[scenario]` is what all games share; `[axes.AXIS]` has, by label, what else a scenario with this value says; each
    `[[table]]` has a name and, under `rows`, for each of its axes labels or "all"; or, as `of`, the table whose rows it shows;
    or it `shows` a sweep.
    """
    try:
        document = tomllib.loads(path.read_text())
        base, axes = document["scenario"], document["axes"]
        tables = []
        for told in document["table"]:
            options = {key: value for key, value in told.items() if key not in ("name", "rows")}
            rows = list(_list_rows(base, axes, told["rows"])) if "rows" in told else []
            tables.append(Table(told["name"], rows, options))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as wrong:
        raise ConfigError(f"{path} is no grid: {wrong!r}", hint="see scripts/benchmarks/evidence/grid.toml") from wrong
    return tables


def join_tables(tables: Iterable[Table]) -> dict[str, Table]:
    """By name: those with one name are one, which has the rows of all, each once, by the first axis in the order in which its
    labels come first."""
    joined: dict[str, Table] = {}
    for table in tables:
        whole = joined.setdefault(table.name, Table(table.name, [], {}))
        whole.options.update(table.options)
        whole.rows.extend(row for row in table.rows if row not in whole.rows)
    for whole in joined.values():
        groups: dict[str, list[Row]] = {}
        for row in whole.rows:
            groups.setdefault(next(iter(row.labels.values())), []).append(row)
        whole.rows[:] = chain(*groups.values())
    return joined


def _list_rows(base: Mapping[str, Any], axes: Mapping[str, Any], chosen: Mapping[str, Any]) -> Iterator[Row]:
    names = {axis: list(axes[axis]) if labels == ALL else list(labels) for axis, labels in chosen.items()}
    for labels in product(*names.values()):
        values: dict[str, Any] = dict(base)
        for axis, label in zip(names, labels, strict=True):
            values = _lay_over(values, axes[axis][label])
        yield Row(dict(zip(names, labels, strict=True)), make_scenario(values, ", ".join(labels)))


def _lay_over(values: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with those of `more`, which go first; tables in them likewise."""
    laid = dict(values)
    for key, value in more.items():
        old = laid.get(key)
        laid[key] = _lay_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return laid


def identify(planned: Planned) -> str:
    """The same for two games only if the one is the other again, whichever tables ask for them."""
    scenario = planned.scenario
    told = scenario.model_dump(mode="json", exclude={"seed", "seeds", "payoffs", "proposers", "attack"})
    told |= {"proposers": scenario.proposers_per_round, "attack": scenario.attack if scenario.count_liars() else None}
    if planned.strategy not in (None, "honest") and scenario.payoffs:
        told |= {"strategy": planned.strategy, "subjects": scenario.payoffs.subjects}
    return f"{sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]}-{planned.seed}"
