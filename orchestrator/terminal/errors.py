"""What is said when something fails, or may go wrong."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from orchestrator.terminal.documents import print_json


def show_error(error: Exception, hint: str = "", *, as_json: bool = False) -> None:
    """One clear sentence on stderr, and what to do about it; or both as a JSON document on stdout."""
    if as_json:
        print_json({"error": str(error), "hint": hint or None})
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error: ", "bold red"), str(error)))
    if hint:
        console.print(Text.assemble(("hint: ", "bold"), hint))


def show_warning(what: str, why: str) -> None:
    """One line on stderr about what is done all the same."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text.assemble(("warning: ", "bold yellow"), f"{what}: {why}"))
