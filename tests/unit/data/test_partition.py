"""Sharing out: nobody gets another's samples, nobody gets too few, and the held-out test set goes to nobody."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestrator.data.dataset import MIN_SAMPLES, Dataset, load_dataset
from orchestrator.data.partition import FEW_EACH, draw_parts, partition, share_out, write_parts
from orchestrator.data.public import FORMATS, load_public
from orchestrator.errors import DatasetError

LABELS = np.arange(1000) % 10


@settings(deadline=None)
@given(some.integers(1, 100), some.integers(0, 2**32), some.none() | some.floats(0.01, 100))
def test_every_sample_goes_to_exactly_one_node_and_every_node_gets_enough(nodes: int, seed: int, alpha: float | None) -> None:
    parts = partition(LABELS, nodes, seed=seed, alpha=alpha)
    assert sorted(np.concatenate(parts).tolist()) == list(range(1000))
    assert len(parts) == nodes
    assert min(map(len, parts)) >= MIN_SAMPLES


@pytest.mark.parametrize("alpha", [None, 0.5])
def test_the_seed_decides(alpha: float | None) -> None:
    def draw(seed: int) -> list[list[int]]:
        return [part.tolist() for part in partition(LABELS, 7, seed=seed, alpha=alpha)]

    assert draw(1) == draw(1) != draw(2)


GOLDEN = {
    None: ["306819bca24419b2", "dbe5586d9119bf28", "901b9744e8998177"],
    0.5: ["e8a7ee57f713950b", "0634608eac3d0999", "eaa43515ee1de69d"],
}


@pytest.mark.parametrize("alpha", GOLDEN)
def test_the_parts_never_change(alpha: float | None) -> None:
    """Golden: an experiment can be repeated with a later version."""
    parts = partition(LABELS[:200], 3, seed=1, alpha=alpha)
    assert [hashlib.sha256(part.astype("<i8").tobytes()).hexdigest()[:16] for part in parts] == GOLDEN[alpha]


def test_even_parts_are_even_and_alike() -> None:
    parts = partition(LABELS, 8, seed=1)
    assert {len(part) for part in parts} == {125}
    assert min(np.bincount(LABELS[part], minlength=10).min() for part in parts) > 0


def test_a_small_alpha_makes_data_unlike() -> None:
    def share_of_commonest_label(alpha: float) -> float:
        parts = partition(LABELS, 8, seed=1, alpha=alpha)
        return float(np.mean([np.bincount(LABELS[part]).max() / len(part) for part in parts]))

    assert share_of_commonest_label(0.1) > 0.4 > 0.2 > share_of_commonest_label(1000)


@pytest.mark.parametrize("nodes", [0, 101])
def test_too_many_nodes_for_the_data_are_refused(nodes: int) -> None:
    with pytest.raises(DatasetError, match=f"1000 samples cannot be shared out to {nodes} nodes"):
        partition(LABELS, nodes, seed=1)


def test_all_parts_are_all_of_the_data(dataset_paths: list[Path], held_out: Dataset) -> None:
    datasets = [load_dataset(path, FORMATS["digits"]) for path in dataset_paths]
    public, expected = load_public("digits", Path())
    assert np.array_equal(held_out.inputs, expected.inputs)
    assert sum(len(dataset.labels) for dataset in datasets) == len(public.labels) == 1500


def test_datasets_are_written_the_same_way_twice(dataset_paths: list[Path], tmp_path: Path) -> None:
    again = write_parts("digits", tmp_path, tmp_path / "new" / "folder", 3, seed=1)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in dataset_paths]


@pytest.mark.parametrize("alpha", [None, 0.1])
def test_many_nodes_draw_from_a_pool_that_is_too_small_to_be_shared_out(alpha: float | None) -> None:
    """No node has a sample twice; two nodes may have the same one."""
    labels = np.arange(500) % 10
    parts = share_out(labels, 100, seed=3, alpha=alpha)
    assert [len(np.unique(part)) for part in parts] == [FEW_EACH] * 100
    assert sum(map(len, parts)) > len(labels)
    again = share_out(labels, 100, seed=3, alpha=alpha)
    assert all(np.array_equal(one, other) for one, other in zip(parts, again, strict=True))
    shares = [np.bincount(labels[part], minlength=10).max() / FEW_EACH for part in parts]
    assert (np.mean(shares) > 0.5) == (alpha is not None)


def test_a_pool_that_is_great_enough_is_shared_out() -> None:
    labels = np.arange(500) % 10
    parts = share_out(labels, 10, seed=3)
    assert sorted(np.concatenate(parts)) == list(range(500))
    assert [len(part) for part in share_out(labels, 10, seed=3, samples=20)] == [20] * 10


@pytest.mark.parametrize("samples", [9, 501])
def test_nobody_draws_too_few_or_more_than_there_are(samples: int) -> None:
    with pytest.raises(DatasetError, match="cannot be drawn from 500"):
        draw_parts(np.arange(500) % 10, 4, samples, seed=0)
