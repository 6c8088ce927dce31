"""The picture of a task is made of what the chain tells and of rows that are handed in."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console, RenderableType

from orchestrator.protocol.events import (
    Left,
    OperatorNamed,
    RoundSettled,
    ShareReturned,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
)
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.types import NO_ACCOUNT, Fault, Outcome, Phase, Role, RoundView
from orchestrator.terminal.scene import Doing, Row, Scene, tell_event
from orchestrator.terminal.screen import Screen
from orchestrator.terminal.tables import show_nodes, show_rounds, show_scene, show_summary
from tests.unit.protocol.examples import ACCOUNTS, MODEL, WINNER, draw_round, play_round, tell

VIEW = RoundView(block_number=9, timestamp=60, phase=Phase.TRAINING, round=1, rounds=1, train_end=100)


def make_scene(*rows: Row, is_played: bool = False) -> Scene:
    ledger = draw_round()
    if is_played:
        play_round(ledger)
    accuracies = {MODEL: 0.25, WINNER: 0.75}
    return Scene("digits", ACCOUNTS[0], "http://here", list(rows), ledger, {1: 1234}, VIEW, accuracies.get, decimals=0)


def show(picture: RenderableType, *, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(picture)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_row_shows_name_mark_and_what_is_done() -> None:
    rows = [Row(ACCOUNTS[0], "ada", "liar", Doing("train", 0.0)), Row(ACCOUNTS[1], "bob", remark="restarted 2×")]
    shown = show(show_scene(make_scene(*rows), ["one line"]))
    for words in (
        "digits",
        "round 1  training  0 of 1 decided  40 s left at most",
        "ada liar",
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
    for words in ("accepted", "25.0 → 75.0 %", "gas of all rounds: 1,234", "ada"):
        assert words in shown
    assert shown.rstrip().endswith("that was it")


def judge(ledger: Ledger, against: list[int], condemned: int) -> str:
    """The one update, judged by three voters; its proposer."""
    (proposer,), voters = ledger.rounds[1].list_with(Role.PROPOSER), ledger.rounds[1].list_with(Role.VOTER)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100), at=20)
    tell(ledger, *(VoteCommitted(1, voter, WINNER) for voter in voters), at=24)
    tell(ledger, *(VoteRevealed(1, voter, WINNER, -1, mask, 100, 2, 9) for voter, mask in zip(voters, against, strict=True)))
    tell(ledger, settle(condemned), at=30)
    return proposer


def settle(condemned: int) -> RoundSettled:
    return RoundSettled(1, Outcome.REJECTED, WINNER, 0, 300, 400, 400, condemned)


def test_who_is_condemned_is_told_with_the_weight_against_it() -> None:
    """R17a."""
    scene = make_scene(*(Row(account, f"node {number}") for number, account in enumerate(ACCOUNTS, start=1)))
    name = scene.name(judge(scene.ledger, [1, 1, 0], 1))
    assert tell_event(settle(1), scene) == [
        "round 1 rejected: 0 for, 300 against; reward 400 over a turnout of 400",
        f"round 1 {name} is condemned: 200 of 300 against it",
    ]
    assert "against 67%" in show(show_nodes(scene))
    shown = show(show_rounds(scene))
    assert "condemned" in shown and name in shown and "400" in shown
    assert f"{name}" in show(show_summary(scene, "the end")) and "condemned" in show(show_summary(scene, "the end"))


def test_who_is_accused_by_few_is_not_condemned() -> None:
    """R17a: not more than half."""
    scene = make_scene(Row(ACCOUNTS[0], "ada"))
    name = scene.name(judge(scene.ledger, [0, 1, 0], 0))
    assert tell_event(settle(0), scene)[1] == f"round 1 {name} is accused, not condemned: 100 of 300 against it"


def test_whom_nobody_accuses_is_not_told() -> None:
    scene = make_scene()
    judge(scene.ledger, [0, 0, 0], 0)
    assert len(tell_event(settle(0), scene)) == 1


def test_a_penalty_tells_which_in_a_row_it_is() -> None:
    """R19: it doubles."""
    scene = make_scene(Row(ACCOUNTS[0], "ada"))
    slashed = Slashed(1, ACCOUNTS[0], Fault.MINORITY, 10, ACCOUNTS[1], 1)
    assert tell_event(slashed, scene) == ["round 1 ada loses 10 of its stake (minority)"]
    scene.ledger.rounds[1].strikes[ACCOUNTS[0]] = 1
    assert tell_event(slashed, scene) == ["round 1 ada loses 10 of its stake (minority, 2 in a row)"]


def test_operators_and_leaving_are_told_and_what_goes_back_to_the_pool_is_not() -> None:
    """R5, R6, R6a, R18."""
    scene = make_scene(Row(ACCOUNTS[0], "ada"), Row(ACCOUNTS[1], "bob"))
    assert tell_event(OperatorNamed(ACCOUNTS[0], ACCOUNTS[1]), scene) == ["ada names bob its operator"]
    assert tell_event(OperatorNamed(ACCOUNTS[0], NO_ACCOUNT), scene) == ["ada names nobody its operator"]
    assert tell_event(Left(ACCOUNTS[0], 2, 50), scene) == ["ada leaves: drawn no more from round 2 on"]
    scene.ledger.participants[ACCOUNTS[0]].slashed = 51
    assert tell_event(Left(ACCOUNTS[0], 2, 50), scene) == ["ada has too little at stake: drawn no more from round 2 on"]
    assert tell_event(ShareReturned(1, ACCOUNTS[0], 5), scene) == []


def test_eight_nodes_and_five_rounds_fit_a_small_terminal() -> None:
    """80 × 24, with names, doings and amounts as wide as the demo's."""
    rows = [Row(account, f"node {number} liar", "", Doing("judge", 0.5)) for number, account in enumerate(ACCOUNTS * 2, 1)]
    scene = replace(make_scene(*rows), decimals=0)
    judge(scene.ledger, [1, 1, 0], 1)
    for participant in scene.ledger.participants.values():
        participant.staked, participant.slashed, participant.earned = 1000, 150, 1234
    first = scene.ledger.rounds[1]
    for number in range(2, 6):
        scene.ledger.rounds[number] = replace(first, number=number, weight_for=8000, turnout=8000, reward=1000)
    screen = Screen(Console(file=io.StringIO(), width=80, height=24, force_terminal=True), steps=1)
    screen.log("a line that is far too long for this terminal, but is worth its beginning at least " * 2)
    with screen.open():
        screen.refresh(scene)
        assert screen.last is not None
        shown = show(screen.last, width=80)
    lines = shown.rstrip("\n").splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    assert "…" not in "\n".join(lines[4:-1]) and "…" in lines[-1], shown
    assert sum(line.startswith("node ") and "liar" in line for line in lines) == 8
    assert [line.split()[0] for line in lines if "rejected" in line] == ["1", "2", "3", "4", "5"]
