"""What commands print: one JSON document for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def show_document(document: Mapping[str, Any], *, as_json: bool) -> None:
    """One thing: its fields. A field that is itself a mapping becomes a section of its own."""
    if as_json:
        print_json(document)
        return
    table = Table.grid(padding=(0, 2))
    _add_fields(table, document, "")
    open_console().print(table)


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, nothing: str) -> None:
    """Many things of one kind: a row each; `nothing` is said when there are none."""
    if as_json:
        print_json(list(rows))
        return
    console = open_console()
    if not rows:
        console.print(nothing)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_tell(value)) for value in row.values()))
    console.print(table)


def show_checks(checks: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What was looked at before a start: a line each."""
    if as_json:
        print_json({"is_ok": all(check["is_ok"] for check in checks), "checks": list(checks)})
        return
    console = Console(highlight=False, soft_wrap=True)
    for check in checks:
        mark = ("ok    ", "green") if check["is_ok"] else ("failed", "bold red")
        console.print(Text.assemble(mark, f"  {check['check']:<14} {check['found']}"))
        if check["hint"]:
            console.print(Text(f"{'':<23}hint: {check['hint']}"))


def show_settings(document: Mapping[str, Any], *, as_json: bool) -> None:
    """What is chosen and where; then what is wrong."""
    if as_json:
        print_json(document)
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("setting", no_wrap=True)
    for name in ("value", "from"):
        table.add_column(name, overflow="fold")
    for row in document["settings"]:
        style = "" if row["from"] else "dim"
        table.add_row(*(Text(_tell(row[name])) for name in ("setting", "value")), Text(row["from"] or "default"), style=style)
    console = open_console()
    console.print(table)
    for problem in document["problems"]:
        console.print(Text.assemble("\n", ("wrong: ", "bold red"), f"{problem['where']}: {problem['what']}"), soft_wrap=True)
        console.print(Text.assemble(("hint: ", "bold"), problem["hint"]), soft_wrap=True)


def compose_act(act: str, task: str, receipts: Sequence[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What one act did, in as many transactions as it took."""
    transactions = ["0x" + bytes(receipt["transactionHash"]).hex() for receipt in receipts]
    gas = sum(int(receipt["gasUsed"]) for receipt in receipts)
    return {"act": act, "task": task, **values, "transactions": transactions, "gas": gas}


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


def open_console() -> Console:
    """As wide as the terminal; in a file or pipe wide enough to break no address."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def _add_fields(table: Table, document: Mapping[str, Any], indent: str) -> None:
    for name, value in document.items():
        if isinstance(value, Mapping):
            table.add_row(Text(indent + name.replace("_", " "), style="bold"), "")
            _add_fields(table, value, indent + "  ")
        else:
            table.add_row(Text(indent + name.replace("_", " ")), Text(_tell(value), overflow="fold"))


def _tell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "–" if value is None or value == "" else str(value)
