"""Where a password comes from: the file, the environment, or whoever can be asked, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.config import Settings
from orchestrator.errors import ConfigError
from orchestrator.wiring.account import read_password
from orchestrator.wiring.connection import Connection


def make_settings(home: Path, password: str | None = None, password_file: Path | None = None) -> Settings:
    return Settings(home, "http://127.0.0.1:9", home / "key.json", "local:x", password=password, password_file=password_file)


def ask(is_new: bool) -> str:
    return f"asked, new: {is_new}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("from the file\n")
    return path


def test_a_named_file_goes_before_the_environment(tmp_path: Path, file: Path) -> None:
    assert read_password(make_settings(tmp_path, "set"), Connection(password_file=file), ask) == "from the file"


def test_a_password_in_the_environment_goes_before_a_file_there(tmp_path: Path, file: Path) -> None:
    assert read_password(make_settings(tmp_path, "set", file), Connection(), ask) == "set"
    assert read_password(make_settings(tmp_path, None, file), Connection(), ask) == "from the file"


def test_somebody_is_asked_only_if_there_is_nothing_else(tmp_path: Path) -> None:
    assert read_password(make_settings(tmp_path), Connection(), ask, is_new=True) == "asked, new: True"
    with pytest.raises(ConfigError, match="there is no password"):
        read_password(make_settings(tmp_path), Connection())
