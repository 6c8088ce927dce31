"""`starling why`, `starling replay`: what happened in a task, and by which rule; from its events alone, without a key."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.cli.history_document import compose_history, compose_why
from orchestrator.cli.options import CHAIN, TaskArgument
from orchestrator.cli.session import Session, takes
from orchestrator.errors import ConfigError
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.types import Address
from orchestrator.protocol.why import explain
from orchestrator.terminal.history import show_history, show_why, show_whys
from orchestrator.wiring.history import read_history

AccountOrRound = Annotated[
    list[str] | None, typer.Argument(metavar="[ACCOUNT] [ROUND]", help="Whose, and of which round.", show_default=False)
]

ToBlockOption = Annotated[
    int | None, typer.Option("--to", metavar="BLOCK", help="The last block. (default: the latest)", min=0, show_default=False)
]


@takes("keystore", *CHAIN, "as_json")
def why(session: Session, task: TaskArgument, asked: AccountOrRound = None) -> None:
    """Tell what an account was in a round, what it did, what that paid or cost and by which rule, and what would have
    avoided it.

    Without ROUND a line for each; without ACCOUNT it is your own. Needs no password."""
    named, number = _parse(asked or [])
    opened = session.open_task(task)
    account = named or session.find_own_account()
    if account is None:
        raise ConfigError("whose rounds?", hint="name an account, or give --keystore")
    _, ledger = read_history(session.settings, session.rpc, opened.reader)
    document = {"task": opened.reader.address, "token": opened.token.symbol}
    if number is not None:
        _check_round(ledger, number)
        found = compose_why(explain(ledger, number, account), opened.token.decimals)
        show_why(document | found, as_json=session.as_json)
    else:
        rounds = [explain(ledger, number, account) for number, round in ledger.rounds.items() if round.settled_at is not None]
        rows = [compose_why(one, opened.token.decimals) for one in rounds]
        show_whys(document | {"account": account, "rounds": rows}, as_json=session.as_json)


@takes(*CHAIN, "as_json")
def replay(
    session: Session,
    task: TaskArgument,
    to: ToBlockOption = None,
) -> None:
    """Print everything that happened in a task, and what it adds up to, from its events alone."""
    opened = session.open_task(task)
    told, ledger = read_history(session.settings, session.rpc, opened.reader, to=to)
    block = session.rpc.block("latest" if to is None else to)
    document = compose_history(told, ledger, opened.token.decimals, block=int(block["number"]), time=int(block["timestamp"]))
    document = {"task": opened.reader.address, "token": opened.token.symbol} | document
    show_history(document, as_json=session.as_json)


def _parse(asked: list[str]) -> tuple[Address | None, int | None]:
    """An account is told from a round by its form, so either may be left out."""
    rounds = [word for word in asked if word.isdecimal()]
    accounts = [word for word in asked if not word.isdecimal()]
    if len(rounds) > 1 or len(accounts) > 1:
        hint = "say `starling why TASK [ACCOUNT] [ROUND]`"
        raise ConfigError(f"{' '.join(asked)!r} is not one account and one round", hint=hint)
    return to_address(accounts[0]) if accounts else None, int(rounds[0]) if rounds else None


def _check_round(ledger: Ledger, number: int) -> None:
    if number not in ledger.rounds:
        last = max(ledger.rounds, default=0)
        hint = f"rounds 1 to {last} have begun" if last else "wait until enough members have joined"
        raise ConfigError(f"there is no round {number} yet" if number else "rounds count from 1", hint=hint)
