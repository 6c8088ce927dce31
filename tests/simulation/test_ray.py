"""Games on a Ray cluster of two workers come to what they come to here."""

from __future__ import annotations

from pathlib import Path

import pytest
from ray.cluster_utils import Cluster

from orchestrator.errors import ConfigError
from orchestrator.simulation.run import Document, plan_games
from orchestrator.simulation.scenario import Scenario
from orchestrator.simulation.spread import play_in_processes, play_on_ray

SCENARIO = Scenario(members=10, rounds=2, seeds=3)


def without_times(documents: dict[int, Document]) -> dict[int, Document]:
    times = ("seconds", "peak_rss_bytes")
    return {number: {key: its[key] for key in its if key not in times} for number, its in documents.items()}


def test_two_workers_play_what_processes_play(tmp_path: Path) -> None:
    games = plan_games(SCENARIO)
    heard: dict[int, int] = {}
    cluster = Cluster()
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        found = dict(play_on_ray(games, [tmp_path / "ray"] * 3, heard.__setitem__, address=cluster.address))
    finally:
        cluster.shutdown()
    here = dict(play_in_processes(games, [tmp_path / "here"] * 3, heard.__setitem__, processes=2))
    assert without_times(found) == without_times(here)
    assert heard == {0: 2, 1: 2, 2: 2}
    assert sorted(path.name for path in (tmp_path / "ray").glob("*.json")) == ["game-0.json", "game-1.json", "game-2.json"]


def test_who_asks_for_a_cluster_that_is_not_there_hears_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        list(play_on_ray(plan_games(SCENARIO), [tmp_path] * 3, lambda game, rounds: None, address="127.0.0.1:1"))
    assert "no Ray cluster" in str(caught.value)
