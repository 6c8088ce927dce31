"""Notes come back as they were written, and a damaged file is an empty notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.notebook import FileNotebook
from orchestrator.errors import Fatal
from orchestrator.protocol.types import Ballot, Notes, Phase

FULL = Notes(
    round=7,
    update=bytes(range(32)),
    ballot=Ballot(bytes(range(32, 64)), -1, 0b1001, 2**32 - 1, 0),
    is_given_up=True,
    best_loss=0.1 + 0.2,
    slashed_round=6,
    phase=Phase.REVEALING,
    phase_seen_at=1_700_000_000,
)


@pytest.mark.parametrize("notes", [Notes(), FULL])
def test_notes_come_back_as_they_were(tmp_path: Path, notes: Notes) -> None:
    FileNotebook(tmp_path / "state" / "notes.json").write(notes)
    assert FileNotebook(tmp_path / "state" / "notes.json").read() == notes
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["notes.json"]


def test_a_file_cut_off_anywhere_is_an_empty_notebook(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    FileNotebook(path).write(FULL)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert FileNotebook(path).read() == Notes()


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"phase": 99}', '{"phase": 0, "update": "zz", "ballot": null}', "\0\xff"]
)
def test_a_damaged_file_is_an_empty_notebook(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.json").write_text(text)
    assert FileNotebook(tmp_path / "notes.json").read() == Notes()


def test_a_disk_that_takes_nothing_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fatal) as caught:
        FileNotebook(tmp_path / "file" / "notes.json").write(FULL)
    assert caught.value.hint
