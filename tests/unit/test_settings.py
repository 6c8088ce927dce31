"""Each setting is defined once: the page, the example, `--help` and what a node takes as its default are made from that."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.cli.main import app
from orchestrator.config import find_settings, read_settings
from orchestrator.settings import SETTINGS, Chosen, compose_example, compose_page
from orchestrator.wiring.options import NodeOptions

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_made_from_the_settings() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == compose_page(), "python -m orchestrator.settings >docs/settings.md"


@pytest.mark.parametrize("name", [name for name, one in SETTINGS.items() if one.has_option])
def test_each_setting_is_an_option_of_a_node_with_its_variable_in_the_help(name: str) -> None:
    shown = " ".join(CliRunner(env={"COLUMNS": "400"}).invoke(app, ["node", "run", "--help"]).stdout.split())
    one = SETTINGS[name]
    assert f"{one.option} " in shown
    expected = "(STARLING_WITHDRAW=false)" if name == "withdraw" else one.told  # that option says the opposite
    assert expected in shown


def test_every_line_of_the_example_can_be_taken_in(tmp_path: Path) -> None:
    """And nothing is chosen while they are comments."""
    text = compose_example()
    assert tomllib.loads(text) == {}
    file = tmp_path / "all.toml"
    assignments = (line for line in text.splitlines() if line[2:].split(" = ")[0] in SETTINGS)
    file.write_text("\n".join(line.removeprefix("# ") for line in assignments))
    found = find_settings({}, file)
    assert found.problems == () and set(found.values) == set(SETTINGS)


def test_defaults_are_those_of_a_node() -> None:
    """Otherwise a node in a test, a demo or a simulation would be another."""
    chosen, names = Chosen(), NodeOptions.__dataclass_fields__
    told = {"turn": "turn_seconds", "margin": "margin_seconds", "poll": "poll_seconds", "log": "log_format"}
    told |= {"withdraw": "withdraws", "leave_after": "leave_after", "metrics": "metrics", "threads": "threads"}
    assert {name: getattr(chosen, name) for name in told} == {name: names[field].default for name, field in told.items()}


def test_what_is_no_option_is_the_whole_machine_s() -> None:
    assert [name for name, one in SETTINGS.items() if not one.has_option] == ["home", "deployments"]


def test_an_empty_file_and_an_empty_environment_choose_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    assert read_settings({"STARLING_HOME": str(tmp_path)}).chosen == Chosen(home=tmp_path)
