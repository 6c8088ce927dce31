"""What performing a duty makes of updates that are missing, wrong, hostile or copied."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest

from orchestrator.effects import World, perform
from orchestrator.errors import ArtifactMissing, ArtifactRefused, Fatal
from orchestrator.protocol.duties import Judge, RevealVote, Train
from orchestrator.protocol.types import Ballot, Notes, Phase, RoundView, Update
from tests.unit.node.fakes import FIRST, FakeAccount, FakeChain, FakeStorage, make_model, make_world

MODEL = b"\x01" * 32
GOOD = make_model(1.0, 2.0)


class RefusingStorage(FakeStorage):
    """Has bytes for one digest that are not what it promises."""

    refused = b"\x0f" * 32

    def get(self, digest: bytes, *, limit_bytes: int) -> bytes:
        if digest == self.refused:
            raise ArtifactRefused("these are other bytes")
        return super().get(digest, limit_bytes=limit_bytes)


@dataclass
class Stage:
    """A voter's world, and what it told."""

    storage: FakeStorage
    world: World
    told: list[tuple[str, dict]]

    def judge(
        self, *digests: bytes, timestamp: int = 100, phase: Phase = Phase.COMMITTING, best_loss: float | None = None
    ) -> Notes:
        updates = tuple(Update(f"0x{number}", 10, digest) for number, digest in enumerate(digests))
        view = RoundView(9, timestamp, phase, 1, 5, global_model=MODEL, updates=updates)
        return perform(Judge(1, 200), view, Notes(round=1, best_loss=best_loss), self.world)

    def left_out(self) -> list[str]:
        return [values["why"] for event, values in self.told if event == "update.left_out"]


@pytest.fixture
def stage() -> Stage:
    storage, told = RefusingStorage(), []
    account = FakeAccount(FakeChain(["me"], 5), "me", lambda: None)
    return Stage(storage, make_world(account, storage, lambda event, **values: told.append((event, values))), told)


def test_an_invalid_update_is_left_out_and_the_rest_is_aggregated(stage: Stage) -> None:
    """R14: a bad update is data, not an exception; every honest voter gets the same aggregate without it."""
    good, bad = stage.storage.put(GOOD), stage.storage.put(make_model(1.0, math.nan))
    assert stage.judge(good, bad).ballot == stage.judge(good).ballot
    assert stage.left_out() == ["tensor 'w' has values that are not finite"]


def test_bytes_that_are_not_the_digests_are_left_out(stage: Stage) -> None:
    """R14: what a store hands out is never believed."""
    good = stage.storage.put(GOOD)
    assert stage.judge(good, stage.storage.refused).ballot == stage.judge(good).ballot


def test_a_copy_of_an_update_counts_once(stage: Stage) -> None:
    """R11: who submits another's digest does not double its weight in the aggregate."""
    good = stage.storage.put(GOOD)
    assert stage.judge(good, good).ballot == stage.judge(good).ballot
    assert stage.left_out() == ["it is a copy of another's"]


def test_what_comes_after_a_copy_counts_too(stage: Stage) -> None:
    good, other = stage.storage.put(GOOD), stage.storage.put(make_model(5.0, 3.0))
    assert stage.judge(good, good, other).ballot == stage.judge(good, other).ballot != stage.judge(good).ballot


def test_a_withheld_update_is_waited_for_until_the_margin_and_then_left_out(stage: Stage) -> None:
    """Section 7: an update published by digest and then withheld stalls nobody."""
    good = stage.storage.put(GOOD)
    with pytest.raises(ArtifactMissing):
        stage.judge(good, b"\x0c" * 32, timestamp=189)
    assert stage.judge(good, b"\x0c" * 32, timestamp=190).ballot == stage.judge(good).ballot
    assert stage.left_out() == ["nobody offers it"]


def test_after_committing_nobody_waits_for_a_withheld_update(stage: Stage) -> None:
    """R14: a voter that lost its notes makes its ballot again, as it was made when the update had been left out."""
    good = stage.storage.put(GOOD)
    assert stage.judge(good, b"\x0c" * 32, phase=Phase.REVEALING).ballot == stage.judge(good).ballot
    assert stage.left_out() == ["nobody offers it"]


def test_a_round_without_a_valid_update_is_voted_down(stage: Stage) -> None:
    """R17: honest voters agree on the old global model with −1, so who proposed nothing of use is penalised."""
    ballot = stage.judge(stage.storage.put(b"bad")).ballot
    assert ballot is not None
    assert (ballot.aggregate, ballot.score) == (MODEL, -1)


def test_the_reference_is_the_lowest_loss_that_a_global_model_had(stage: Stage) -> None:
    """D11: tolerated losses cannot add up round by round."""
    good = stage.storage.put(GOOD)
    easy, hard, known = (stage.judge(good, best_loss=best_loss) for best_loss in (None, 0.001, 5.0))
    assert easy.ballot is not None and hard.ballot is not None
    assert (easy.ballot.score, hard.ballot.score) == (1, -1)
    now = stage.world.trainer.evaluate(FIRST)
    assert (easy.best_loss, hard.best_loss, known.best_loss) == (now, 0.001, now)


def test_a_ballot_that_is_not_the_one_committed_to_is_not_shown(stage: Stage) -> None:
    """R14: a node that lost its notes and arrives at another ballot gives the round up instead of sending in vain."""
    view = RoundView(9, 100, Phase.REVEALING, 1, 5, commitment=b"\x05" * 30 + b"\0\0")
    notes = perform(RevealVote(1, Ballot(MODEL, 1, 1, 1)), view, Notes(round=1), stage.world)
    assert notes.is_given_up


def test_a_global_model_that_cannot_be_used_stops_the_node(stage: Stage) -> None:
    """Section 5: nothing that came from somebody else is loaded unchecked, the first global model included."""
    stage.storage.artifacts[MODEL] = b"\x80\x04 a pickle"
    view = RoundView(9, 100, Phase.TRAINING, 1, 5, global_model=MODEL)
    with pytest.raises(Fatal, match="it is a pickle"):
        perform(Train(1, MODEL), view, Notes(round=1), stage.world)
    with pytest.raises(Fatal, match="it is a pickle"):
        stage.judge(stage.storage.put(GOOD))


def test_a_global_model_that_is_not_the_digests_stops_the_node(stage: Stage) -> None:
    view = RoundView(9, 100, Phase.TRAINING, 1, 5, global_model=stage.storage.refused)
    with pytest.raises(Fatal, match="these are other bytes"):
        perform(Train(1, MODEL), view, Notes(round=1), stage.world)


def test_a_restarted_proposer_makes_the_same_update_again(stage: Stage) -> None:
    """I4: the seed of training comes from the key and the round, so a crash between training and submitting changes nothing."""
    view = RoundView(9, 100, Phase.TRAINING, 1, 5, global_model=MODEL, seed=b"\x03" * 32)
    once = perform(Train(1, MODEL), view, Notes(round=1), stage.world)
    again = perform(Train(1, MODEL), view, Notes(round=1), stage.world)
    other = perform(Train(2, MODEL), replace(view, round=2), Notes(round=2), stage.world)
    assert once.update == again.update != other.update
