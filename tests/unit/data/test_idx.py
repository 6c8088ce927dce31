"""IDX files are read for what they hold, not for what their header promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrator.data.idx import read_idx
from orchestrator.errors import DatasetError

GOOD = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes(range(6))


def write(folder: Path, content: bytes) -> Path:
    (folder / "file").write_bytes(content)
    return folder / "file"


def test_values_come_in_the_shape_of_the_header(tmp_path: Path) -> None:
    assert read_idx(write(tmp_path, GOOD)).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_real_mnist_is_read(mnist_folder: Path) -> None:
    images = read_idx(mnist_folder / "t10k-images-idx3-ubyte")
    assert (images.shape, images.dtype) == ((10000, 28, 28), np.uint8)


BAD = {
    "empty": b"",
    "shorter than its magic": bytes([0, 0, 8]),
    "something else": b"PK\x03\x04" + bytes(20),
    "floats": bytes([0, 0, 0x0D]) + GOOD[3:],
    "no dimension": bytes([0, 0, 8, 0]) + bytes(6),
    "ends in its header": GOOD[:9],
    "one value short": GOOD[:-1],
    "one value too many": GOOD + b"\0",
    "promises 2^64 values": bytes([0, 0, 8, 2]) + b"\xff" * 8 + bytes(6),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_broken_file_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DatasetError, match=str(path)) as refusal:
        read_idx(path)
    assert "Fetch" in refusal.value.hint


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No such file"):
        read_idx(tmp_path / "none")
