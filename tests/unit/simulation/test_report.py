"""Figures of many games: means, intervals, payoffs beside honesty, differences of reports, and the page that shows them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchestrator.errors import ConfigError
from orchestrator.simulation.compare import compare_reports, list_rows
from orchestrator.simulation.intervals import compute_interval
from orchestrator.simulation.page import compose_page
from orchestrator.simulation.plot import plot_bars, plot_lines
from orchestrator.simulation.report import FIGURES, compose_report
from orchestrator.simulation.scenario import Payoffs, Scenario

ROUND = {
    "accuracy": 0.5, "condemned_honest": 0, "condemned_malicious": 1, "minority": 0, "divergent": 0, "absent": 0, "gas": 10,
    "stakes": {"honest": 9.0, "<b>": 1.0},
}  # fmt: skip


def make_game(
    seed: int, accuracy: float = 0.5, strategy: str | None = None, net: tuple[float, ...] = (0.0,) * 4
) -> dict[str, Any]:
    return {
        **dict.fromkeys(FIGURES, 1.0), "back_door": None, "seed": seed, "strategy": strategy, "accuracy": accuracy,
        "decided": 10, "is_complete": True, "net": list(net), "rounds": [ROUND, ROUND],
        "strategies": {"honest": {"count": 4, "stake_start": 4.0, "stake_end": 3.0, "earned": 2.0, "slashed": 1.0}},
    }  # fmt: skip


def compose(*games: dict[str, Any], scenario: Scenario | None = None) -> dict[str, Any]:
    return compose_report(scenario or Scenario(), games, name="<test>", peak_rss_bytes=5, seconds=1.0)


def test_an_interval_is_students() -> None:
    """Of 1 … 5: s = √2.5, t(0.975, 4) = 2.776."""
    interval = compute_interval([1, 2, 3, 4, 5])
    assert interval.mean == 3 and interval.high is not None
    assert interval.high - 3 == pytest.approx(2.776445 * (2.5 / 5) ** 0.5)
    assert compute_interval([2.0]) == (2.0, None, None, 1)
    with pytest.raises(ValueError, match="no value"):
        compute_interval([])


def test_a_report_has_the_keys_that_were_promised() -> None:
    report = compose(make_game(0, 0.4), make_game(1, 0.6))
    promised = (
        "members rounds seconds peak_rss_bytes accuracy honest_lost_share honest_excluded honest_condemned_share strategies"
    )
    assert set(promised.split()) <= report.keys()
    assert set(report["strategies"]["honest"]) == {"count", "stake_start", "stake_end", "earned", "slashed"}
    assert (report["members"], report["rounds"], report["accuracy"], report["is_complete"]) == (20, 10, 0.5, True)
    assert report["intervals"]["accuracy"]["games"] == 2 and report["back_door"] is None


def test_a_payoff_is_the_difference_to_the_same_members_honest() -> None:
    scenario = Scenario(payoffs=Payoffs(subjects=2))
    games = [make_game(seed, strategy="honest", net=(10.0 + seed, 10.0 + seed, 99.0, 99.0)) for seed in range(3)]
    games += [make_game(seed, strategy="lazy +1", net=(12.0 + seed, 14.0 + seed, 0.0, 0.0)) for seed in range(3)]
    games += [make_game(seed, strategy="idle", net=(seed, 20.0, 0.0, 0.0)) for seed in range(3)]
    lazy, idle = compose(*games, scenario=scenario)["payoffs"]
    assert (lazy["strategy"], lazy["mean"], lazy["low"], lazy["beats_honesty"]) == ("lazy +1", 3.0, 3.0, True)
    assert idle["mean"] == pytest.approx(-0.5) and not idle["beats_honesty"]


def test_nothing_played_is_a_report_too() -> None:
    report = compose()
    assert report["accuracy"] is None and not report["is_complete"]
    assert "interrupted" in compose_page(report)


def test_reports_are_compared_seed_by_seed() -> None:
    left = compose(*(make_game(seed, seed / 10) for seed in range(4)))
    right = compose(*(make_game(seed, seed / 10 + 0.05) for seed in range(1, 5)), scenario=Scenario(alpha=0.5))
    comparison = compare_reports(left, right)
    difference = comparison["figures"]["accuracy"]["difference"]
    assert difference["mean"] == pytest.approx(0.05) and difference["games"] == 3
    assert difference["high"] - difference["low"] == pytest.approx(0)
    assert comparison["scenario"] == {"alpha": {"a": None, "b": 0.5}}
    assert next(row["figure"] for row in list_rows(comparison)) == "accuracy"
    with pytest.raises(ConfigError, match="no report of a simulation"):
        compare_reports(left, {"games": []})


def test_the_page_needs_nothing_else_and_says_names_as_text() -> None:
    page = compose_page(compose(make_game(0), make_game(1)))
    assert not re.search(r"(?:src|href|url\(|@import|<script|<link)", page)
    assert "&lt;test&gt;" in page and "<b>" not in page and page.count("<svg") >= 4


def test_lines_and_bars_are_where_their_numbers_are() -> None:
    picture = plot_lines({"up": [0.0, 1.0], "flat": [0.5, 0.5]}, unit="x")
    up, flat = re.findall(r'points="([^"]*)"', picture)
    (x0, y0), (x1, y1) = (tuple(map(float, point.split(","))) for point in up.split())
    assert x0 < x1 and y0 > y1, "up is up"
    assert len({point.split(",")[1] for point in flat.split()}) == 1
    assert plot_lines({}, unit="x") == plot_bars({}, unit="x")
    bars = plot_bars({"a": (1.0, 0.5, 1.5), "b": (-1.0, None, None)}, unit="x")
    first, second = (float(found) for found in re.findall(r'cx="([^"]*)"', bars))
    assert first > second and bars.count('stroke-width="2"') == 1
