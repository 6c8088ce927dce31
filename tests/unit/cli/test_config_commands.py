"""`starling config`: what is chosen where, what is wrong, and that options go before all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestrator.cli.main import app


def run(home: Path, *arguments: str, **environment: str) -> Result:
    return CliRunner(env={"STARLING_HOME": str(home), "COLUMNS": "80"} | environment).invoke(app, arguments)


def test_check_tells_what_is_chosen_where_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('rpc = "https://me:word@rpc.example.org:1/v1/KEY"\nmetrics = 9100\n')
    done = run(tmp_path, "config", "check", "--json", STARLING_TURN="9", STARLING_PASSWORD="sesame")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    rows = {row["setting"]: (row["value"], row["from"]) for row in document["settings"]}
    assert rows["turn"] == ("9", "STARLING_TURN")
    assert rows["rpc"] == ("https://rpc.example.org:1/…", f"{tmp_path / 'config.toml'}, line 1")
    assert rows["metrics"] == ("9100", f"{tmp_path / 'config.toml'}, line 2")
    assert rows["poll"] == ("2.0", None) and rows["password"] == ("hidden", "STARLING_PASSWORD")
    assert document["problems"] == []
    shown = run(tmp_path, "config", "check", STARLING_TURN="9", STARLING_PASSWORD="sesame").stdout
    assert "STARLING_TURN" in shown and not any(secret in shown for secret in ("KEY", "sesame", "word@"))


def test_check_tells_all_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("turns = 5\nthreads = 0\n")
    done = run(tmp_path, "config", "check")
    assert done.exit_code == 1
    assert done.stdout.count("wrong: ") == 2 and "did you mean `turn`?" in done.stdout
    assert len(json.loads(run(tmp_path, "config", "check", "--json").stdout)["problems"]) == 2


def test_every_other_command_tells_the_first_thing_that_is_wrong(tmp_path: Path) -> None:
    """In words, or in JSON."""
    (tmp_path / "config.toml").write_text("turns = 5\n")
    done = run(tmp_path, "wallet", "show")
    assert done.exit_code == 1 and done.stdout == ""
    assert "there is no setting `turns`" in done.stderr and "did you mean `turn`?" in done.stderr
    failed = run(tmp_path, "wallet", "show", "--json")
    assert failed.exit_code == 1 and json.loads(failed.stdout)["hint"] == "did you mean `turn`?"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["config", "example"]])
def test_help_works_whatever_is_wrong(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "config.toml").write_text("turns = 5\n")
    assert run(tmp_path, *arguments).exit_code == 0


def test_an_option_goes_before_the_environment_and_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('rpc = "http://127.0.0.1:1"\n')
    account = "0x" + "12" * 20
    for arguments, environment, port in (
        ([], {}, 1),
        ([], {"STARLING_RPC": "http://127.0.0.1:2"}, 2),
        (["--rpc", "http://127.0.0.1:3"], {"STARLING_RPC": "http://127.0.0.1:2"}, 3),
    ):
        done = run(tmp_path, "wallet", "show", "--account", account, *arguments, **environment)
        assert f"http://127.0.0.1:{port} does not answer" in done.stderr


def test_the_file_can_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("turn = 8\n")
    document = json.loads(run(tmp_path, "--config", str(other), "config", "check", "--json").stdout)
    assert {"setting": "turn", "value": "8", "from": f"{other}, line 1"} in document["settings"]


def test_a_node_without_data_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "node", "run", "0x" + "12" * 20)
    assert done.exit_code == 1 and "a node needs data of its own" in done.stderr and "--data" in done.stderr
