"""`starling task`: list and show tasks, fund them, end them."""

from __future__ import annotations

from typing import Any

import typer

from orchestrator.adapters.chain.addresses import NOBODY, to_address
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.cli.create import create
from orchestrator.cli.options import CHAIN, KEY, AccountOption, AmountArgument, TaskArgument
from orchestrator.cli.session import Session, takes
from orchestrator.cli.task_document import compose_account, compose_dangers, compose_parameters, compose_task
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.protocol.types import Address
from orchestrator.terminal.documents import show_rows
from orchestrator.wiring.task import check_balance

app = typer.Typer(no_args_is_help=True, help="Create tasks, see them, fund them, end them.")
app.command()(create)


@app.command("list")
@takes(*CHAIN, "as_json")
def list_(session: Session) -> None:
    """List the tasks of the task manager, oldest first."""
    lens = session.manager.get_lens()
    rows = [_compose_row(session.rpc, address, lens) for address in session.manager.list_tasks()]
    show_rows(rows, as_json=session.as_json, nothing=f"the manager {session.manager.address} has made no task yet")


@app.command()
@takes("keystore", *CHAIN, "as_json")
def show(session: Session, task: TaskArgument, account: AccountOption = None) -> None:
    """Show where a task is, its parameters with what is dangerous of them, and what an account does and has in it.

    Needs no password."""
    opened = session.open_task(task)
    who = to_address(account) if account else session.find_own_account()
    view = opened.reader.read_view(who or NOBODY)
    document = compose_task(opened.reader, view, opened.token)
    document["you"] = compose_account(who, view, opened.token) if who else None
    parameters = opened.reader.parameters
    document["parameters"] = compose_parameters(parameters, opened.token)
    session.show(document | {"dangers": compose_dangers(parameters)})


@app.command()
@takes(*KEY, *CHAIN, "as_json")
def fund(session: Session, task: TaskArgument, amount: AmountArgument) -> None:
    """Add to the reward pool of a task."""
    opened = session.open_task(task, is_paying=True)
    amount_wei = parse_amount(amount, opened.token.decimals)
    check_balance(session.rpc, opened.token, amount_wei)
    session.show_act("fund", opened, opened.fund(amount_wei), amount=amount)


@app.command()
@takes(*KEY, *CHAIN, "as_json")
def cancel(session: Session, task: TaskArgument) -> None:
    """Call your own task off, before its first draw. Stakes and pool can then be taken back."""
    opened = session.open_task(task)
    session.show_act("cancel", opened, opened.cancel())


@app.command()
@takes(*KEY, *CHAIN, "as_json")
def close(session: Session, task: TaskArgument) -> None:
    """Close a task that has stood still for its stall timeout. Stakes can then be taken back."""
    opened = session.open_task(task)
    session.show_act("close", opened, opened.close())


@app.command()
@takes(*KEY, *CHAIN, "as_json")
def refund(session: Session, task: TaskArgument) -> None:
    """Send what is left of the pool to the task's creator, once the task is over."""
    opened = session.open_task(task)
    session.show_act("refund", opened, opened.refund())


def _compose_row(rpc: Rpc, address: Address, lens: Address) -> dict[str, Any]:
    opened = TaskActs(TaskReader(rpc, address, lens))
    view, token = opened.reader.read_view(NOBODY), opened.token
    return {
        "task": address,
        "phase": view.phase.name.lower(),
        "round": view.round,
        "rounds": view.rounds,
        "members": view.member_count,
        "pool": format_amount(view.pool, token.decimals),
        "min_stake": format_amount(opened.reader.parameters.min_stake, token.decimals),
        "token": token.symbol,
    }
