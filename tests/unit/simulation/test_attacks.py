"""What malicious participants do to labels and tensors."""

from __future__ import annotations

import numpy as np

from orchestrator.learning.artifact import encode, find_flaw, read_layout
from orchestrator.simulation.attacks import add_noise, derange_labels, flip_labels, flip_sign

LABELS = np.tile(np.arange(10), 3)
GLOBAL = {"w": np.zeros(1000, "<f4"), "steps": np.array(1, "<i8")}
UPDATE = {"w": np.full(1000, 0.5, "<f4"), "steps": np.array(2, "<i8")}


def test_flipping_mirrors_every_label() -> None:
    assert flip_labels(LABELS, 10)[:10].tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_a_derangement_leaves_no_label_and_uses_every_label() -> None:
    for seed in range(20):
        deranged = derange_labels(LABELS, 10, seed=seed)
        assert not (deranged == LABELS).any()
        assert sorted(deranged[:10].tolist()) == list(range(10))


def test_noise_is_as_strong_as_asked_and_the_same_for_the_same_seed() -> None:
    noisy = add_noise(UPDATE, deviation=2.0, seed=1)
    assert 1.8 < float(noisy["w"].std()) < 2.2
    assert encode(noisy) == encode(add_noise(UPDATE, deviation=2.0, seed=1))


def test_a_flipped_sign_walks_backwards() -> None:
    assert (flip_sign(UPDATE, GLOBAL, scale=2.0)["w"] == -1.0).all()


def test_attacked_updates_look_valid_and_keep_their_counters() -> None:
    """A vote must catch them, not the check of the format."""
    for attacked in (add_noise(UPDATE, deviation=1.0, seed=1), flip_sign(UPDATE, GLOBAL)):
        assert find_flaw(encode(attacked), read_layout(encode(GLOBAL)), 1 << 20) is None
        assert attacked["steps"] == 2
