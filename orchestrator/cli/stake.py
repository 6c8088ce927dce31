"""`starling stake`, `leave`, `withdraw`, `claim`, `slash`: an account's own acts in a task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.adapters.chain.rpc import to_address
from orchestrator.cli.admission import read_proof
from orchestrator.cli.options import CHAIN, KEY, AmountArgument, TaskArgument, ToOption
from orchestrator.cli.session import Session, takes
from orchestrator.effects import SLASH_BATCH
from orchestrator.errors import ChainError
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.wiring.task import OpenTask, check_balance


@takes(*KEY, *CHAIN, "as_json")
def stake(
    session: Session,
    task: TaskArgument,
    amount: AmountArgument,
    top_up: Annotated[bool, typer.Option("--top-up", help="Add to the stake of a member.")] = False,
    proof: Annotated[
        Path | None, typer.Option("--proof", metavar="FILE", help="Proofs of who is admitted, from the task's creator.")
    ] = None,
) -> None:
    """Join a task by putting up a stake, or add to it. It counts from the next draw on."""
    opened = session.open_task(task, is_paying=True)
    amount_wei = parse_amount(amount, opened.token.decimals)
    _check_membership(opened, is_wanted=top_up)
    check_balance(opened.rpc, opened.token, amount_wei)
    if top_up:
        receipt = opened.member.top_up(amount_wei)
    else:
        receipt = opened.member.join(amount_wei, read_proof(proof, opened.account) if proof else [])
    session.show_act("top up" if top_up else "join", opened, receipt, account=opened.account, amount=amount)


@takes(*KEY, *CHAIN, "as_json")
def leave(session: Session, task: TaskArgument) -> None:
    """Leave a task: be drawn no more. Duties of rounds that are drawn already remain."""
    opened = session.open_task(task)
    session.show_act("leave", opened, opened.member.leave(), account=opened.account)


@takes(*KEY, *CHAIN, "as_json")
def withdraw(session: Session, task: TaskArgument, to: ToOption = None) -> None:
    """Take stake and rewards back, after leaving or once the task is over, when the exit delay has passed."""
    receiver = to_address(to) if to else None
    opened = session.open_task(task)
    receipt = opened.member.withdraw(receiver or opened.account)
    session.show_act("withdraw", opened, receipt, account=opened.account, **_tell_paid(opened, receipt, "Withdrawn"))


@takes(*KEY, *CHAIN, "as_json")
def claim(session: Session, task: TaskArgument, to: ToOption = None) -> None:
    """Take the rewards of all settled rounds; the stake stays."""
    receiver = to_address(to) if to else None
    opened = session.open_task(task)
    receipt = opened.member.claim(receiver or opened.account)
    session.show_act("claim", opened, receipt, account=opened.account, **_tell_paid(opened, receipt, "Claimed"))


@takes(*KEY, *CHAIN, "as_json")
def slash(
    session: Session,
    task: TaskArgument,
    round: Annotated[int, typer.Argument(metavar="ROUND", help="A settled round.", min=1, show_default=False)],
    accounts: Annotated[
        list[str] | None, typer.Argument(metavar="[ACCOUNT]...", help="Without any: all who owe.", show_default=False)
    ] = None,
) -> None:
    """Report participants that broke a rule in a settled round, and earn the slasher's share of their penalties."""
    named = [to_address(account) for account in accounts or []]
    opened = session.open_task(task)
    owing = named or opened.reader.read_penalised(round)
    batches = [owing[start : start + SLASH_BATCH] for start in range(0, len(owing), SLASH_BATCH)]
    receipts = [opened.member.slash(round, batch) for batch in batches]
    session.show_act("slash", opened, *receipts, round=round, accounts=owing)


def _check_membership(opened: OpenTask, *, is_wanted: bool) -> None:
    is_member = opened.reader.read_view(opened.account).is_member
    if is_member and not is_wanted:
        raise ChainError(f"{opened.account} is a member of the task already", hint="add to its stake with --top-up")
    if is_wanted and not is_member:
        raise ChainError(f"{opened.account} is not a member of the task", hint="join it: leave --top-up out")


def _tell_paid(opened: OpenTask, receipt: Any, name: str) -> dict[str, str]:
    """To whom, and how much of what, in whole tokens: the arguments of the event `name`."""
    events = opened.rpc.read_events(opened.reader.contract, receipt)
    paid = next(event["args"] for event in events if event["event"] == name)
    amounts = {name: value for name, value in paid.items() if isinstance(value, int)}
    return {"to": paid["to"]} | {name: format_amount(value, opened.token.decimals) for name, value in amounts.items()}
