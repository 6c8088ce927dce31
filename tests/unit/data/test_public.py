"""Public data sets are the real ones, and what is not there is refused with what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from orchestrator.data.public import load_public
from orchestrator.errors import DatasetError


def test_mnist_is_the_real_one(mnist_folder: Path) -> None:
    public, held_out = load_public("mnist", mnist_folder)
    assert (public.inputs.shape, held_out.inputs.shape) == ((60000, 1, 28, 28), (10000, 1, 28, 28))
    assert public.labels[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    assert np.bincount(held_out.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_mnist_that_was_not_fetched_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="train-images-idx3-ubyte cannot be read"):
        load_public("mnist", tmp_path)


def test_digits_hold_out_what_nobody_trains_on() -> None:
    public, held_out = load_public("digits", Path())
    assert (len(public.labels), len(held_out.labels)) == (1500, 297)
    assert set(held_out.labels.tolist()) == set(range(10))


def test_the_digits_never_change() -> None:
    """Golden: what was held out once would otherwise be trained on."""
    _, held_out = load_public("digits", Path())
    digest = hashlib.sha256(held_out.inputs.astype("<f4").tobytes() + held_out.labels.astype("<i8").tobytes()).hexdigest()
    assert digest == "429de83faf29d768e43aa361c83699fe1b06e81f7de2a0cf5b84fe39cdeff04a"


def test_a_public_data_set_that_nobody_knows_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no public data set for 'sonnets'") as refused:
        load_public("sonnets", tmp_path)
    assert "mnist, mnist-mlp, digits" in refused.value.hint
