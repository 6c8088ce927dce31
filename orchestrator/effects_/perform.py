"""Perform one duty: one case each. What a node makes goes into the notes that come back; what it says goes to the chain."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from orchestrator.errors import ArtifactMissing, ArtifactRefused, Fatal
from orchestrator.learning.aggregate import ReceivedUpdate, aggregate
from orchestrator.learning.artifact import Layout, find_flaw
from orchestrator.learning.definition import Definition
from orchestrator.learning.judge import compute_reference, compute_score
from orchestrator.ports import Chain, Log, Progress, Storage, Trainer
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.duties import (
    CommitVote,
    Draw,
    Duty,
    Judge,
    RevealVote,
    Settle,
    Slash,
    Stop,
    SubmitUpdate,
    Train,
    Wait,
    Withdraw,
)
from orchestrator.protocol.types import Ballot, Digest, Notes, Phase, RoundView, encode_loss, is_committed_to


@dataclass(frozen=True)
class World:
    """What a node acts on."""

    chain: Chain
    storage: Storage
    trainer: Trainer
    definition: Definition
    """What all must do alike."""
    layout: Layout
    """What the tensors of every artifact of the task look like, as its recipe says."""
    secret: bytes
    """Known to this node only; seeds its training, so that a restarted node makes the same update again."""
    log: Log
    margin_seconds: int = 10
    """How long before the commit deadline a voter stops waiting for updates that nobody offers."""


def perform(duty: Duty, view: RoundView, notes: Notes, world: World) -> Notes:
    """Do `duty` as of `view`, and return the notes as they are afterwards."""
    match duty:
        case Wait() | Stop():
            return notes
        case Draw():
            world.chain.draw()
        case Train():
            return replace(notes, update=_train(view, world))
        case SubmitUpdate():
            world.chain.submit_update(duty.update)
        case Judge():
            return _judge(duty, view, notes, world)
        case CommitVote():
            world.chain.commit_vote(duty.round, duty.ballot)
        case RevealVote():
            return _reveal(duty, view, notes, world)
        case Settle():
            world.chain.settle()
        case Slash():
            return _slash(duty, notes, world)
        case Withdraw():
            world.chain.withdraw()
    return notes


def fetch_model(storage: Storage, digest: Digest, layout: Layout, limit_bytes: int) -> bytes:
    """A global model, checked before anything looks into it: the task's creator and the voters are peers too.

    Raises ArtifactMissing while nobody offers it, Fatal for one that cannot be used, now or ever.
    """
    try:
        model = storage.get(digest, limit_bytes=limit_bytes)
        flaw = find_flaw(model, layout, limit_bytes)
    except ArtifactRefused as refused:
        flaw = str(refused)
    if flaw:
        hint = "leave the task, or ask its creator: the model does not fit the task's definition"
        raise Fatal(f"the global model {to_cid(digest)} cannot be used: {flaw}", hint=hint)
    return model


def _train(view: RoundView, world: World) -> Digest:
    """The digest of a fresh update, published."""
    model = _fetch_global_model(view, world)
    seed = int.from_bytes(hashlib.sha256(world.secret + view.seed + view.round.to_bytes(32, "big")).digest()[:8], "big") >> 1
    update = world.trainer.train(model, seed=seed, progress=_progress(world, "train", view))
    if flaw := find_flaw(update, world.layout, world.definition.limit_bytes):
        raise Fatal(
            f"the update trained in round {view.round} is not valid: {flaw}", hint="lower the learning rate, check the data"
        )
    return world.storage.put(update)


def _fetch_global_model(view: RoundView, world: World) -> bytes:
    return fetch_model(world.storage, view.global_model, world.layout, world.definition.limit_bytes)


def _judge(duty: Judge, view: RoundView, notes: Notes, world: World) -> Notes:
    """Aggregate what is valid and compare it with the best global model so far, on the own test part (D11)."""
    model = _fetch_global_model(view, world)
    updates = _fetch_updates(duty, view, world)
    before = world.trainer.evaluate(model)
    reference = compute_reference(before, notes.best_loss)
    if updates:
        result = aggregate(updates, model, **world.definition.aggregation.model_dump())
        digest = world.storage.put(result)
        after = world.trainer.evaluate(result)
        score = compute_score(reference, after, world.definition.tolerance)
    else:  # nothing worth aggregating: everybody names the global model, and says no
        digest, after, score = view.global_model, before, -1
    ballot = Ballot(digest, score, encode_loss(before), encode_loss(after))
    world.log("ballot.made", round=duty.round, aggregate=digest.hex(), score=score, loss_before=before, loss_after=after)
    return replace(notes, ballot=ballot, best_loss=reference)


def _fetch_updates(duty: Judge, view: RoundView, world: World) -> list[ReceivedUpdate]:
    """The round's valid updates. Raises ArtifactMissing while somebody may still come up with a missing one."""
    found: list[ReceivedUpdate] = []
    for done, update in enumerate(view.updates):
        if update.digest in (received.digest for received in found):
            world.log("update.left_out", round=duty.round, proposer=update.proposer, why="it is a copy of another's")
            continue
        try:
            artifact = world.storage.get(update.digest, limit_bytes=world.definition.limit_bytes)
            flaw = find_flaw(artifact, world.layout, world.definition.limit_bytes)
        except ArtifactRefused as refused:
            artifact, flaw = b"", str(refused)
        except ArtifactMissing:
            if view.phase is Phase.COMMITTING and view.timestamp + world.margin_seconds < duty.deadline:
                raise
            artifact, flaw = b"", "nobody offers it"
        if flaw is None:
            found.append(ReceivedUpdate(update.digest, update.weight, artifact))
        else:
            world.log("update.left_out", round=duty.round, digest=update.digest.hex(), proposer=update.proposer, why=flaw)
        world.log("progress", work="fetch", round=duty.round, fraction=(done + 1) / len(view.updates))
    return found


def _reveal(duty: RevealVote, view: RoundView, notes: Notes, world: World) -> Notes:
    """Show the ballot, if it still is the one committed to: a node that lost its notes has made it anew."""
    if not is_committed_to(view, world.chain.compute_commitment(duty.round, duty.ballot)):
        world.log("vote.cannot_reveal", round=duty.round, why="the ballot made again is not the one committed to")
        return replace(notes, is_given_up=True)
    world.chain.reveal_vote(duty.round, duty.ballot)
    return notes


def _slash(duty: Slash, notes: Notes, world: World) -> Notes:
    world.chain.slash(duty.round, world.chain.read_penalised(duty.round))
    return replace(notes, slashed_round=duty.round)


def _progress(world: World, work: str, view: RoundView) -> Progress:
    return lambda fraction: world.log("progress", work=work, round=view.round, fraction=fraction)
