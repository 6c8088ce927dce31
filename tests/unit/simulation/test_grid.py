"""A grid says which games are played, and the tables are made from what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import ConfigError
from orchestrator.simulation.grid import Row, Table, identify, join_tables, read_grid
from orchestrator.simulation.run import Planned, plan_games
from orchestrator.simulation.scenario import Payoffs, Scenario
from orchestrator.simulation.sweep import compose_sweep, plan_points
from orchestrator.simulation.tables import compose_page, compose_sweep_table, compose_table

ROOT = Path(__file__).resolve().parents[3]
GRID = """
[scenario]
seeds = 2
definition = { tolerance = 2.0, verdict = { theta = 0.1 } }
[axes.data]
IID = {}
unlike = { alpha = 0.5 }
[axes.liars]
none = {}
many = { liars = 0.4, attack = "alie" }
[axes.without]
nothing = {}
copies = { definition = { verdict = { copy_share = 0.0 } } }
[[table]]
name = "attacks"
columns = ["accuracy", "honest_lost_share"]
against = { liars = "none" }
rows.data = "all"
rows.liars = ["none"]
[[table]]
name = "ablations"
rows.without = "all"
[[table]]
name = "attacks"
rows.data = ["unlike", "IID"]
rows.liars = ["many"]
"""


@pytest.fixture
def tables(tmp_path: Path) -> list[Table]:
    (tmp_path / "grid.toml").write_text(GRID)
    return read_grid(tmp_path / "grid.toml")


def play(tables: list[Table], **figures: float) -> dict[str, Any]:
    """Kept lines of all games: of each, the figures for the first seed, and those and a tenth for the second."""
    games = [game for table in tables for row in table.rows for game in plan_games(row.scenario)]
    return {
        identify(game): {name: value + game.seed / 10 for name, value in figures.items()} | {"net": [game.seed + 1.0] * 20}
        for game in games
    }


def test_rows_are_all_combinations_of_their_axes_in_order(tables: list[Table]) -> None:
    """Rows of a table that comes in parts are together where their first label is the same."""
    assert [table.name for table in tables] == ["attacks", "ablations", "attacks"]
    rows = join_tables(tables)["attacks"].rows
    labels = [tuple(row.labels.values()) for row in rows]
    assert labels == [("IID", "none"), ("IID", "many"), ("unlike", "none"), ("unlike", "many")]
    assert (rows[3].scenario.alpha, rows[3].scenario.count_liars(), rows[3].scenario.seeds) == (0.5, 8, 2)


def test_what_an_axis_says_is_laid_over_what_all_share(tables: list[Table]) -> None:
    copies = tables[1].rows[1].scenario
    assert copies.definition == {"tolerance": 2.0, "verdict": {"theta": 0.1, "copy_share": 0.0}}


def test_a_game_that_two_tables_ask_for_is_one() -> None:
    game = Planned(Scenario(), 3)
    for same in (
        Planned(Scenario(seeds=5, seed=1), 3),
        Planned(Scenario(proposers=6, attack="alie"), 3),
        Planned(Scenario(payoffs=Payoffs()), 3, "honest"),
    ):
        assert identify(same) == identify(game)
    for other in (
        Planned(Scenario(), 4),
        Planned(Scenario(rounds=11), 3),
        Planned(Scenario(liars=0.4), 3),
        Planned(Scenario(payoffs=Payoffs()), 3, "lazy +1"),
    ):
        assert identify(other) != identify(game)


def test_figures_are_means_with_what_they_may_be_off_and_the_difference_to_their_base(tables: list[Table]) -> None:
    table = join_tables(tables)["attacks"]
    entries = play([table._replace(rows=table.rows[:3])], accuracy=0.8, honest_lost_share=0.0)
    entries |= play([table._replace(rows=table.rows[3:])], accuracy=0.6, honest_lost_share=0.0)
    lines = compose_table(table, entries)
    assert lines[0] == "| data | liars | games | accuracy | honest stake lost, % |"
    # Of 0.8 and 0.9: s = 0.0707, t(0.975, 1) = 12.706, so the mean is 0.635 off at most.
    assert lines[2] == "| IID | none | 2 | 0.850 ± 0.635 | 5.0 ± 63.5 |"
    assert lines[5].startswith("| unlike | many | 2 | 0.650 ± 0.635 (**-0.200 ± 0.000**) | 5.0 ± 63.5 (+0.0 ± 0.0) |")


def test_what_was_not_played_is_not_shown(tables: list[Table]) -> None:
    table = join_tables(tables)["attacks"]
    entries = play([table._replace(rows=table.rows[:1])], accuracy=0.8, honest_lost_share=0.0)
    assert len(compose_table(table, entries)) == 3


def test_a_payoff_that_beats_honesty_stands_out() -> None:
    strategies = ("lazy +1", "accuse all")
    scenario = Scenario(seeds=2, payoffs=Payoffs(strategies=strategies))
    table = Table("payoffs", [Row({"data": "IID"}, scenario)], {"shows": "payoffs"})
    entries = play([table])
    for seed in (0, 1):
        entries[identify(Planned(scenario, seed, "lazy +1"))]["net"] = [seed + 2.0, seed + 3.0]
        entries[identify(Planned(scenario, seed, "accuse all"))]["net"] = [0.0, 2.0 * seed]
    assert compose_table(table, entries)[2:] == ["| lazy +1 | **+1.5 ± 0.0** |", "| accuse all | -1.0 ± 0.0 |"]


def test_an_aim_names_what_misses_it(tables: list[Table]) -> None:
    table = join_tables(tables)["attacks"]
    aims = [{"says": "lost at most 1 %", "figure": "honest_lost_share", "most": 0.01, "for": ["IID", "unlike"]}]
    table = table._replace(options={"shows": "aims", "aims": aims})
    entries = play([table], honest_lost_share=-0.05)
    entries[identify(Planned(table.rows[3].scenario, 0))]["honest_lost_share"] = 0.15
    assert compose_table(table, entries)[2:] == [
        "| lost at most 1 % | IID | 2 | **met** |",
        "| lost at most 1 % | unlike | 2 | many (10.0 ± 63.5) |",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [("[scenario", "is no grid"), (GRID.replace("rows.without", "rows.colour"), "is no grid: KeyError"), ("", "is no grid")],
)
def test_what_is_no_grid_is_named(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "grid.toml").write_text(written)
    with pytest.raises(ConfigError, match=said):
        read_grid(tmp_path / "grid.toml")


def test_a_sweep_shows_what_is_not_beaten_and_the_scenario_as_it_is() -> None:
    points = plan_points(Scenario(seeds=2), {"proposers": [2, 3, 4]}, budget=4)
    good = {"accuracy": 0.9, "honest_lost_share": 0.0, "liars_profit": 5.0, "gas_per_member_round": 100.0}
    lines = compose_sweep_table(compose_sweep(points, [[good | {"accuracy": 0.8}] * 2, [good] * 2], seconds=1.0))
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| {points[1].values['proposers']}", "| as it is"]
    assert lines[2].endswith("| 2 | 0.900 ± 0.000 | 0.0 ± 0.0 | 5 ± 0 | 100 ± 0 | yes |") and lines[3].endswith("| no |")


def test_the_page_of_evidence_is_made_from_what_is_kept() -> None:
    page = (ROOT / "docs" / "evidence.md").read_text()
    made = compose_page(page, ROOT / "scripts" / "benchmarks" / "evidence")
    assert page == made, "python scripts/benchmarks/evidence.py write"


def test_a_table_stands_in_its_place_and_the_text_around_it_stays(tmp_path: Path) -> None:
    (tmp_path / "grid.toml").write_text(GRID)
    begin, end = "<!-- attacks: written by scripts/benchmarks/evidence.py -->\n", "<!-- until here -->\n"
    lines = "\n\n| data | liars | games | accuracy | honest stake lost, % |\n| --- | --- | --- | --- | --- |\n\n"
    assert compose_page(f"before\n{begin}old\n{end}after\n", tmp_path) == f"before\n{begin}{lines[1:]}{end}after\n"
    with pytest.raises(KeyError):
        compose_page(begin.replace("attacks", "colours") + end, tmp_path)
