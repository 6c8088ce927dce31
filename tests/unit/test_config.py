"""Settings come from the environment and a file, once, and have defaults that work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.config import DEPLOYMENTS, Settings, find_settings, read_deployment, read_settings
from orchestrator.errors import ConfigError


def test_without_any_variable_there_are_defaults() -> None:
    home = Path("~/.starling").expanduser()
    assert read_settings({}) == Settings(home, "http://127.0.0.1:8545", home / "key.json", f"local:{home}/store", DEPLOYMENTS)


def test_a_variable_goes_before_a_default_and_an_empty_one_is_none() -> None:
    settings = read_settings(
        {"STARLING_HOME": "/home/of/it", "STARLING_RPC": "", "STARLING_PASSWORD_FILE": "~/secret", "RPC": "x"}
    )
    assert (settings.keystore, settings.store) == (Path("/home/of/it/key.json"), "local:/home/of/it/store")
    assert settings.rpc == "http://127.0.0.1:8545"
    assert settings.password_file == Path("~/secret").expanduser()


def test_a_password_is_not_shown() -> None:
    assert "sesame" not in repr(read_settings({"STARLING_PASSWORD": "sesame"}))


def test_a_deployment_is_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "5.json").write_text(json.dumps({"manager": "0x1", "token": None, "beacon": "0x2", "chain_id": 5, "block": 9}))
    deployment = read_deployment(5, tmp_path)
    assert (deployment.manager, deployment.beacon, deployment.token, deployment.block) == ("0x1", "0x2", None, 9)


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "null", '{"manager": "0x1"}'])
def test_no_deployment_or_a_broken_one_is_a_clear_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "5.json").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_deployment(5, tmp_path)
    assert caught.value.hint


# ── the file ──


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    file = write(tmp_path, 'rpc = "http://file"\nstore = "local:file"\nturn = 7\nkeystore = "~/k.json"\n')
    settings = read_settings({"STARLING_RPC": "http://environment", "STARLING_STORE": "", "STARLING_POLL": "0.5"}, file)
    assert (settings.rpc, settings.store) == ("http://environment", "local:file")
    assert (settings.chosen.turn, settings.chosen.poll, settings.chosen.margin) == (7, 0.5, 0)
    assert settings.keystore == Path("~/k.json").expanduser()


def test_the_file_is_the_named_one_or_that_of_the_variable_or_that_in_home(tmp_path: Path) -> None:
    home, other = write(tmp_path, "turn = 1\n"), tmp_path / "other.toml"
    other.write_text("turn = 2\n")
    environment = {"STARLING_HOME": str(home.parent)}
    assert read_settings(environment).chosen.turn == 1
    assert read_settings(environment | {"STARLING_CONFIG": str(other)}).chosen.turn == 2
    assert read_settings(environment | {"STARLING_CONFIG": str(other)}, home).chosen.turn == 1


@pytest.mark.parametrize("by_name", [True, False])
def test_a_file_that_is_named_must_be_there(tmp_path: Path, by_name: bool) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(ConfigError, match=r"there is no file .*none\.toml") as refused:
        read_settings({} if by_name else {"STARLING_CONFIG": str(missing)}, missing if by_name else None)
    assert "starling config example" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "line", "what", "hint"),
    [
        ("# mine\nturns = 5\n", 2, "there is no setting `turns`", "did you mean `turn`?"),
        ("leave-after = 5\n", 1, "there is no setting `leave-after`", "did you mean `leave_after`?"),
        ("zebra = 5\n", 1, "there is no setting `zebra`", "starling config example"),
        ('\n\npassword = "sesame"\n', 3, "a password does not belong here", "password_file"),
        ("turn = 1\n[node]\npoll = 3\n", 2, "there is no table `node`", "in no table"),
        ('threads = "many"\n', 1, "threads 'many' cannot be used", "Threads to train with"),
        ("threads = 0\n", 1, "threads '0' cannot be used", "leave it out for the default (all cores)"),
        ("turn = -1\n", 1, "turn '-1' cannot be used", "or leave it out for the default (4)"),
        ('log = "xml"\n', 1, "log 'xml' cannot be used", "text|json"),
        ('manager = "0x12"\n', 1, "manager '0x12' cannot be used", "ADDRESS"),
        ('rpc = "ftp://x/KEY"\n', 1, "rpc cannot be used", "URL"),
        ("keystore = 7\n", 1, "keystore '7' cannot be used", "FILE"),
        ('metrics = "here"\n', 1, "metrics 'here' cannot be used", "[HOST:]PORT"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, text: str, line: int, what: str, hint: str
) -> None:
    file = write(tmp_path, text)
    (problem,) = find_settings({}, file).problems
    assert problem.where == f"{file}, line {line}"
    assert problem.what.startswith(what) and hint in problem.hint
    assert "KEY" not in problem.what and "sesame" not in problem.what
    with pytest.raises(ConfigError, match=what.split("`")[0]):
        read_settings({}, file)


def test_all_that_is_wrong_is_found_and_the_first_told_with_how_many_more(tmp_path: Path) -> None:
    file = write(tmp_path, "turns = 5\nthreads = 0\n")
    found = find_settings({"STARLING_POLL": "soon", "STARLING_TURNS": "3", "STARLING_REQUIRE_KUBO": "1"}, file)
    assert [problem.where for problem in found.problems] == [
        f"{file}, line 1",
        "STARLING_TURNS",
        f"{file}, line 2",
        "STARLING_POLL",
    ]
    with pytest.raises(ConfigError) as refused:
        read_settings({"STARLING_POLL": "soon"}, file)
    assert "(2 more: `starling config check`)" in refused.value.hint


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no TOML: .*line 2"):
        read_settings({}, write(tmp_path, "turn = 3\nrpc = http://x\n"))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings({}, tmp_path)
