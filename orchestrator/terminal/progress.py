"""What a person sees who waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text


def log_progress(event: str, **values: Any) -> None:
    """What adapters log, on stderr, as far as it is worth a line."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    match event:
        case "transaction.mined":
            console.print(Text(f"{values['act']} is in block {values['block']}, gas {values['gas']:,}"))
        case "transaction.replaced":
            console.print(Text("the transaction is not mined in time: sending it again at a higher fee"))


@contextmanager
def showing_rounds(games: int, rounds: int) -> Iterator[Callable[[int, int], None]]:
    """On stderr, how many rounds of all games are done and how long the others will take. What it yields hears of
    (a game's number, its rounds so far), in any order."""
    done: dict[int, int] = {}
    columns = (TextColumn("rounds"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("rounds", total=games * rounds)

        def hear(game: int, so_far: int) -> None:
            done[game] = min(so_far, rounds)
            progress.update(bar, completed=sum(done.values()))

        yield hear
