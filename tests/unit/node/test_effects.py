"""What performing a duty makes: updates that nobody can fetch before Training is over, and what becomes of lost drafts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from orchestrator.effects import World, fetch_model, perform
from orchestrator.errors import ArtifactMissing, ArtifactRefused, ModelUnusable
from orchestrator.learning.artifact import encode
from orchestrator.protocol.duties import Leave, Publish, Train
from orchestrator.protocol.types import Notes, Phase, RoundView, Update
from tests.unit.node.fakes import FIRST, FakeAccount, FakeChain, FakeStorage, FakeTrainer, make_model, make_world

MODEL = b"\x01" * 32
VIEW = RoundView(9, 100, Phase.TRAINING, 1, 5, global_model=MODEL, seed=b"\x03" * 32, train_end=200, rank=1)


class WildTrainer(FakeTrainer):
    """Its training diverges."""

    def train(self, global_model: bytes, **options: object) -> bytes:
        return encode({"w": np.array([np.nan, 1.0], "<f4")})


@dataclass
class Home:
    """A proposer's world, and what it told."""

    storage: FakeStorage = field(default_factory=FakeStorage)
    drafts: FakeStorage = field(default_factory=FakeStorage)
    told: list[tuple[str, dict]] = field(default_factory=list)

    def __post_init__(self) -> None:
        account = FakeAccount(FakeChain(["me"], 5), "me", lambda: None)
        log = lambda event, **values: self.told.append((event, values))  # noqa: E731
        self.world: World = make_world(account, self.storage, log, drafts=self.drafts)

    def train(self, view: RoundView = VIEW) -> Notes:
        return perform(Train(view.round, MODEL), view, Notes(round=view.round), self.world)

    def publish(self, digest: bytes, notes: Notes, view: RoundView) -> Notes:
        return perform(Publish(view.round, digest), view, notes, self.world)

    def events(self) -> list[str]:
        return [event for event, _ in self.told if event != "progress"]


def after_training(update: bytes) -> RoundView:
    updates = (Update("0x0", 1, b"\x0a" * 32, 0), Update("0x1", 1, update, 1))
    return replace(VIEW, phase=Phase.COMMITTING, updates=updates, has_submitted=True)


def test_an_update_is_kept_and_offered_to_nobody_while_others_train() -> None:
    """R11: the bytes are published when Training is over, so that nobody can copy what is still to be judged."""
    home = Home()
    notes = home.train()
    assert notes.update in home.drafts.artifacts and notes.update not in home.storage.artifacts
    assert notes.drafts == (notes.update,)


def test_how_far_training_is_is_told() -> None:
    """What a demo shows of a node that trains."""
    home = Home()
    home.train()
    assert home.told == [("progress", dict(work="train", round=1, fraction=1.0))]


def test_then_it_is_published_and_no_draft_any_more() -> None:
    home = Home()
    notes = home.train()
    assert notes.update
    after = home.publish(notes.update, notes, after_training(notes.update))
    assert after == replace(notes, drafts=(), has_published=True)
    assert notes.update in home.storage.artifacts and notes.update not in home.drafts.artifacts
    assert home.events() == ["artifact.published"]


def test_an_update_whose_draft_is_lost_is_trained_again_to_the_same_bytes() -> None:
    """A killed node, and one that lost its disk."""
    update = Home().train().update
    assert update
    home = Home()
    after = home.publish(update, Notes(round=1), after_training(update))
    assert after.has_published and update in home.storage.artifacts and home.events() == ["artifact.published"]


def test_another_update_than_the_one_submitted_is_told_and_given_up() -> None:
    home = Home()
    after = home.publish(b"\x0e" * 32, Notes(round=1), after_training(b"\x0e" * 32))
    assert after.has_published and home.events() == ["draft.lost"]


def test_a_lost_aggregate_is_left_to_the_others() -> None:
    """They all have made it."""
    home = Home()
    after = home.publish(b"\x0e" * 32, Notes(round=1, drafts=(b"\x0e" * 32, b"\x0d" * 32)), after_training(b"\x0a" * 32))
    assert after == Notes(round=1, drafts=(b"\x0d" * 32,)) and home.events() == ["draft.lost"]


def test_a_restarted_proposer_makes_the_same_update_again() -> None:
    """I4: the seed of training comes from the secret and the round, so a crash changes nothing."""
    once, again, other = Home().train(), Home().train(), Home().train(replace(VIEW, round=2))
    assert once.update == again.update != other.update


def test_training_that_diverges_gives_the_round_up() -> None:
    """The same seed would make the same update again."""
    home = Home()
    home.world = replace(home.world, trainer=WildTrainer())
    notes = home.train()
    assert notes.is_given_up and notes.update is None and notes.drafts == ()
    assert home.events() == ["duty.given_up"]


@pytest.mark.parametrize("artifact", [b"\x80\x04 a pickle", make_model(1.0), None])
def test_without_a_usable_global_model_there_is_no_training(artifact: bytes | None) -> None:
    """Section 5: nothing that came from somebody else is loaded unchecked."""
    home = Home()
    home.storage.artifacts.pop(MODEL)
    if artifact:
        home.storage.artifacts[MODEL] = artifact
    with pytest.raises(ModelUnusable):
        home.train()


def test_a_global_model_is_told_missing_from_unusable() -> None:
    home = Home()
    layout, limit = home.world.layout, home.world.definition.limit_bytes
    assert fetch_model(home.storage, MODEL, layout, limit) == FIRST
    with pytest.raises(ArtifactMissing):
        fetch_model(home.storage, b"\x09" * 32, layout, limit)

    class Refusing(FakeStorage):
        def get(self, digest: bytes, **limits: object) -> bytes:
            raise ArtifactRefused("these are other bytes")

    with pytest.raises(ModelUnusable, match="these are other bytes") as refused:
        fetch_model(Refusing(), MODEL, layout, limit)
    assert refused.value.hint


def test_leaving_is_said_and_done() -> None:
    home = Home()
    perform(Leave(4), replace(VIEW, round=4), Notes(round=4, unusable_since=2), home.world)
    assert home.events() == ["leaving"] and home.world.chain.sent[-1][2] == "leave"  # type: ignore[attr-defined]
