"""`starling demo`: a whole task on this machine, from stake to withdrawal."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from orchestrator.adapters.processes import Interrupted, interruptible
from orchestrator.config import ROOT
from orchestrator.errors import Fatal, StarlingError

FOLDERS = Path(".starling") / "demo"
INTERRUPTED = 130
"""What a shell shows for a command that Ctrl-C ended."""


def demo(
    nodes: Annotated[int, typer.Option("--nodes", help="How many nodes, each a process with a key of its own.")] = 8,
    rounds: Annotated[int, typer.Option("--rounds", help="How many rounds.")] = 5,
    malicious: Annotated[
        int | None,
        typer.Option(
            "--malicious",
            help="How many of the nodes train on flipped labels and lie. (default: 2, or as many as an honest majority allows)",
        ),
    ] = None,
    recipe: Annotated[str, typer.Option("--recipe", help="What is learned: mnist, digits or an installed recipe.")] = "mnist",
    seed: Annotated[int, typer.Option("--seed", help="Of the data's partition and the first model.")] = 0,
    proposers: Annotated[
        int | None, typer.Option("--proposers", help="Drawn per round. (default: three tenths of the nodes)")
    ] = None,
    alpha: Annotated[
        float | None, typer.Option("--alpha", help="Dirichlet: the smaller, the less alike the nodes' data. (default: alike)")
    ] = None,
    store: Annotated[Literal["local", "ipfs"], typer.Option("--store", help="A shared folder, or a Kubo daemon.")] = "local",
    port: Annotated[int | None, typer.Option("--port", help="Of the chain. (default: a free one)")] = None,
    report: Annotated[Path, typer.Option("--report", metavar="FILE", help="Where the JSON report goes.")] = Path(
        "build/demo-report.json"
    ),
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="Write what the screen shows as an SVG.", show_default=False),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the chain running, and the nodes' folder, at the end.")] = False,
) -> None:
    """Run a whole task on this machine: real contracts on a real chain, real nodes, real data that no two nodes share.

    Exit code 0 only if all rounds settled, everybody withdrew and the tokens add up to the wei.
    """
    console, started = Console(), time.monotonic()
    try:
        with interruptible(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            from orchestrator.demo.plan import Plan  # torch takes seconds to load
            from orchestrator.demo.play import SETUP_STEPS, play
            from orchestrator.terminal.screen import Screen

            plan = Plan(
                nodes=nodes, rounds=rounds, malicious=malicious, recipe=recipe, seed=seed, proposers=proposers, alpha=alpha,
                store=store, port=port, keep=keep, report=report.absolute(),
                picture=picture.absolute() if picture else None,
            )  # fmt: skip
            plan.check()
            with _folder() as folder:
                if failures := play(plan, folder, Screen(console, steps=SETUP_STEPS)):
                    raise Fatal("; ".join(failures), hint=f"see the report, {plan.report}")
    except Interrupted as interrupted:
        console.print(f"{interrupted}: everything that was started has ended", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
    if keep:
        console.print(f"folder of the nodes, their keys, data and logs: {folder}", highlight=False, soft_wrap=True)
    else:
        shutil.rmtree(folder)
    console.print(f"{time.monotonic() - started:.0f} s; report: {plan.report}", highlight=False, soft_wrap=True)


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder in the checkout. Raises Fatal if there is no checkout; names the folder in the hint of what goes wrong."""
    if not (ROOT / "brownie-config.yaml").exists():
        raise Fatal("the demo needs the checkout: contracts, scripts and data", hint="clone the repository and run `make demo`")
    folder = ROOT / FOLDERS / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    except Interrupted:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except StarlingError as error:
        error.hint = "; ".join(filter(None, [error.hint, f"logs of the chain and of the nodes are in {folder}"]))
        raise
