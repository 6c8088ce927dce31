"""A participant's data: whatever is wrong with it is said before a stake hangs on it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from orchestrator.data.dataset import MAX_TEST_SAMPLES, Dataset, DatasetFormat, load_dataset, save_dataset, split_dataset
from orchestrator.errors import DatasetError

FORM = DatasetFormat(shape=(2, 3), dtype=torch.float32, classes=4)


def make_dataset(count: int = 40) -> Dataset:
    return Dataset(torch.arange(count * 6, dtype=torch.float32).reshape(count, 2, 3), torch.arange(count) % 4)


def write(folder: Path, inputs: torch.Tensor, labels: torch.Tensor) -> Path:
    save_dataset(folder / "dataset.safetensors", Dataset(inputs, labels))
    return folder / "dataset.safetensors"


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    loaded = load_dataset(write(tmp_path, *make_dataset()), FORM)
    assert torch.equal(loaded.inputs, make_dataset().inputs)
    assert torch.equal(loaded.labels, make_dataset().labels)


INPUTS, LABELS = make_dataset()
SPOILED = INPUTS.clone()
SPOILED[3, 1, 2] = float("nan")
WRONG = {
    "empty": (INPUTS[:0], LABELS[:0], "0 samples, at least 10"),
    "too few": (INPUTS[:9], LABELS[:9], "9 samples, at least 10"),
    "another shape": (INPUTS.reshape(40, 3, 2), LABELS, r"shape \[40, 3, 2\], expected \[n, 2, 3\]"),
    "flat": (INPUTS.reshape(40, 6), LABELS, r"shape \[40, 6\]"),
    "a single number": (torch.tensor(1.0), LABELS, r"shape \[\]"),
    "a label missing": (INPUTS, LABELS[1:], r"labels have shape \[39\], expected \[40\]"),
    "labels of two dimensions": (INPUTS, LABELS.unsqueeze(1), r"shape \[40, 1\]"),
    "another dtype": (INPUTS.to(torch.float64), LABELS, "torch.float64"),
    "labels that are fractions": (INPUTS, LABELS.to(torch.float32), "expected torch.float32 and torch.int64"),
    "a label too high": (INPUTS, LABELS + 1, "labels run from 1 to 4, expected 0 to 3"),
    "a label below zero": (INPUTS, LABELS - 1, "labels run from -1 to 2"),
    "not finite": (SPOILED, LABELS, "not finite"),
}


@pytest.mark.parametrize(("inputs", "labels", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_data_is_refused_with_what_was_expected(
    tmp_path: Path, inputs: torch.Tensor, labels: torch.Tensor, words: str
) -> None:
    with pytest.raises(DatasetError, match=words) as refusal:
        load_dataset(write(tmp_path, inputs, labels), FORM)
    assert "inputs torch.float32 [n, 2, 3], labels torch.int64 [n] in 0 … 3" in refusal.value.hint


def test_a_file_with_other_tensors_is_refused(tmp_path: Path) -> None:
    save_file({"images": INPUTS}, tmp_path / "other")
    with pytest.raises(DatasetError, match=r"\['images'\], expected inputs and labels"):
        load_dataset(tmp_path / "other", FORM)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, pickle.dumps([1, 2, 3])])
def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as a safetensors file"):
        load_dataset(tmp_path / "file", FORM)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DatasetError, match="cannot be read"):
            load_dataset(path, FORM)


def test_the_split_is_the_same_after_a_restart() -> None:
    """Golden: were it to change, a test part would turn into training data."""
    _, test = split_dataset(make_dataset(), b"seed")
    assert (test.inputs[:, 0, 0] / 6).tolist() == [0, 5, 23, 27, 31, 34, 37, 39]


def test_another_seed_splits_differently() -> None:
    assert not torch.equal(split_dataset(make_dataset(), b"a")[1].inputs, split_dataset(make_dataset(), b"b")[1].inputs)


def test_the_parts_share_no_sample_and_lose_none() -> None:
    training, test = split_dataset(make_dataset(), b"seed")
    assert sorted(torch.cat([training.inputs, test.inputs])[:, 0, 0].tolist()) == make_dataset().inputs[:, 0, 0].tolist()
    assert (len(training.labels), len(test.labels)) == (32, 8)


def test_the_test_part_of_much_data_stays_quick_to_evaluate() -> None:
    assert len(split_dataset(make_dataset(10_000), b"seed")[1].labels) == MAX_TEST_SAMPLES
