"""The options of `starling task create`: what is learned, who is accused, who may join, and each parameter of a task (R1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from orchestrator.cli.session import Session, set_signature
from orchestrator.learning.definition import Definition, Doubt, TrimmedMean, Verdict
from orchestrator.protocol.amounts import COIN_DECIMALS, format_amount
from orchestrator.protocol.parameters import PARAMETERS, Parameters, Unit
from orchestrator.wiring.publish import compose_definition, parse_aggregation


def _optional(help: str, metavar: str, **more: Any) -> Any:
    return typer.Option(help=help, metavar=metavar, show_default=False, **more)


def _judging(fields: type[Verdict | Doubt], name: str, *, before: str = "") -> Any:
    """An option for a field of the definition's verdict, in its own words."""
    known = fields.model_fields[name]
    default = " (default: not asked)" if fields is Doubt else f" (default: {known.default})"
    help = f"{before}{known.description}.{default}"
    return typer.Option(help=help[0].upper() + help[1:], metavar="X", show_default=False, min=0, rich_help_panel=_JUDGING)


_JUDGING: Final = "When a voter accuses an update"


_RULES = "mean, weighted_mean, median, trimmed_mean, multi_krum or centered_clipping."
Recipe = Annotated[str, typer.Option(help="What there is to learn: mnist, digits, or another installed recipe.")]
Aggregation = Annotated[str, typer.Option(help=_RULES)]
AggregationOptions = Annotated[
    list[str] | None, _optional(f"Such as trim_bps={TrimmedMean().trim_bps}; may be repeated.", "NAME=NUMBER")
]
Tolerance = Annotated[
    float | None,
    _optional("A loss so much above the best, as a fraction, is still good. (default: the recipe's)", "X", min=0, max=100),
]
LossFloor = Annotated[
    float | None,
    _optional("A lower loss counts as this one where harm is measured. (default: the recipe's)", "X", min=0, max=1e6),
]
Theta = Annotated[float | None, _judging(Verdict, "theta")]
CopyShare = Annotated[float | None, _judging(Verdict, "copy_share")]
IdleShare = Annotated[float | None, _judging(Verdict, "idle_share")]
GrossFactor = Annotated[float | None, _judging(Verdict, "gross_factor")]
DoubtCosine = Annotated[float | None, _judging(Doubt, "cosine", before="does nothing: ")]
DoubtRatio = Annotated[float | None, _judging(Doubt, "ratio", before="does nothing: ")]
Passes = Annotated[int | None, _optional("Passes over the data in a round. (default: the recipe's)", "N", min=1)]
BatchSize = Annotated[int | None, _optional("Samples a step. (default: the recipe's)", "N", min=1)]
LearningRate = Annotated[float | None, _optional("Of the optimizer. (default: the recipe's)", "X")]
LimitBytes = Annotated[int, typer.Option(help="No artifact may be larger.", min=1)]
Seed = Annotated[int, typer.Option(help="Of the first global model.", min=0)]

Pool = Annotated[str | None, _optional("Rewards to start with, in whole tokens.", "AMOUNT")]
Admit = Annotated[Path | None, _optional("Only these accounts may join; one address a line.", "FILE")]
Proofs = Annotated[Path | None, _optional("Where to write their proofs. (default: FILE.proofs.json)", "FILE")]
TokenAddress = Annotated[str | None, _optional("What is staked and paid. (default: deployed on the chain)", "ADDRESS")]
BeaconAddress = Annotated[str | None, _optional("Where seeds come from. (default: deployed on the chain)", "ADDRESS")]

_UNITS: Final = {
    Unit.WEI: ". In whole tokens.",
    Unit.COUNT: ".",
    Unit.BPS: ". In basis points (1/10,000).",
    Unit.SECONDS: ". In seconds.",
}
"""How a parameter's help ends. Addresses and digests are not typed: they come of other options."""
NUMBERS: Final = tuple(name for name, parameter in PARAMETERS.items() if parameter.unit in _UNITS)


@dataclass(frozen=True)
class Learned:
    """What is learned, and who is accused. Each field is an option."""

    recipe: Recipe = "mnist"
    aggregation: Aggregation = "trimmed_mean"
    aggregation_option: AggregationOptions = None
    tolerance: Tolerance = None
    loss_floor: LossFloor = None
    theta: Theta = None
    copy_share: CopyShare = None
    idle_share: IdleShare = None
    gross_factor: GrossFactor = None
    doubt_cosine: DoubtCosine = None
    doubt_ratio: DoubtRatio = None
    epochs: Passes = None
    batch_size: BatchSize = None
    learning_rate: LearningRate = None
    limit_bytes: LimitBytes = 8 << 20

    def compose(self) -> Definition:
        """What was not chosen is the recipe's, or the format's. Raises DefinitionError or ConfigError."""
        doubt = _drop_none(cosine=self.doubt_cosine, ratio=self.doubt_ratio)
        return compose_definition(
            self.recipe,
            hyper_parameters=_drop_none(epochs=self.epochs, batch_size=self.batch_size, learning_rate=self.learning_rate),
            aggregation=parse_aggregation(self.aggregation, self.aggregation_option or []),
            limit_bytes=self.limit_bytes,
            verdict=_drop_none(
                theta=self.theta,
                copy_share=self.copy_share,
                idle_share=self.idle_share,
                gross_factor=self.gross_factor,
                doubt=doubt or None,
            ),
            **_drop_none(tolerance=self.tolerance, loss_floor=self.loss_floor),
        )


def _drop_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


LEARNED: Final = tuple(signature(Learned, eval_str=True).parameters.values())


def takes_choices(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Learned`, and one for each parameter that is a number. It is called with both after its
    session."""

    @wraps(command)
    def run(session: Session, **values: Any) -> None:
        learned = Learned(**{option.name: values.pop(option.name) for option in LEARNED})
        command(session, learned, {name: values.pop(name) for name in NUMBERS}, **values)

    its_session, _, _, *own = signature(command, eval_str=True).parameters.values()
    set_signature(run, [its_session, *LEARNED, *own, *map(_make_option, NUMBERS)])
    return run


def _make_option(name: str) -> Parameter:
    known, default = PARAMETERS[name], getattr(Parameters, name)
    look: dict[str, Any] = {"help": known.help + _UNITS[known.unit], "rich_help_panel": "Parameters of the task"}
    annotation: Any = Annotated[int, typer.Option(min=known.least, max=known.most, **look)]
    if known.unit is Unit.WEI:
        annotation, default = Annotated[str, typer.Option(metavar="AMOUNT", **look)], format_amount(default, COIN_DECIMALS)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
