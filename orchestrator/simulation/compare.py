"""What differs between two reports? Figures side by side, and the differences of games with the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.errors import ConfigError
from orchestrator.simulation.intervals import compute_interval
from orchestrator.simulation.page import tell, tell_interval
from orchestrator.simulation.report import FIGURES


def compare_reports(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Figure → A, B, and B − A with its interval over the seeds that both have. Raises ConfigError for other documents."""
    for report in (left, right):
        if missing := [key for key in ("games", "scenario", *FIGURES) if key not in report]:
            hint = "name reports that `starling simulate --report FILE` wrote"
            raise ConfigError(f"this is no report of a simulation: it has no {missing[0]}", hint=hint)
    return {
        "a": left["name"],
        "b": right["name"],
        "scenario": _list_differences(left["scenario"], right["scenario"]),
        "figures": {
            key: {"a": left[key], "b": right[key], "difference": _compute_difference(left["games"], right["games"], key)}
            for key in FIGURES
            if left[key] is not None or right[key] is not None
        },
    }


def list_rows(comparison: Mapping[str, Any]) -> list[dict[str, str]]:
    """The figures as rows of a table."""
    return [
        {
            "figure": key,
            "A": tell(its["a"]),
            "B": tell(its["b"]),
            "B − A": tell(its["difference"] and its["difference"]["mean"]),
            "95 % interval": tell_interval(its["difference"]),
        }
        for key, its in comparison["figures"].items()
    ]


def _list_differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    keys = sorted(left.keys() | right.keys())
    return {key: {"a": left.get(key), "b": right.get(key)} for key in keys if left.get(key) != right.get(key)}


def _compute_difference(
    left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]], key: str
) -> dict[str, Any] | None:
    """Of pairs of games with the same seed, which share their dice: their difference is surer than that of the means."""
    others = {(game["seed"], game["strategy"]): game[key] for game in left}
    pairs = [(others.get((game["seed"], game["strategy"])), game[key]) for game in right]
    differences = [after - before for before, after in pairs if before is not None and after is not None]
    return compute_interval(differences)._asdict() if differences else None
