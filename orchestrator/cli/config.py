"""`starling config`: see what is chosen and where, and a file in which everything stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer

from orchestrator.cli.options import JsonOption
from orchestrator.config import Found, find_settings
from orchestrator.settings import SETTINGS, Chosen, Setting, compose_example
from orchestrator.terminal.documents import show_settings

FILE = "orchestrator.config"
"""Where a context says which file was named."""
app = typer.Typer(no_args_is_help=True, help="See which settings are chosen where, and all there are.")


@app.command()
def check(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Tell what is chosen and where, and every key and value that is wrong. Exit code 1 if any is."""
    file: Path | None = ctx.meta.get(FILE)
    found = find_settings(file=file)
    problems = [vars(problem) for problem in found.problems]
    show_settings({"settings": _compose_rows(found), "problems": problems}, as_json=as_json)
    if problems:
        raise typer.Exit(1)


@app.command()
def example() -> None:
    """Print a file in which every setting stands, and none is chosen yet."""
    typer.echo(compose_example(), nl=False)


def _compose_rows(found: Found) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = []
    for name, one in SETTINGS.items():
        value = found.values.get(name, Chosen.model_fields[name].default)
        rows.append({"setting": name, "value": _tell(one, value), "from": found.sources.get(name)})
    return [*rows, {"setting": "password", "value": "hidden" if found.password else None, "from": _tell_password(found)}]


def _tell(one: Setting, value: Any) -> str:
    """What is chosen; of an address not what stands behind the host, because that may be a key."""
    if value is None:
        return one.default
    if one.metavar == "URL":
        return re.sub(
            r"^(\w+://)([^/@]*@)?([^/?#]*)(.*)$", lambda url: url[1] + url[3] + ("/…" if len(url[4]) > 1 else ""), str(value)
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tell_password(found: Found) -> str | None:
    return "STARLING_PASSWORD" if found.password else None
