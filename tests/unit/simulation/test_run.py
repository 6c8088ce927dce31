"""What is kept of a game, and what that says of how far it is."""

from __future__ import annotations

from pathlib import Path

from orchestrator.simulation.run import Planned, count_kept, has_begun, has_ended
from orchestrator.simulation.scenario import Scenario
from orchestrator.simulation.spread import tell_rounds

GAMES = [Planned(Scenario(), seed) for seed in range(3)]


def test_a_folder_says_how_far_its_games_are(tmp_path: Path) -> None:
    """What shows the rounds of games that other processes play."""
    (tmp_path / "game-1").mkdir()
    for number in (1, 2):
        (tmp_path / "game-1" / f"round-0000{number}.json").write_text("{}")
    (tmp_path / "game-2.json").write_text("{}")
    assert [count_kept(game, tmp_path) for game in GAMES] == [0, 2, 0]
    assert [has_begun(game, tmp_path) for game in GAMES] == [False, True, True]
    assert [has_ended(game, tmp_path) for game in GAMES] == [False, False, True]
    heard: dict[int, int] = {}
    tell_rounds(GAMES, [tmp_path] * 3, [0, 1], heard.__setitem__)
    assert heard == {1: 2}
