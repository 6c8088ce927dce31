"""`starling demo`: a whole task on this machine, from stake to withdrawal."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from orchestrator.adapters.processes import Interrupted, interruptible

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
        int | None,
        typer.Option(
            "--proposers", help="Drawn per round. (default: three tenths of the nodes; with --alpha, three where nodes allow)"
        ),
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
    try:
        with interruptible(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            from orchestrator.demo.plan import Plan  # torch takes seconds to load
            from orchestrator.demo.play import play

            play(
                Plan(
                    nodes=nodes, rounds=rounds, malicious=malicious, recipe=recipe, seed=seed, proposers=proposers, alpha=alpha,
                    store=store, port=port, keep=keep, report=report.absolute(),
                    picture=picture.absolute() if picture else None,
                )
            )  # fmt: skip
    except Interrupted as interrupted:
        Console().print(f"{interrupted}: everything that was started has ended", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
