"""Settings come from the environment once, and have defaults that work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.config import DEPLOYMENTS, Settings, read_deployment, read_settings
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
