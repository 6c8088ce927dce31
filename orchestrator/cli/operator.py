"""`starling operator`: name a key that may act in rounds for an account, and can never move its money (R6a)."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.cli.options import CHAIN, KEY, TaskArgument
from orchestrator.cli.session import Session, takes
from orchestrator.errors import ConfigError
from orchestrator.protocol.types import NO_ACCOUNT

NOBODY = "none"
app = typer.Typer(no_args_is_help=True, help="Name a key that acts for you in rounds, and cannot move your money.")


@app.callback()
def group() -> None:
    """A group, although it has one command so far."""


@app.command("set")
@takes(*KEY, *CHAIN, "as_json")
def set_(
    session: Session,
    task: TaskArgument,
    operator: Annotated[str, typer.Argument(metavar="ADDRESS|none", help="The operator, or none.", show_default=False)],
) -> None:
    """Name the operator of your account in a task, in place of whoever was; `none`: you alone act again.

    It may train, vote and send what is due to your own address: `starling node run TASK --account YOURS` with its key.
    """
    named = None if operator == NOBODY else to_address(operator)
    if named == NO_ACCOUNT:
        raise ConfigError("the zero address is nobody's", hint=f"say `{NOBODY}` to act alone again")
    if named == session.account:
        raise ConfigError(f"{named} is the account itself", hint=f"name another key, or `{NOBODY}`")
    opened = session.open_task(task)
    session.show_act("set operator", opened, opened.set_operator(named), account=session.account, operator=named)
