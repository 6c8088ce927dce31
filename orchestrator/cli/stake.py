"""`starling stake`, `leave`, `withdraw`, `claim`, `slash`: an account's own acts in a task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.cli.admission import read_proof
from orchestrator.cli.options import CHAIN, KEY, AmountArgument, ForOption, TaskArgument, ToOption
from orchestrator.cli.session import Session, takes
from orchestrator.errors import ChainError
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.protocol.events import Claimed, Withdrawn
from orchestrator.protocol.types import Address
from orchestrator.wiring.task import check_balance, check_operator


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
    _check_membership(opened, session.account, is_wanted=top_up)
    _check_limit(opened, session.account, amount_wei)
    check_balance(session.rpc, opened.token, amount_wei)
    if top_up:
        receipt = opened.top_up(amount_wei)
    else:
        receipt = opened.join(amount_wei, read_proof(proof, session.account) if proof else [])
    session.show_act("top up" if top_up else "join", opened, receipt, account=session.account, amount=amount)


@takes(*KEY, *CHAIN, "as_json")
def leave(session: Session, task: TaskArgument) -> None:
    """Leave a task: be drawn no more. Duties of rounds that are drawn already remain."""
    opened = session.open_task(task)
    session.show_act("leave", opened, opened.leave(), account=session.account)


@takes(*KEY, *CHAIN, "as_json")
def withdraw(session: Session, task: TaskArgument, to: ToOption = None, account: ForOption = None) -> None:
    """Take stake and rewards back, after leaving or once the task is over, when the exit delay has passed."""
    _be_paid(session, task, account, to, TaskActs.withdraw, "withdraw", Withdrawn)


@takes(*KEY, *CHAIN, "as_json")
def claim(session: Session, task: TaskArgument, to: ToOption = None, account: ForOption = None) -> None:
    """Take the rewards of all settled rounds; the stake stays."""
    _be_paid(session, task, account, to, TaskActs.claim, "claim", Claimed)


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
    receipts = opened.slash(round, owing)
    session.show_act("slash", opened, *receipts, round=round, accounts=owing)


def _check_membership(opened: TaskActs, account: Address, *, is_wanted: bool) -> None:
    is_member = opened.reader.read_view(account).is_member
    if is_member and not is_wanted:
        raise ChainError(f"{account} is a member of the task already", hint="add to its stake with --top-up")
    if is_wanted and not is_member:
        raise ChainError(f"{account} is not a member of the task", hint="join it: leave --top-up out")


def _check_limit(opened: TaskActs, account: Address, amount_wei: int) -> None:
    """Raises ChainError, before the token is asked for anything, for more than the task takes of one account (R5)."""
    limit = opened.reader.parameters.max_stake
    if limit == 0:
        return
    view = opened.reader.read_view(account)
    if view.stake + view.topped_up + amount_wei > limit:
        has, most = (format_amount(amount, opened.token.decimals) for amount in (view.stake + view.topped_up, limit))
        hint = "stake less: `starling task show` tells the limit and what is there"
        raise ChainError(f"nobody may have more than {most} {opened.token.symbol} at stake, and {has} are there", hint=hint)


def _be_paid(
    session: Session,
    task: str,
    account: str | None,
    to: str | None,
    act: Callable[[TaskActs, Address | None], Any],
    name: str,
    kind: type[Claimed] | type[Withdrawn],
) -> None:
    """To the account or who is named; what the task announces of it is told in whole tokens. An operator can send what
    is due to the account alone."""
    receiver = to_address(to) if to else None
    opened = session.open_task(task, account=to_address(account) if account else None)
    owner = opened.account
    if owner != session.account:
        check_operator(opened.reader.read_view(owner), owner, session.account)
        _check_receiver(owner, receiver)
    receipt = act(opened, receiver)
    paid = next(event for event in opened.reader.read_events(receipt) if isinstance(event, kind))
    decimals = opened.token.decimals
    amounts = {field: format_amount(value, decimals) for field, value in vars(paid).items() if isinstance(value, int)}
    session.show_act(name, opened, receipt, account=owner, to=paid.to, **amounts)


def _check_receiver(owner: Address, receiver: Address | None) -> None:
    if receiver not in (None, owner):
        hint = "leave --to out, or use the account's own key"
        raise ChainError(f"an operator can send what is due to {owner} itself, not to {receiver}", hint=hint)
