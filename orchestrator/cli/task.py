"""`starling task`: list and show tasks, fund them, end them."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.adapters.chain.rpc import NOBODY, to_address
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.adapters.keystore import read_address
from orchestrator.cli.create import create
from orchestrator.cli.describe import compose_account, compose_parameters, compose_task
from orchestrator.cli.options import (
    AmountArgument,
    ChainOption,
    JsonOption,
    KeystoreOption,
    ManagerOption,
    PasswordOption,
    RpcOption,
    TaskArgument,
)
from orchestrator.config import Settings
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.terminal.documents import show_document, show_receipt, show_rows
from orchestrator.wiring.parts import Connection, check_balance, connect, find_manager, open_task

app = typer.Typer(no_args_is_help=True, help="Create tasks, see them, fund them, end them.")
app.command()(create)


@app.command("list")
def list_(
    ctx: typer.Context,
    manager: ManagerOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tasks of the task manager, oldest first."""
    settings: Settings = ctx.obj
    endpoint = connect(settings, rpc, chain_id)
    found = find_manager(settings, endpoint, manager)
    rows = []
    for address in found.list_tasks():
        reader = TaskReader(endpoint, address)
        view, token = reader.read_view(NOBODY), Token(endpoint, reader.parameters.token)
        row = {"task": address, "phase": view.phase.name.lower(), "round": view.round, "rounds": view.rounds}
        row |= {"members": view.member_count, "pool": format_amount(view.pool, token.decimals)}
        rows.append(row | {"min_stake": format_amount(reader.parameters.min_stake, token.decimals), "token": token.symbol})
    show_rows(rows, as_json=as_json, nothing=f"the manager {found.address} has made no task yet")


@app.command()
def show(
    ctx: typer.Context,
    task: TaskArgument,
    account: Annotated[str | None, typer.Option("--account", metavar="ADDRESS", help="Whose part to show.")] = None,
    keystore: KeystoreOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where a task is, its parameters, and what an account does and has in it. Needs no password."""
    settings: Settings = ctx.obj
    endpoint = connect(settings, rpc, chain_id)
    reader = TaskReader(endpoint, task)
    token = Token(endpoint, reader.parameters.token)
    path = keystore or (settings.keystore if settings.keystore.exists() else None)
    who = to_address(account) if account else to_address(read_address(path)) if path else None
    view = reader.read_view(who or NOBODY)
    document = compose_task(reader, view, token)
    document["you"] = compose_account(who, view, token) if who else None
    show_document(document | {"parameters": compose_parameters(reader.parameters, token)}, as_json=as_json)


@app.command()
def fund(
    ctx: typer.Context,
    task: TaskArgument,
    amount: AmountArgument,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    manager: ManagerOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add to the reward pool of a task."""
    connection = Connection(rpc, chain_id, keystore, password_file, manager)
    opened = open_task(ctx.obj, connection, task, is_paying=True)
    amount_wei = parse_amount(amount, opened.token.decimals)
    check_balance(opened.rpc, opened.token, amount_wei)
    receipt = opened.member.fund(amount_wei)
    show_receipt("fund", opened.reader.address, receipt, {"amount": amount}, as_json=as_json)


@app.command()
def cancel(
    ctx: typer.Context,
    task: TaskArgument,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call your own task off, before its first draw. Stakes and pool can then be taken back."""
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    show_receipt("cancel", opened.reader.address, opened.member.cancel(), {}, as_json=as_json)


@app.command()
def close(
    ctx: typer.Context,
    task: TaskArgument,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a task that has stood still for its stall timeout. Stakes can then be taken back."""
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    show_receipt("close", opened.reader.address, opened.member.close(), {}, as_json=as_json)


@app.command()
def refund(
    ctx: typer.Context,
    task: TaskArgument,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send what is left of the pool to the task's creator, once the task is over."""
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    show_receipt("refund", opened.reader.address, opened.member.refund(), {}, as_json=as_json)
