"""`starling node`: run a node, or check that one could run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.options import CHAIN, KEY, ForOption, TaskArgument
from orchestrator.cli.session import Session, takes
from orchestrator.telemetry.log import Format
from orchestrator.terminal.documents import show_checks
from orchestrator.wiring.node import run_node
from orchestrator.wiring.options import NodeOptions
from orchestrator.wiring.preflight import Preflight

app = typer.Typer(no_args_is_help=True, help="Run a node, or check that one could run.")
DataOption = Annotated[
    Path,
    typer.Option(
        "--data", metavar="FILE", help="Your own data: a safetensors file with inputs and labels.", show_default=False
    ),
]


@app.command()
@takes(*KEY, "store", *CHAIN)
def run(
    session: Session,
    task: TaskArgument,
    data: DataOption,
    account: ForOption = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where notes are kept. (default: ~/.starling/state)")
    ] = None,
    ws: Annotated[
        str | None, typer.Option("--ws", metavar="URL", help="WebSocket endpoint for events. (default: --rpc with ws:)")
    ] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Threads to train with. (default: all cores)", min=1)] = None,
    turn_seconds: Annotated[
        int,
        typer.Option(
            "--turn", help="Seconds to wait for each whose turn is first; three blocks where they take longer.", min=0
        ),
    ] = NodeOptions.turn_seconds,
    margin_seconds: Annotated[
        int,
        typer.Option(
            "--margin",
            help="Seconds before a vote's deadline, at least, after which missing updates are left out.",
            min=0,
        ),
    ] = NodeOptions.margin_seconds,
    leave_after: Annotated[
        int,
        typer.Option("--leave-after", help="Leave after so many rounds without a usable global model; 0: never.", min=0),
    ] = NodeOptions.leave_after,
    poll_seconds: Annotated[
        float, typer.Option("--poll", help="Seconds between looks when no event comes.", min=0.1)
    ] = NodeOptions.poll_seconds,
    log_format: Annotated[
        Format, typer.Option("--log", help="json: one document a line; text: for people.")
    ] = NodeOptions.log_format,
    metrics: Annotated[
        str | None,
        typer.Option("--metrics", metavar="[HOST:]PORT", help="Answer to Prometheus there, with /healthz and /readyz."),
    ] = None,
    no_withdraw: Annotated[bool, typer.Option("--no-withdraw", help="Leave stake and rewards in the task at its end.")] = False,
) -> None:
    """Run a node of a task until the task is over and everything is withdrawn, or until it is told to stop (Ctrl-C)."""
    options = NodeOptions(
        session.settings,
        session.connection,
        task,
        data,
        session.store,
        account=account,
        state=state,
        ws=ws,
        threads=threads,
        turn_seconds=turn_seconds,
        margin_seconds=margin_seconds,
        leave_after=leave_after,
        poll_seconds=poll_seconds,
        withdraws=not no_withdraw,
        log_format=log_format,
        metrics=metrics,
    )
    run_node(options, ask=session.ask)


@app.command()
@takes(*KEY, "store", *CHAIN, "as_json")
def check(session: Session, task: TaskArgument, data: DataOption, account: ForOption = None) -> None:
    """Check everything that a node needs, without acting. Exit code 1 if anything is missing."""
    options = NodeOptions(session.settings, session.connection, task, data, session.store, account=account)
    checks = list(Preflight(options, ask=session.ask).check())
    show_checks(checks, as_json=session.as_json)
    if not all(done["is_ok"] for done in checks):
        raise typer.Exit(1)
