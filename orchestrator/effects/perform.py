"""Perform one duty: one case each. What a node makes goes into the notes that come back; what it says goes to the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from orchestrator.effects.judging import judge
from orchestrator.effects.telling import tell_round
from orchestrator.effects.world import World
from orchestrator.errors import ArtifactMissing, ArtifactRefused, ModelUnusable
from orchestrator.learning.artifact import Layout, find_flaw
from orchestrator.ports import Progress, Storage
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.duties import (
    Act,
    CommitVote,
    Draw,
    Judge,
    Leave,
    Publish,
    RevealVote,
    Settle,
    SlashOthers,
    SubmitUpdate,
    Tell,
    Train,
    Withdraw,
)
from orchestrator.protocol.types import Digest, Notes, RoundView, is_committed_to


def perform(duty: Act, view: RoundView, notes: Notes, world: World) -> Notes:
    """Do `duty` as of `view`, and return the notes as they are afterwards."""
    match duty:
        case Draw():
            _send(world, world.chain.draw)
        case Train():
            return _train(view, notes, world)
        case SubmitUpdate():
            _send(world, lambda: world.chain.submit_update(duty.update))
        case Publish():
            return _publish(duty, view, notes, world)
        case Judge():
            return judge(duty, view, notes, world)
        case CommitVote():
            _send(world, lambda: world.chain.commit_vote(duty.round, duty.ballot))
        case RevealVote():
            return _reveal(duty, view, notes, world)
        case Settle():
            _send(world, world.chain.settle)
        case SlashOthers():
            return _slash(duty, notes, world)
        case Tell():
            return tell_round(duty, notes, world)
        case Leave():
            world.log("leaving", round=view.round, why=f"no usable global model since round {notes.unusable_since}")
            _send(world, world.chain.leave)
        case Withdraw():
            _send(world, world.chain.withdraw)
    return notes


def fetch_model(
    storage: Storage, digest: Digest, layout: Layout, limit_bytes: int, *, within_seconds: float | None = None
) -> bytes:
    """A global model, checked before anything looks into it: the task's creator and the voters are peers too.

    Raises ArtifactMissing while nobody offers it, ModelUnusable for one that cannot be used, now or ever.
    """
    try:
        model = storage.get(digest, limit_bytes=limit_bytes, within_seconds=within_seconds)
        flaw = find_flaw(model, layout, limit_bytes)
    except ArtifactRefused as refused:
        flaw = str(refused)
    if flaw:
        hint = "leave the task, or ask its creator: the model does not fit the task's definition"
        raise ModelUnusable(f"the global model {to_cid(digest)} cannot be used: {flaw}", hint=hint)
    return model


def _send(world: World, act: Callable[[], None]) -> None:
    with world.pace.measuring_act():
        act()


def _train(view: RoundView, notes: Notes, world: World) -> Notes:
    """The notes with a fresh update, which nobody else can fetch yet."""
    update = _make_update(view, world)
    if flaw := find_flaw(update, world.layout, world.definition.limit_bytes):
        # The same seed would make the same update again.
        why, hint = f"the update is not valid: {flaw}", "lower the learning rate, check the data"
        world.log("duty.given_up", duty="Train", round=view.round, why=why, hint=hint)
        return replace(notes, is_given_up=True, unusable_since=0)
    digest = world.drafts.put(update)
    drafts = (*(draft for draft in notes.drafts if draft != digest), digest)
    return replace(notes, update=digest, drafts=drafts, unusable_since=0)


def _make_update(view: RoundView, world: World) -> bytes:
    """Trained from the global model. The seed comes from the node's secret and the round: the same bytes after any loss."""
    within = max(1.0, view.train_end - world.pace.compute_now(view)) if view.train_end else None
    try:
        model = fetch_model(world.storage, view.global_model, world.layout, world.definition.limit_bytes, within_seconds=within)
    except ArtifactMissing as missing:
        raise ModelUnusable(str(missing), hint=missing.hint) from missing
    seed = int.from_bytes(hashlib.sha256(world.secret + view.seed + view.round.to_bytes(32, "big")).digest()[:8], "big") >> 1
    return world.trainer.train(model, seed=seed, progress=_progress(world, "train", view))


def _publish(duty: Publish, view: RoundView, notes: Notes, world: World) -> Notes:
    """Offer a draft. An update whose draft is lost is trained again; an aggregate that is lost the other voters have."""
    own = {update.digest for update in view.updates if view.has_submitted and update.rank == view.rank}
    try:
        artifact = world.drafts.get(duty.artifact, limit_bytes=world.definition.limit_bytes)
    except (ArtifactMissing, ArtifactRefused) as lost:
        if duty.artifact not in own:
            world.log("draft.lost", round=view.round, digest=duty.artifact.hex(), why=str(lost))
            return _put_away(duty.artifact, notes, own)
        artifact = _make_update(view, world)
    published = world.storage.put(artifact)
    if published != duty.artifact:
        why = f"training it again made {published.hex()}"
        world.log("draft.lost", round=view.round, digest=duty.artifact.hex(), why=why)
    else:
        world.log("artifact.published", round=view.round, digest=published.hex())
    world.drafts.drop(duty.artifact)
    return _put_away(duty.artifact, notes, own)


def _put_away(artifact: Digest, notes: Notes, own: set[Digest]) -> Notes:
    drafts = tuple(draft for draft in notes.drafts if draft != artifact)
    return replace(notes, drafts=drafts, has_published=notes.has_published or artifact in own)


def _reveal(duty: RevealVote, view: RoundView, notes: Notes, world: World) -> Notes:
    """Show the ballot, if it is the one committed to; else forget it, and look for that one."""
    if not is_committed_to(view, world.chain.compute_commitment(duty.round, duty.ballot)):
        return replace(notes, ballot=None)
    _send(world, lambda: world.chain.reveal_vote(duty.round, duty.ballot))
    return notes


def _slash(duty: SlashOthers, notes: Notes, world: World) -> Notes:
    world.chain.slash(duty.round, world.chain.read_penalised(duty.round))
    return replace(notes, slashed_round=duty.round)


def _progress(world: World, work: str, view: RoundView) -> Progress:
    return lambda fraction: world.log("progress", work=work, round=view.round, fraction=fraction)
