"""What a view says of itself."""

from __future__ import annotations

import pytest

from orchestrator.protocol.types import Phase, RoundView

ENDS = {Phase.TRAINING: 30, Phase.COMMITTING: 60, Phase.REVEALING: 90}


@pytest.mark.parametrize("phase", Phase)
def test_only_the_phases_in_which_participants_act_have_an_end(phase: Phase) -> None:
    """R11, R13, R14: who draws or settles has no window, only a stall timeout."""
    view = RoundView(1, 1, phase, 1, 1, train_end=30, commit_end=60, reveal_end=90)
    assert view.phase_end == ENDS.get(phase)
