"""A participant's data: whatever is wrong with it is said before a stake hangs on it."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors.numpy import save_file

from orchestrator.data.dataset import (
    MAX_TEST_SAMPLES,
    Dataset,
    DatasetFormat,
    limit_dataset,
    load_dataset,
    save_dataset,
    split_dataset,
)
from orchestrator.errors import DatasetError

FORM = DatasetFormat(shape=(2, 3), dtype=np.dtype(np.float32), classes=4)


def make_dataset(count: int = 40) -> Dataset:
    return Dataset(np.arange(count * 6, dtype=np.float32).reshape(count, 2, 3), np.arange(count) % 4)


def write(folder: Path, inputs: np.ndarray, labels: np.ndarray) -> Path:
    save_dataset(folder / "dataset.safetensors", Dataset(inputs, labels))
    return folder / "dataset.safetensors"


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    loaded = load_dataset(write(tmp_path, *make_dataset()), FORM)
    assert np.array_equal(loaded.inputs, make_dataset().inputs)
    assert np.array_equal(loaded.labels, make_dataset().labels)


INPUTS, LABELS = make_dataset()
SPOILED = INPUTS.copy()
SPOILED[3, 1, 2] = float("nan")
WRONG = {
    "empty": (INPUTS[:0], LABELS[:0], "0 samples, at least 10"),
    "too few": (INPUTS[:9], LABELS[:9], "9 samples, at least 10"),
    "another shape": (INPUTS.reshape(40, 3, 2), LABELS, r"shape \[40, 3, 2\], expected \[n, 2, 3\]"),
    "flat": (INPUTS.reshape(40, 6), LABELS, r"shape \[40, 6\]"),
    "a single number": (np.array(1.0), LABELS, r"shape \[\]"),
    "a label missing": (INPUTS, LABELS[1:], r"labels have shape \[39\], expected \[40\]"),
    "labels of two dimensions": (INPUTS, LABELS[:, np.newaxis], r"shape \[40, 1\]"),
    "another dtype": (INPUTS.astype(np.float64), LABELS, "are float64 and int64"),
    "labels that are fractions": (INPUTS, LABELS.astype(np.float32), "expected float32 and int64"),
    "a label too high": (INPUTS, LABELS + 1, "labels run from 1 to 4, expected 0 to 3"),
    "a label below zero": (INPUTS, LABELS - 1, "labels run from -1 to 2"),
    "not finite": (SPOILED, LABELS, "not finite"),
}


@pytest.mark.parametrize(("inputs", "labels", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_data_is_refused_with_what_was_expected(
    tmp_path: Path, inputs: np.ndarray, labels: np.ndarray, words: str
) -> None:
    with pytest.raises(DatasetError, match=words) as refusal:
        load_dataset(write(tmp_path, inputs, labels), FORM)
    assert "inputs float32 [n, 2, 3], labels int64 [n] in 0 … 3" in refusal.value.hint


def test_a_file_with_other_tensors_is_refused(tmp_path: Path) -> None:
    save_file({"images": INPUTS}, tmp_path / "other")
    with pytest.raises(DatasetError, match=r"\['images'\], expected inputs and labels"):
        load_dataset(tmp_path / "other", FORM)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, pickle.dumps([1, 2, 3])])
def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as a safetensors file"):
        load_dataset(tmp_path / "file", FORM)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn])
def test_a_dtype_that_numpy_does_not_know_is_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    inputs = torch.from_numpy(INPUTS).to(dtype)
    safetensors.torch.save_file({"inputs": inputs, "labels": torch.from_numpy(LABELS)}, tmp_path / "file")
    with pytest.raises(DatasetError, match="cannot be read as a safetensors file"):
        load_dataset(tmp_path / "file", FORM)


def test_a_view_is_written_as_what_it_shows(tmp_path: Path) -> None:
    """The safetensors library writes the memory behind an array, in whatever order it lies there."""
    inputs = np.asfortranarray(INPUTS)
    assert np.array_equal(load_dataset(write(tmp_path, inputs, LABELS[::-1]), FORM).inputs, INPUTS)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DatasetError, match="cannot be read"):
            load_dataset(path, FORM)


def test_the_split_is_the_same_after_a_restart() -> None:
    """Golden: were it to change, a test part would turn into training data."""
    _, test = split_dataset(make_dataset(), b"seed")
    assert (test.inputs[:, 0, 0] / 6).tolist() == [0, 5, 23, 27, 31, 34, 37, 39]


def test_another_seed_splits_differently() -> None:
    assert not np.array_equal(split_dataset(make_dataset(), b"a")[1].inputs, split_dataset(make_dataset(), b"b")[1].inputs)


def test_the_parts_share_no_sample_and_lose_none() -> None:
    training, test = split_dataset(make_dataset(), b"seed")
    assert sorted(np.concatenate([training.inputs, test.inputs])[:, 0, 0].tolist()) == make_dataset().inputs[:, 0, 0].tolist()
    assert (len(training.labels), len(test.labels)) == (32, 8)


def test_the_test_part_of_much_data_stays_quick_to_evaluate() -> None:
    assert len(split_dataset(make_dataset(10_000), b"seed")[1].labels) == MAX_TEST_SAMPLES


def test_a_limited_part_is_always_the_same_piece_of_the_whole() -> None:
    whole = make_dataset()
    first, again, other = (limit_dataset(whole, 10, seed) for seed in (b"a", b"a", b"b"))
    assert np.array_equal(first.inputs, again.inputs) and not np.array_equal(first.inputs, other.inputs)
    assert len(first.labels) == 10 and set(first.inputs[:, 0, 0].tolist()) <= set(whole.inputs[:, 0, 0].tolist())


def test_a_part_below_the_limit_is_left_as_it_is() -> None:
    assert limit_dataset(make_dataset(), 40, b"a").labels.shape == limit_dataset(make_dataset(), 99, b"a").labels.shape == (40,)
