"""A liar trains on flipped labels, and sees as clearly as the honest what comes of it."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.torch_trainer import open_trainer
from orchestrator.learning.artifact import find_flaw
from orchestrator.learning.definition import Definition
from orchestrator.learning.judge import compute_ratio, compute_score, is_harmful
from orchestrator.simulation.lying_trainer import open_lying_trainer


def test_flipped_labels_spoil_an_update_and_a_voter_sees_it(
    definition: Definition, dataset_paths: list[Path], global_model: bytes
) -> None:
    liar = open_lying_trainer(definition, dataset_paths[0], b"key")
    update = liar.train(global_model, seed=1, progress=lambda fraction: None)
    voter = open_trainer(definition, dataset_paths[1], b"key of 1")
    assert find_flaw(update, voter.layout, definition.limit_bytes) is None
    before, after = voter.evaluate([global_model, update])
    assert compute_score(before.mean, after.mean, 0.1) == -1
    assert is_harmful(compute_ratio(before.balanced, after.balanced), definition.verdict.theta)


def test_a_liars_test_part_stays_honest(definition: Definition, dataset_paths: list[Path], global_model: bytes) -> None:
    """It must know the truth to vote against it."""
    liar, honest = (opener(definition, dataset_paths[0], b"key") for opener in (open_lying_trainer, open_trainer))
    assert liar.evaluate([global_model]) == honest.evaluate([global_model])
