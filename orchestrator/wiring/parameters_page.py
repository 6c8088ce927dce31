"""What can a task's creator choose, and what is dangerous of it? `python -m orchestrator.wiring.parameters_page` prints
docs/parameters.md, from the parameters' one definition, the model definition's fields and the list of dangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from orchestrator.learning.definition import (
    CenteredClipping,
    Definition,
    Doubt,
    HyperParameters,
    MultiKrum,
    TrimmedMean,
    Verdict,
)
from orchestrator.protocol.amounts import COIN_DECIMALS, format_amount
from orchestrator.protocol.parameters import PARAMETERS, Parameters, Unit
from orchestrator.wiring.dangers import DANGERS

_SECTIONS: Final[tuple[tuple[str, type[BaseModel], tuple[str, ...]], ...]] = (
    ("hyper_parameters.", HyperParameters, ()),
    ("trimmed_mean: ", TrimmedMean, ("rule",)),
    ("multi_krum: ", MultiKrum, ("rule",)),
    ("centered_clipping: ", CenteredClipping, ("rule",)),
    ("verdict.", Verdict, ("doubt",)),
    ("verdict.doubt.", Doubt, ()),
    ("", Definition, ("format", "recipe", "hyper_parameters", "aggregation", "verdict", "metric")),
)
"""Prefix, fields, and those of them that have no number."""
_SHORT: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def compose_page() -> str:
    """The page for creators of tasks, and for who thinks of staking in one."""
    parameters = [_compose_parameter(name) for name in PARAMETERS]
    fields = [_compose_field(prefix + name, field) for prefix, name, field in _iterate_fields()]
    dangers = [f"| `{danger.name}` | {danger.when} | {danger.why} |" for danger in DANGERS]
    return "\n".join([*_HEAD, *parameters, *_DEFINITION, *fields, *_DANGEROUS, *dangers, ""])


def _compose_parameter(name: str) -> str:
    known = PARAMETERS[name]
    default = getattr(Parameters, name, None)
    tell = (lambda value: format_amount(value, COIN_DECIMALS)) if known.unit is Unit.WEI else (lambda value: f"{value:,}")
    cells = (_UNITS[known.unit], _tell_bounds(name, tell), _tell_default(known.unit, default, tell), known.help)
    return f"| `{name}` | {' | '.join(cells)} |"


def _tell_bounds(name: str, tell: Any) -> str:
    known = PARAMETERS[name]
    if known.unit in (Unit.ADDRESS, Unit.DIGEST):
        return "not zero" if known.least else ""
    if known.unit is Unit.WEI:  # in wei, and what is sensible depends on the token
        return "above 0" if known.least else ""
    bounds = f"{tell(known.least_if_any or known.least)} – {tell(known.most)}"
    return f"0, or {bounds}" if known.least_if_any else bounds


def _tell_default(unit: Unit, default: Any, tell: Any) -> str:
    if unit in (Unit.ADDRESS, Unit.DIGEST) or default is None:
        return ""
    return str(tell(default))


def _iterate_fields() -> Iterator[tuple[str, str, FieldInfo]]:
    for prefix, model, others in _SECTIONS:
        for name, field in model.model_fields.items():
            if name not in others:
                yield prefix, name, field


def _compose_field(name: str, field: FieldInfo) -> str:
    bounds = ", ".join(f"{_SHORT[kind]} {_shorten(value)}" for kind, value in _iterate_bounds(field))
    default = "" if field.is_required() else _shorten(field.default)
    help = (field.description or "").replace("|", r"\|")
    return f"| `{name}` | {bounds} | {default} | {help} |"


def _iterate_bounds(field: FieldInfo) -> Iterator[tuple[str, Any]]:
    for bound in field.metadata:
        yield from ((kind, getattr(bound, kind)) for kind in _SHORT if hasattr(bound, kind))


def _shorten(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


_UNITS: Final = {
    Unit.ADDRESS: "address",
    Unit.DIGEST: "digest",
    Unit.WEI: "tokens",
    Unit.COUNT: "",
    Unit.BPS: "1/10,000",
    Unit.SECONDS: "seconds",
}
_HEAD: Final = (
    "# What a task's creator chooses",
    "",
    "Nobody can change any of it afterwards (R2). Each is an option of `starling task create`, with hyphens for underscores;",
    "`starling task show` tells them, and what is dangerous of them, before anybody stakes.",
    "",
    "Made from the code by `python -m orchestrator.wiring.parameters_page >docs/parameters.md`.",
    "",
    "## Parameters of the task, on chain",
    "",
    "The manager refuses a task that could not run, or in which one account could decide alone: besides these bounds,",
    "`min_participants` must be at least twice the `proposers` and one, and no more than `max_participants`. With all members,",
    "three in ten should propose: 2 of 7, 6 of 20.",
    "",
    "| name | unit | bounds | default | |",
    "|---|---|---|---|---|",
)
_DEFINITION: Final = (
    "",
    "## The model definition, in the store",
    "",
    "A JSON document whose digest is on chain. `--tolerance`, `--loss-floor` and the hyper-parameters are by default what the",
    "recipe's authors found to work; the rule (`--aggregation`) is the trimmed mean, and its own numbers go into",
    "`--aggregation-option`. The other rules are mean, weighted_mean and median, which have none.",
    "",
    "| field | bounds | default | |",
    "|---|---|---|---|",
)
_DANGEROUS: Final = (
    "",
    "## What is dangerous",
    "",
    "The manager takes these all the same: a creator may have its reasons. `starling task create` warns of each.",
    "",
    "| name | dangerous when | because |",
    "|---|---|---|",
)


if __name__ == "__main__":
    print(compose_page(), end="")
