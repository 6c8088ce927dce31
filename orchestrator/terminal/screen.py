"""Where a task is shown: a live view on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestrator.terminal.scene import Scene
from orchestrator.terminal.tables import SHOWN_ROUNDS, list_settled, show_scene

KEPT_LINES = 40
KEPT_IN_PICTURE = 8
MOST_LINES = 8
"""Of the log, in the live view."""
LIVE_LINES = 9
"""Of the live view, besides a line for each node, each round and each line of the log."""


class Screen:
    """`step` for the set-up, `open` for the rounds, `log` and `show` at any time."""

    def __init__(self, console: Console, *, steps: int) -> None:
        """`steps` is how many the set-up has."""
        self._console = console
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self._bar = self._progress.add_task("set-up", total=steps)
        self._live: Live | None = None
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.last: RenderableType | None = None
        """What the live view shows now."""
        self.busiest: RenderableType = ""
        """The live view of the last moment at which somebody was at long work; there is one without a terminal too."""

    @contextmanager
    def setting_up(self) -> Iterator[None]:
        """Inside, `step` moves a bar."""
        if not self._console.is_terminal:
            yield
            return
        with self._progress:
            yield

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """One step of the set-up."""
        started = time.monotonic()
        self._progress.update(self._bar, description=label)
        yield
        self._progress.advance(self._bar)
        self._console.print(f"[green]✓[/] {label} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Inside, `refresh` draws the live view."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop") as self._live:
            yield
        self._live = None

    def refresh(self, scene: Scene) -> None:
        """Draw the live view, if there is one, with as many of the last lines as there is room for."""
        if any(row.doing for row in scene.rows):
            self.busiest = show_scene(scene, list(self._lines)[-KEPT_IN_PICTURE:])
        if self._live is None:
            return
        free = self._console.height - LIVE_LINES - len(scene.rows)
        rounds = max(1, min(SHOWN_ROUNDS, len(list_settled(scene)), free - 1))
        room = max(1, min(MOST_LINES, free - rounds))
        self.last = show_scene(scene, list(self._lines)[-room:], rounds=rounds)
        self._live.update(self.last, refresh=True)

    def log(self, text: str) -> None:
        """One line: a part of the live view while there is one, else printed."""
        self._lines.append(text)
        if self._live is None:
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def show(self, picture: RenderableType) -> None:
        """Print what is to stay."""
        self._console.print(picture)
