"""The options of `starling task create`: what there is to learn, and every parameter of a task (R1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

YEAR_SECONDS = 365 * 86_400


def _count(help: str, *, least: int = 1, most: int = 65_000) -> Any:
    return typer.Option(help=help, min=least, max=most)


def _share(help: str) -> Any:
    return typer.Option(help=f"{help}, in basis points (1/10,000).", min=0, max=10_000)


def _time(help: str, *, least: int = 1) -> Any:
    return typer.Option(help=f"{help}, in seconds.", min=least, max=YEAR_SECONDS)


def _optional(help: str, metavar: str, **more: Any) -> Any:
    return typer.Option(help=help, metavar=metavar, show_default=False, **more)


_RULES = "mean, weighted_mean, median, trimmed_mean, multi_krum or centered_clipping."
Recipe = Annotated[str, typer.Option(help="What there is to learn: mnist, digits, or an installed plug-in.")]
Aggregation = Annotated[str, typer.Option(help=_RULES)]
AggregationOptions = Annotated[list[str] | None, _optional("Such as trim_bps=2500; may be repeated.", "NAME=NUMBER")]
Tolerance = Annotated[float, typer.Option(help="A loss so much above the best, as a fraction, is still good.", min=0, max=1)]
Epochs = Annotated[int | None, _optional("Passes over the data in a round. (default: the recipe's)", "N", min=1)]
BatchSize = Annotated[int | None, _optional("Samples a step. (default: the recipe's)", "N", min=1)]
LearningRate = Annotated[float | None, _optional("Of the optimizer. (default: the recipe's)", "X")]
LimitBytes = Annotated[int, typer.Option(help="No artifact may be larger.", min=1)]
Seed = Annotated[int, typer.Option(help="Of the first global model.", min=0)]

Rounds = Annotated[int, _count("How many rounds.")]
Proposers = Annotated[int, _count("Drawn in each round.", most=256)]
Voters = Annotated[int, _count("Drawn in each round; 0: all who do not propose.", least=0)]
MinParticipants = Annotated[int, _count("The task waits for so many.", least=2)]
MaxParticipants = Annotated[int, _count("No more may join.", least=2)]
MinStake = Annotated[str, typer.Option(help="In whole tokens.", metavar="AMOUNT")]
Pool = Annotated[str | None, _optional("Rewards to start with, in whole tokens.", "AMOUNT")]
QuorumBps = Annotated[int, _share("Of the drawn voters, how many must reveal")]
AbsentBps = Annotated[int, _share("Penalty for a duty not done")]
DivergentBps = Annotated[int, _share("Penalty for naming another aggregate than the winner")]
MinorityBps = Annotated[int, _share("Penalty for the wrong sign")]
RejectedBps = Annotated[int, _share("Penalty for proposers of a rejected round")]
SlasherBps = Annotated[int, _share("Of a penalty, what the slasher gets")]
TrainWindow = Annotated[int, _time("How long proposers have")]
CommitWindow = Annotated[int, _time("How long voters have to judge")]
RevealWindow = Annotated[int, _time("How long voters have to reveal")]
ExitDelay = Annotated[int, _time("Between leaving and withdrawing", least=0)]
StallTimeout = Annotated[int, _time("After so long without a step anyone may close the task", least=3600)]
Admit = Annotated[Path | None, _optional("Only these accounts may join; one address a line.", "FILE")]
Proofs = Annotated[Path | None, _optional("Where to write their proofs. (default: FILE.proofs.json)", "FILE")]
TokenAddress = Annotated[str | None, _optional("What is staked and paid. (default: deployed on the chain)", "ADDRESS")]
BeaconAddress = Annotated[str | None, _optional("Where seeds come from. (default: deployed on the chain)", "ADDRESS")]
