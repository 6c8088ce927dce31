"""What a scenario may say, and what people hear who say something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import ConfigError
from orchestrator.simulation.scenario import PRESETS, Payoffs, Scenario, change, find_preset, make_scenario, read_scenario
from orchestrator.simulation.strategies import ATTACKS, STRATEGIES


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(
        'recipe = "mnist-mlp"\nmembers = 40\nliars = 0.25\nattack = "alie"\nseeds = 3\n[parameters]\nfault_bps = 100\n'
        '[definition]\ntolerance = 1.0\n[definition.verdict]\ntheta = 0.1\n[strategies]\n"lazy +1" = 2\n'
        "[weather]\ncrashes = 0.05\n"
    )
    scenario = read_scenario(file)
    setting = scenario.make_setting(7)
    assert scenario.list_seeds() == [0, 1, 2] and scenario.rounds == 10 and setting.proposers == 12
    assert {number: its.name for number, its in setting.strategies.items()} == (
        dict.fromkeys(range(30, 40), "alie") | dict.fromkeys(range(2), "lazy +1")
    )
    assert (
        setting.parameters["fault_bps"] == 100 and setting.weather.crashes == 0.05 and setting.seed == setting.weather.seed == 7
    )
    assert setting.definition == {"tolerance": 1.0, "verdict": {"theta": 0.1}}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"members": 9}, "members: Input should be greater than or equal to 10"),
        ({"members": 1001}, "members: Input should be less than or equal to 1000"),
        ({"members": "20"}, "members: Input should be a valid integer"),
        ({"alpha": 0.0}, "alpha: Input should be greater than 0"),
        ({"alpha": -1.0}, "alpha: Input should be greater than 0"),
        ({"liars": 1.1}, "liars: Input should be less than or equal to 1"),
        ({"liars": -0.1}, "liars: Input should be greater than or equal to 0"),
        ({"attack": "kindness"}, "there is no strategy 'kindness'"),
        ({"recipe": "cats"}, "there is no public data set for 'cats'"),
        ({"rounds": 0}, "rounds: Input should be greater than or equal to 1"),
        ({"proposers": 10}, "10 proposers of 20 members"),
        ({"parameters": {"patients": 5}}, "parameters.patients is not a scenario's to say"),
        ({"parameters": {"rounds": 5}}, "parameters.rounds is not a scenario's to say"),
        ({"strategies": {"lazy +1": 11}, "liars": 0.5}, "more members with a strategy than members"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"weather": {"crashes": 2.0}}, "weather.crashes: Input should be less than or equal to 1"),
    ],
)
def test_what_cannot_be_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_scenario(values, "s.toml")
    assert str(caught.value).startswith("s.toml: ") and said in str(caught.value) and caught.value.hint


@pytest.mark.parametrize(("text", "said"), [("members = = 3", "is not TOML"), (None, "cannot be read")])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "scenario.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_scenario(file)


def test_presets_can_be_played_and_are_what_they_are_called() -> None:
    assert {name: (one.members, one.rounds) for name, one in PRESETS.items() if name != "payoffs"} == {
        "quick": (20, 10),
        "crowd": (200, 10),
        "thousand": (1000, 10),
    }
    for scenario in PRESETS.values():
        assert scenario.make_setting(0).members == scenario.members
    with pytest.raises(ConfigError, match="no preset 'slow'"):
        find_preset("slow")


def test_options_change_a_preset_and_are_checked_like_it() -> None:
    changed = change(PRESETS["quick"], liars=0.4, attack="sign flip", alpha=0.1, seed=9, seeds=None)
    assert (changed.liars, changed.attack, changed.alpha, changed.list_seeds()) == (0.4, "sign flip", 0.1, [9])
    assert changed.compute_digest() != PRESETS["quick"].compute_digest()
    with pytest.raises(ConfigError, match="the options: liars"):
        change(PRESETS["quick"], liars=3.0)


def test_subjects_play_one_strategy_after_the_other() -> None:
    scenario = Scenario(payoffs=Payoffs(strategies=("lazy +1",), subjects=3), liars=0.1)
    named = scenario.make_setting(0, "lazy +1").strategies
    assert sorted(named) == [0, 1, 2, 18, 19] and named[0].name == "lazy +1" and named[19] == ATTACKS["label flip"]
    assert sorted(scenario.make_setting(0, "honest").strategies) == [18, 19]


def test_who_joins_late_is_not_waited_for() -> None:
    scenario = Scenario(strategies={"just-in-time stake": 2})
    assert scenario.make_setting(0).parameters["min_participants"] == 18
    assert STRATEGIES["just-in-time stake"].joins_after > 0
