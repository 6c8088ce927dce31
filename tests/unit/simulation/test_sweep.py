"""A sweep: which points are played within a budget, and which of them no other beats."""

from __future__ import annotations

import pytest

from orchestrator.errors import ConfigError
from orchestrator.simulation.scenario import Scenario
from orchestrator.simulation.sweep import AIMS, compose_sweep, parse_over, plan_points

BASE = Scenario(seeds=2)


def test_all_combinations_are_played_where_the_budget_allows_it() -> None:
    over = parse_over(["proposers=4,6", "definition.verdict.theta=0.1,0.2", "parameters.fault_bps=25"])
    points = plan_points(BASE, over, budget=8)
    assert [list(point.values.values()) for point in points] == [[4, 0.1, 25], [4, 0.2, 25], [6, 0.1, 25], [6, 0.2, 25]]
    assert points[1].scenario.definition == {"verdict": {"theta": 0.2}} and points[1].scenario.proposers == 4
    assert points[1].scenario.parameters == {"fault_bps": 25}


def test_of_too_many_as_many_as_the_budget_allows_are_drawn_and_the_same_again() -> None:
    """The scenario as it is is always one of them: what others are better or worse than."""
    over = {"proposers": [1, 2, 3, 4, 5, 6]}
    points = plan_points(BASE, over, budget=7)
    assert len(points) == 3 == len({point.scenario.proposers for point in points})
    assert points[0] == ({"proposers": "as it is"}, BASE)
    assert points == plan_points(BASE, over, budget=7)


@pytest.mark.parametrize(
    ("over", "budget", "said"),
    [
        (["proposers"], 9, "no values"),
        (["=1"], 9, "no values"),
        ([], 9, "nothing to sweep over"),
        (["proposers=4,5"], 3, "not enough"),
        (["proposers=40"], 9, "proposers=40: proposers"),
        (["colour=1,2"], 9, "colour"),
        (["members.x=1"], 9, "members.x is no name"),
    ],
)
def test_what_cannot_be_swept_over_is_named(over: list[str], budget: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        plan_points(BASE, parse_over(over), budget=budget)


def test_a_point_is_beaten_by_one_that_is_better_in_something_and_worse_in_nothing() -> None:
    points = plan_points(BASE, {"proposers": [3, 4, 5, 6]}, budget=8)
    good = {"accuracy": 0.9, "honest_lost_share": 0.1, "liars_profit": 5.0, "gas_per_member_round": 100.0}
    assert good.keys() == AIMS.keys()
    other = [good, good | {"honest_lost_share": 0.2}, good | {"accuracy": 0.8, "gas_per_member_round": 50.0}]
    sweep = compose_sweep(points, [[one, one] for one in other] + [[]], seconds=1.0)
    assert {one["values"]["proposers"]: one["is_pareto"] for one in sweep["points"]} == {3: True, 4: False, 5: True}
    assert not sweep["is_complete"], "a point has not been played"
    assert not compose_sweep(points[:1], [[good]], seconds=1.0)["is_complete"], "one of two games has"
    assert compose_sweep(points[:1], [[good, good]], seconds=1.0)["is_complete"]
    assert [one["values"]["proposers"] for one in sweep["points"]] == [3, 5, 4], "the best first"
