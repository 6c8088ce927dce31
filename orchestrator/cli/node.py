"""`starling node`: run a node, or check that one could run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.options import CHAIN, KEY, TaskArgument, setting
from orchestrator.cli.session import Session, takes
from orchestrator.errors import ConfigError
from orchestrator.settings import SETTINGS
from orchestrator.telemetry.log import Format
from orchestrator.terminal.documents import show_checks
from orchestrator.wiring.node import run_node
from orchestrator.wiring.options import NodeOptions
from orchestrator.wiring.preflight import Preflight

app = typer.Typer(no_args_is_help=True, help="Run a node, or check that one could run.")
DataOption = Annotated[Path | None, setting("data")]
AccountOption = Annotated[str | None, setting("account")]
StateOption = Annotated[Path | None, setting("state")]
WsOption = Annotated[str | None, setting("ws")]
ThreadsOption = Annotated[int | None, setting("threads", min=1)]
TurnOption = Annotated[int | None, setting("turn", min=0)]
MarginOption = Annotated[int | None, setting("margin", min=0)]
LeaveAfterOption = Annotated[int | None, setting("leave_after", min=0)]
PollOption = Annotated[float | None, setting("poll", min=0.1)]
LogOption = Annotated[Format | None, setting("log")]
MetricsOption = Annotated[str | None, setting("metrics")]
NO_WITHDRAW = f"Leave stake and rewards in the task at its end. ({SETTINGS['withdraw'].variable}=false)"
NoWithdrawOption = Annotated[bool, typer.Option("--no-withdraw", help=NO_WITHDRAW)]


@app.command()
@takes(*KEY, "store", *CHAIN)
def run(
    session: Session,
    task: TaskArgument,
    data: DataOption = None,
    account: AccountOption = None,
    state: StateOption = None,
    ws: WsOption = None,
    threads: ThreadsOption = None,
    turn: TurnOption = None,
    margin: MarginOption = None,
    leave_after: LeaveAfterOption = None,
    poll: PollOption = None,
    log: LogOption = None,
    metrics: MetricsOption = None,
    no_withdraw: NoWithdrawOption = False,
) -> None:
    """Run a node of a task until the task is over and everything is withdrawn, or until it is told to stop (Ctrl-C)."""
    chosen = session.settings.chosen
    options = NodeOptions(
        session.settings,
        session.connection,
        task,
        _find_data(session, data),
        session.store,
        account=account or chosen.account,
        state=state or chosen.state,
        ws=ws or chosen.ws,
        threads=threads or chosen.threads,
        turn_seconds=chosen.turn if turn is None else turn,
        margin_seconds=chosen.margin if margin is None else margin,
        leave_after=chosen.leave_after if leave_after is None else leave_after,
        poll_seconds=poll or chosen.poll,
        withdraws=chosen.withdraw and not no_withdraw,
        log_format=log or chosen.log,
        metrics=chosen.metrics if metrics is None else metrics,
    )
    run_node(options, ask=session.ask)


@app.command()
@takes(*KEY, "store", *CHAIN, "as_json")
def check(session: Session, task: TaskArgument, data: DataOption = None, account: AccountOption = None) -> None:
    """Check everything that a node needs, without acting. Exit code 1 if anything is missing."""
    account = account or session.settings.chosen.account
    found = _find_data(session, data)
    options = NodeOptions(session.settings, session.connection, task, found, session.store, account=account)
    checks = list(Preflight(options, ask=session.ask).check())
    show_checks(checks, as_json=session.as_json)
    if not all(done["is_ok"] for done in checks):
        raise typer.Exit(1)


def _find_data(session: Session, named: Path | None) -> Path:
    data = named or session.settings.chosen.data
    if data is None:
        hint = "name a file with --data, or `data` in the settings' file"
        raise ConfigError("a node needs data of its own", hint=hint)
    return data
