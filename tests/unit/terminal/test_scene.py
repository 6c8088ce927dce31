"""The picture of a task is made of what the chain tells and of rows that are handed in."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

from orchestrator.protocol.types import Phase, RoundView
from orchestrator.terminal.scene import Doing, Row, Scene
from orchestrator.terminal.tables import show_scene, show_summary
from tests.unit.protocol.examples import ACCOUNTS, MODEL, WINNER, draw_round, play_round

VIEW = RoundView(block_number=9, timestamp=60, phase=Phase.TRAINING, round=1, rounds=1, train_end=100)


def make_scene(*rows: Row, is_played: bool = False) -> Scene:
    ledger = draw_round()
    if is_played:
        play_round(ledger)
    accuracies = {MODEL: 0.25, WINNER: 0.75}
    return Scene("digits", ACCOUNTS[0], "http://here", list(rows), ledger, {1: 1234}, VIEW, accuracies.get, decimals=0)


def show(picture: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(picture)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_row_shows_name_mark_and_what_is_done() -> None:
    rows = [Row(ACCOUNTS[0], "ada", "malicious", Doing("train", 0.0)), Row(ACCOUNTS[1], "bob", remark="restarted 2×")]
    shown = show(show_scene(make_scene(*rows), ["one line"]))
    for words in (
        "digits",
        "round 1/1  training  40 s left at most",
        "ada malicious",
        "train",
        "bob",
        "restarted 2×",
        "one line",
    ):
        assert words in shown


def test_an_account_without_a_row_goes_by_its_digits() -> None:
    assert make_scene(Row(ACCOUNTS[0], "ada")).name(ACCOUNTS[0]) == "ada"
    assert make_scene().name(ACCOUNTS[1]) == ACCOUNTS[1][:8]


def test_the_summary_has_each_round_and_ends_as_it_is_told() -> None:
    shown = show(show_summary(make_scene(Row(ACCOUNTS[0], "ada"), is_played=True), "that was it"))
    for words in ("accepted", "25.0 % → 75.0 %", "1,234", "ada"):
        assert words in shown
    assert shown.rstrip().endswith("that was it")
