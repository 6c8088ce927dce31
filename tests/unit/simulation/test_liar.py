"""A liar is started with its options in a file."""

from __future__ import annotations

from pathlib import Path

from orchestrator.config import Settings
from orchestrator.simulation.liar import prepare_liar, read_options
from orchestrator.wiring.connection import Connection
from orchestrator.wiring.options import NodeOptions


def test_options_come_back_from_the_file_but_for_the_password(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "http://here", tmp_path / "key", "local:x")
    connection = Connection(("http://there",), 31337, tmp_path / "key-1", tmp_path / "password", "0x12")
    options = NodeOptions(settings, connection, "0x34", tmp_path / "data", "local:y", state=tmp_path / "state", threads=1)
    file = tmp_path / "folder" / "options.json"
    command = prepare_liar(options, file)
    assert command[-1] == str(file) and read_options(file) == options


def test_no_secret_is_written(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "http://here", tmp_path / "key", "local:x", password="sesame")
    prepare_liar(NodeOptions(settings, Connection(), "0x34", tmp_path / "data", "local:y"), tmp_path / "options.json")
    assert "sesame" not in (tmp_path / "options.json").read_text()
