"""What a demo is to be follows from how many nodes there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.demo.plan import Plan
from orchestrator.errors import ConfigError
from orchestrator.protocol.parameters import MIN_PARTICIPANTS
from orchestrator.wiring.dangers import find_dangers

ACCOUNT, DIGEST = "0x" + "11" * 20, b"d" * 32


def make_plan(folder: Path, **options: Any) -> Plan:
    return Plan(report=folder / "report.json", **options)


@pytest.mark.parametrize(
    ("nodes", "proposers", "malicious"), [(4, 1, 0), (5, 1, 1), (6, 1, 1), (7, 2, 1), (8, 2, 2), (10, 3, 2), (20, 6, 2)]
)
def test_proposers_and_liars_follow_from_the_nodes(tmp_path: Path, nodes: int, proposers: int, malicious: int) -> None:
    """R1: and the honest are the majority of the voters even when no liar proposes."""
    plan = make_plan(tmp_path, nodes=nodes)
    plan.check()
    assert (plan.proposers_per_round, plan.malicious_nodes) == (proposers, malicious)
    assert 2 * (malicious + 1) <= nodes - proposers or malicious == 0
    parameters = plan.compose_parameters(ACCOUNT, ACCOUNT, DIGEST, DIGEST)
    assert parameters.min_participants >= max(MIN_PARTICIPANTS, 2 * proposers + 1, nodes - malicious)
    assert parameters.min_participants <= parameters.max_participants == nodes


@pytest.mark.parametrize(
    ("nodes", "proposers", "malicious"), [(4, 1, 0), (6, 1, 1), (7, 3, 1), (8, 3, 1), (9, 3, 2), (10, 3, 2), (20, 6, 2)]
)
def test_where_data_are_unlike_three_propose_if_the_nodes_allow(
    tmp_path: Path, nodes: int, proposers: int, malicious: int
) -> None:
    """Section 5: of two updates a trimmed mean trims nothing. The voters stay the majority, and the honest theirs."""
    plan = make_plan(tmp_path, nodes=nodes, alpha=0.5)
    plan.check()
    assert (plan.proposers_per_round, plan.malicious_nodes) == (proposers, malicious)
    assert 2 * proposers < nodes


@pytest.mark.parametrize("options", [{"malicious": 0}, {"malicious": 3}, {"proposers": 3}, {"proposers": 1}])
def test_what_is_said_goes_before_what_follows(tmp_path: Path, options: dict[str, int]) -> None:
    plan = make_plan(tmp_path, nodes=7, **options)
    plan.check()
    assert options in ({"malicious": plan.malicious_nodes}, {"proposers": plan.proposers_per_round})


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"nodes": 3}, "too few"),
        ({"nodes": 8, "malicious": 4}, "4 malicious nodes of 8"),
        ({"nodes": 8, "malicious": -1}, "malicious"),
        ({"nodes": 8, "proposers": 4}, "no round is possible"),
        ({"nodes": 8, "proposers": 0}, "no round is possible"),
        ({"rounds": 0}, "no round is possible"),
        ({"recipe": "sonnets"}, "there is no recipe"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(tmp_path: Path, options: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        make_plan(tmp_path, **options).check()


def test_the_demo_runs_few_dangers(tmp_path: Path) -> None:
    """Stakes are bounded; who is there is known, and nobody waits for a slow chain."""
    parameters = make_plan(tmp_path).compose_parameters(ACCOUNT, ACCOUNT, DIGEST, DIGEST)
    found = {danger.name for danger in find_dangers(parameters, block_seconds=1.0)}
    assert found <= {"min_participants", "proposers"}
