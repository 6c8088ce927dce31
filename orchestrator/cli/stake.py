"""`starling stake`, `leave`, `withdraw`, `claim`, `slash`: an account's own acts in a task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.adapters.chain.rpc import to_address
from orchestrator.cli.admission import read_proof
from orchestrator.cli.options import (
    AmountArgument,
    ChainOption,
    JsonOption,
    KeystoreOption,
    ManagerOption,
    PasswordOption,
    RpcOption,
    TaskArgument,
    ToOption,
)
from orchestrator.errors import ChainError
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.terminal.documents import show_receipt, show_receipts
from orchestrator.wiring.parts import Connection, OpenTask, check_balance, open_task


def stake(
    ctx: typer.Context,
    task: TaskArgument,
    amount: AmountArgument,
    top_up: Annotated[bool, typer.Option("--top-up", help="Add to the stake of a member.")] = False,
    proof: Annotated[
        Path | None, typer.Option("--proof", metavar="FILE", help="Proofs of who is admitted, from the task's creator.")
    ] = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    manager: ManagerOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join a task by putting up a stake, or add to it. It counts from the next draw on."""
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file, manager), task, is_paying=True)
    amount_wei = parse_amount(amount, opened.token.decimals)
    is_member = opened.reader.read_view(opened.account).is_member
    if is_member and not top_up:
        raise ChainError(f"{opened.account} is a member of the task already", hint="add to its stake with --top-up")
    if top_up and not is_member:
        raise ChainError(f"{opened.account} is not a member of the task", hint="join it: leave --top-up out")
    check_balance(opened.rpc, opened.token, amount_wei)
    if top_up:
        receipt = opened.member.top_up(amount_wei)
    else:
        receipt = opened.member.join(amount_wei, read_proof(proof, opened.account) if proof else [])
    act = "top up" if top_up else "join"
    show_receipt(act, opened.reader.address, receipt, {"account": opened.account, "amount": amount}, as_json=as_json)


def leave(
    ctx: typer.Context,
    task: TaskArgument,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave a task: be drawn no more. Duties of rounds that are drawn already remain."""
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    show_receipt("leave", opened.reader.address, opened.member.leave(), {"account": opened.account}, as_json=as_json)


def withdraw(
    ctx: typer.Context,
    task: TaskArgument,
    to: ToOption = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take stake and rewards back, after leaving or once the task is over, when the exit delay has passed."""
    receiver = to_address(to) if to else None
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    receipt = opened.member.withdraw(receiver or opened.account)
    values = {"account": opened.account, **_tell_paid(opened, receipt, "Withdrawn")}
    show_receipt("withdraw", opened.reader.address, receipt, values, as_json=as_json)


def claim(
    ctx: typer.Context,
    task: TaskArgument,
    to: ToOption = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the rewards of all settled rounds; the stake stays."""
    receiver = to_address(to) if to else None
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    receipt = opened.member.claim(receiver or opened.account)
    values = {"account": opened.account, **_tell_paid(opened, receipt, "Claimed")}
    show_receipt("claim", opened.reader.address, receipt, values, as_json=as_json)


def slash(
    ctx: typer.Context,
    task: TaskArgument,
    round: Annotated[int, typer.Argument(metavar="ROUND", help="A settled round.", min=1, show_default=False)],
    accounts: Annotated[
        list[str] | None, typer.Argument(metavar="[ACCOUNT]...", help="Without any: all who owe.", show_default=False)
    ] = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report participants that broke a rule in a settled round, and earn the slasher's share of their penalties."""
    named = [to_address(account) for account in accounts or []]
    opened = open_task(ctx.obj, Connection(rpc, chain_id, keystore, password_file), task)
    owing = named or opened.reader.read_penalised(round)
    receipts = opened.member.slash(round, owing)
    values = {"round": round, "accounts": owing}
    show_receipts("slash", opened.reader.address, receipts, values, as_json=as_json)


def _tell_paid(opened: OpenTask, receipt: Any, name: str) -> dict[str, str]:
    """To whom, and how much of what, in whole tokens: the arguments of the event `name`."""
    events = opened.rpc.read_events(opened.reader.contract, receipt)
    paid = next(event["args"] for event in events if event["event"] == name)
    amounts = {name: value for name, value in paid.items() if isinstance(value, int)}
    return {"to": paid["to"]} | {name: format_amount(value, opened.token.decimals) for name, value in amounts.items()}
