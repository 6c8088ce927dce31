"""A file is written whole or not at all, and replaces another or does not, as it is told."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from orchestrator.adapters.files import put_file, write_atomically
from orchestrator.errors import Fatal


def test_a_file_is_replaced_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two" and list(path.parent.iterdir()) == [path]


def test_a_new_file_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    put_file(path, b"one", is_new=True)
    with pytest.raises(FileExistsError):
        put_file(path, b"two", is_new=True)
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize("is_new", [True, False])
def test_a_secret_is_never_readable_by_others(tmp_path: Path, is_new: bool) -> None:
    put_file(tmp_path / "file", b"secret", mode=0o600, is_new=is_new)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fatal, match="cannot write") as caught:
        write_atomically(tmp_path / "file" / "below", b"")
    assert "another place" in caught.value.hint
