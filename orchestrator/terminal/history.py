"""What happened in a task, for people: an event a line, a round a line, and one round explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator.terminal.documents import open_console, print_json

COLOURS = {"accepted": "green", "rejected": "red", "void": "yellow"}


def show_why(document: Mapping[str, Any], *, as_json: bool) -> None:
    """One round of one account."""
    if as_json:
        print_json(document)
        return
    console, token = open_console(), document["token"]
    outcome = document["outcome"]
    told = ("in progress", "") if outcome == "none" else (outcome, COLOURS.get(outcome, ""))
    console.print(Text.assemble(f"round {document['round']}: ", told, f"; {document['account']}"))
    console.print(f"was       {document['role']}")
    console.print(f"did       {document['did']}")
    if Decimal(document["share"]):
        console.print(f"earned    {document['earned']} of a share of {document['share']} {token}")
    if document["fault"]:
        taken = "" if document["is_penalty_taken"] else ", not taken"
        console.print(Text.assemble("penalty   ", (f"{document['penalty']} {token} ({document['fault']}{taken})", "red")))
    table = Table.grid(padding=(0, 2))
    for reason in document["reasons"]:
        table.add_row(Text(reason["rule"], style="bold"), Text(reason["what"]))
        if reason["instead"]:
            table.add_row("", Text.assemble(("better: ", "bold"), reason["instead"]))
    console.print()
    console.print(table)


def show_whys(document: Mapping[str, Any], *, as_json: bool) -> None:
    """All settled rounds of one account, a line each."""
    if as_json:
        print_json(document)
        return
    console = open_console()
    if not document["rounds"]:
        console.print("no round of the task is settled yet")
        return
    table = _open_table("outcome", "was", "did", right=("round", "earned", "penalty"), last="why")
    for row in document["rounds"]:
        fault = f"{row['decisive']} {row['fault'] or ''}"
        outcome = Text(row["outcome"], style=COLOURS.get(row["outcome"], ""))
        penalty = Text(shorten(row["penalty"]), style="red")
        table.add_row(str(row["round"]), outcome, row["role"], row["did"], shorten(row["earned"]), penalty, fault)
    console.print(f"{document['account']}, in {document['token']}", soft_wrap=True)
    console.print(table)
    console.print("\nsay `starling why TASK ACCOUNT ROUND` for the reasons")


def show_history(document: Mapping[str, Any], *, as_json: bool) -> None:
    """Every event, then what they add up to."""
    if as_json:
        print_json(document)
        return
    console, token = open_console(), document["token"]
    for event in document["events"]:
        time = datetime.fromtimestamp(event["time"], UTC)
        console.print(Text(f"{event['block']:>9}  {time:%m-%d %H:%M:%S}  {tell_event(event, token)}"))
    phase, at = document["phase"], datetime.fromtimestamp(document["time"], UTC)
    console.print(f"\nblock {document['block']}, {at:%Y-%m-%d %H:%M:%S} UTC: {phase}, round {document['round']}", style="bold")
    money = [f"{name.replace('_', ' ')} {shorten(document[name])}" for name in ("pool", "paid_in", "paid_out")]
    console.print(f"{', '.join(money)} {token}; decided {document['decided']}")
    console.print(f"global model {document['global_model']}", soft_wrap=True)
    _show_rounds(console, document)
    _show_participants(console, document)


def _show_rounds(console: Console, document: Mapping[str, Any]) -> None:
    table = _open_table("outcome", right=("round", "updates", "reveals", "for", "against", "reward"), last="condemned")
    for row in document["rounds"]:
        outcome = "in progress" if row["outcome"] == "none" else row["outcome"]
        amounts = [shorten(row[name]) for name in ("weight_for", "weight_against", "reward")]
        acts = [f"{row['updates']}/{len(row['proposers'])}", f"{row['reveals']}/{len(row['voters'])}"]
        condemned = ", ".join(map(shorten_account, row["condemned"]))
        table.add_row(str(row["number"]), Text(outcome, style=COLOURS.get(outcome, "")), *acts, *amounts, condemned)
    if document["rounds"]:
        console.print()
        console.print(table)


def _show_participants(console: Console, document: Mapping[str, Any]) -> None:
    names = ("stake", "rewards", "staked", "earned", "lost", "taken")
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("account", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right")
    for row in document["participants"]:
        table.add_row(shorten_account(row["account"]), *(shorten(row[name]) for name in names))
    if document["participants"]:
        console.print()
        console.print(table)


def _open_table(*left: str, right: tuple[str, ...], last: str) -> Table:
    """The first number, then words, then the other numbers, then the `last` words."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(right[0], justify="right", no_wrap=True)
    for name in left:
        table.add_column(name)
    for name in right[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(last)
    return table


def shorten_account(account: str) -> str:
    """Its first and last letters."""
    return f"{account[:6]}…{account[-4:]}"


def shorten(amount: str) -> str:
    """Whole tokens with four digits after the point at most; what is less than that is told as such."""
    number = Decimal(amount)
    told = f"{number:,.4f}".rstrip("0").rstrip(".")
    return "<0.0001" if told == "0" and number else told


def tell_event(event: Mapping[str, Any], token: str) -> str:
    """One event in a sentence, as `compose_event` gives it."""
    who = {name: shorten_account(value) for name, value in event.items() if isinstance(value, str) and len(value) == 42}
    much = {name: f"{shorten(event[name])} {token}" for name in ("amount", "stake", "rewards", "reward") if name in event}
    round = f"round {event['round']}: " if "round" in event else ""
    return round + _SENTENCES[event["event"]](event, who, much)


_Say = Mapping[str, Any]

_SENTENCES = {
    "Funded": lambda e, who, much: f"{who['from']} adds {much['amount']} to the reward pool",
    "Joined": lambda e, who, much: f"{who['account']} joins with {much['stake']}",
    "ToppedUp": lambda e, who, much: f"{who['account']} adds {much['amount']} to its stake, from round {e['from_round']} on",
    "Left": lambda e, who, much: f"{who['account']} is drawn no more from round {e['from_round']} on",
    "OperatorNamed": lambda e, who, much: f"{who['account']} names {who['operator']} its operator",
    "Positioned": lambda e, who, much: f"{who['account']} stands at {e['position']} from round {e['from_round']} on",
    "Anchored": lambda e, who, much: f"{e['member_count']} members; the seed comes from block {e['anchor']}",
    "RoundDrawn": lambda e, who, much: f"drawn from {e['member_count']} members",
    "UpdateSubmitted": lambda e, who, much: f"{who['proposer']} submits an update, rank {e['rank']}",
    "VoteCommitted": lambda e, who, much: f"{who['voter']} commits a vote",
    "VoteRevealed": lambda e, who, much: _tell_ballot(e, who["voter"]),
    "RoundSettled": lambda e, who, much: f"{e['outcome']}, reward {much['reward']}",
    "ShareReturned": lambda e, who, much: f"{much['amount']} of {who['account']}'s share are in the pool again",
    "Slashed": lambda e, who, much: f"{who['account']} loses {much['amount']} ({e['fault']})",
    "Claimed": lambda e, who, much: f"{who['account']} takes {much['amount']} of rewards",
    "Withdrawn": lambda e, who, much: f"{who['account']} withdraws {much['stake']} and {much['rewards']} of rewards",
    "Refunded": lambda e, who, much: f"{who['creator']} gets the rest of the pool, {much['amount']}",
    "TaskClosed": lambda e, who, much: f"{who['by']} {'calls the task off' if e['is_cancelled'] else 'closes the task'}",
}
"""A sentence for each class of events: of the event, the accounts in it, and the amounts in it."""


def _tell_ballot(event: _Say, voter: str) -> str:
    sign = "+1" if event["score"] > 0 else "−1"
    accused = event["against"].bit_count()
    losses = f"losses {event['loss_before'] / 1000:g} → {event['loss_after'] / 1000:g}"
    return f"{voter} votes {sign}" + (f", accuses {accused}" if accused else "") + f"; {losses}"
