"""How does a voter come to its ballot? Fetch, strike, aggregate, evaluate, accuse; and, with its notes lost, find it again.

Between the chain's words and `learning/`, in a file of its own because it is the longest of the duties. A voter that waits for
updates has a ballot without them ready, so that at the margin before the deadline nothing is left to do but to commit. Which of
them have come in time `protocol/cutoff.py` says to all voters alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import compress, product

from orchestrator.effects.fetching import Fetch
from orchestrator.effects.table import Made
from orchestrator.effects.world import World
from orchestrator.errors import ArtifactMissing, ModelUnusable
from orchestrator.learning.aggregate import ReceivedUpdate, aggregate
from orchestrator.learning.artifact import find_flaw
from orchestrator.learning.judge import (
    DOES_NOTHING,
    HARMS,
    compute_ratio,
    compute_reference,
    compute_score,
    find_idlers,
    is_harmful,
    list_borderline,
    make_influence,
)
from orchestrator.learning.public_tests import find_struck
from orchestrator.ports import Losses
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.cutoff import draw_cutoff, find_stretch
from orchestrator.protocol.duties import Judge
from orchestrator.protocol.types import (
    LOSS_UNIT,
    MAX_LOSS,
    Ballot,
    Digest,
    Notes,
    RoundView,
    encode_loss,
    identify_updates,
    is_committed_to,
)
from orchestrator.protocol.verdicts import make_mask

MISSING = "nobody offers it"
LATE = "it came too late"
LEAST_FETCH_SECONDS = 1.0
BORDER = 1e-3
"""So near to the threshold another number of threads may have told harm the other way."""
MOST_BORDERLINE = 4
NEAR_A_STEP = 0.05
"""So near, in steps, to where a loss is rounded the other way."""


def judge(duty: Judge, view: RoundView, notes: Notes, world: World) -> Notes:
    """The notes with a ballot. Raises ArtifactMissing while an update may still come, ModelUnusable while the global model may.

    With a commitment on chain the ballot is the one committed to, or none: then the round is given up.
    """
    judging = _Judging(duty, view, notes, world)
    return judging.find_again() if view.has_committed else judging.make_first()


class _Judging:
    """One pass at the ballot of a round."""

    def __init__(self, duty: Judge, view: RoundView, notes: Notes, world: World) -> None:
        self.duty, self.view, self.notes, self.world = duty, view, notes, world
        self.table, self.limit_bytes = world.table, world.definition.limit_bytes
        origin, fetch = identify_updates(view), self.table.fetch
        if fetch is None or self.table.origin != origin:
            fetch = self.table.clear(origin, Fetch(world.storage, self.limit_bytes, world.pace.clock))
        self.fetch = fetch
        self.margin = world.pace.compute_margin(notes, duty.deadline, world.margin_seconds)

    # ── two ways to a ballot ──

    def make_first(self) -> Notes:
        """The best ballot there is time for."""
        self._look()
        without, is_certain = self._leave_out()
        is_waiting = not is_certain and self._seconds_left() > 0
        made = self.table.made
        if made is None or (made.is_without != without and self._seconds_left() > self.table.make_seconds):
            made = self._replace_made(self._make(without))
        if is_waiting:
            raise ArtifactMissing(self._tell_missing(without))
        return self._conclude(made)

    def find_again(self) -> Notes:
        """The ballot behind the commitment, for a node that lost its notes.

        Candidates: without what is missing now, and without one more, for it may have come since; each with either sign (the
        best loss so far was in the notes), and with the borderline accusations and losses told either way.
        """
        self._look()
        missing = self._list_missing()
        one_less = (missing | {update.rank} for update in self.view.updates if update.rank not in missing)
        for without in (missing, *one_less):
            if without in self.table.tried:
                continue
            made = self._make(without)
            for ballot in self._list_candidates(made):
                if is_committed_to(self.view, self.world.chain.compute_commitment(self.view.round, ballot)):
                    return self._conclude(self._replace_made(replace(made, ballot=ballot)))
            self._drop(made)
            self.table.tried.add(without)
            if self._seconds_left() <= 0:
                break
        if missing and self._seconds_left() > 0:
            raise ArtifactMissing(self._tell_missing(missing))
        why = "no ballot that it can make again is the one committed to"
        self.world.log("vote.cannot_reveal", round=self.view.round, why=why)
        return replace(self.notes, is_given_up=True)

    # ── fetching ──

    def _look(self) -> None:
        """Raises ModelUnusable without a global model: nothing can be said of updates then."""
        within = max(LEAST_FETCH_SECONDS, self._seconds_left())
        wanted = [self.view.global_model, *(update.digest for update in self.view.updates)]
        self.fetch.look(wanted, within_seconds=within, wait_seconds=self.world.wait_seconds)
        come = sum(self._has_come(update.digest) for update in self.view.updates)
        self.world.log("progress", work="fetch", round=self.view.round, fraction=come / max(1, len(self.view.updates)))
        model = self.view.global_model
        flaw = self.fetch.refused.get(model) or self._find_flaw(model)
        if flaw:
            raise ModelUnusable(f"the global model {to_cid(model)} cannot be used: {flaw}")
        if model not in self.fetch.found:
            raise ModelUnusable(f"the global model {to_cid(model)} has not come: {self.fetch.troubles.get(model, 'not yet')}")

    def _has_come(self, digest: Digest) -> bool:
        return digest in self.fetch.found or digest in self.fetch.refused

    def _find_flaw(self, digest: Digest) -> str | None:
        artifact = self.fetch.found.get(digest)
        return find_flaw(artifact, self.world.layout, self.limit_bytes) if artifact is not None else None

    def _list_missing(self) -> frozenset[int]:
        return frozenset(update.rank for update in self.view.updates if not self._has_come(update.digest))

    def _tell_missing(self, missing: frozenset[int]) -> str:
        told = [update for update in self.view.updates if update.rank in missing]
        why = "; ".join(f"{to_cid(update.digest)}: {self.fetch.troubles.get(update.digest, 'not yet')}" for update in told)
        return f"{len(missing)} of {len(self.view.updates)} updates have not come ({why})"

    def _seconds_left(self) -> float:
        return self.duty.deadline - self.margin - self.world.pace.compute_now(self.view)

    # ── in time or not ──

    def _leave_out(self) -> tuple[frozenset[int], bool]:
        """Ranks of the updates that have not come in time, and whether that is certain.

        A voter that began to look when the cut-off could have been already does not know what came before it, and waits for all
        that may still come. Where no block draws the cut-off in time it is as early as it can be.
        """
        missing, stretch = self._list_missing(), find_stretch(self.view)
        if self._tell_time(self.fetch.began) > stretch.begin:
            return missing, not missing
        late = self._list_late(stretch.begin)
        if not missing | late:
            return missing, True
        if self.table.cutoff is None and self.view.timestamp >= stretch.end:
            drawing = self.world.chain.find_block_hash(math.ceil(stretch.end))
            self.table.cutoff = draw_cutoff(stretch, drawing, self.table.origin) if drawing else None
        if self.table.cutoff is None:
            return missing | late, False
        return missing | self._list_late(self.table.cutoff), True

    def _list_late(self, cutoff: float) -> frozenset[int]:
        """Ranks of the updates that came after it."""
        came = self.fetch.came
        return frozenset(
            update.rank
            for update in self.view.updates
            if update.digest in came and self._tell_time(came[update.digest]) > cutoff
        )

    def _tell_time(self, moment: float) -> float:
        """Chain time at a moment of this node's clock."""
        return self.world.pace.compute_now(self.view) - (self.world.pace.clock() - moment)

    # ── making ──

    def _make(self, without: frozenset[int]) -> Made:
        """The ballot without the updates of these ranks."""
        started = self.world.pace.clock()
        left_out, valid = self._sort(without)
        model, definition = self.fetch.found[self.view.global_model], self.world.definition
        numbers = definition.verdict
        left_out |= find_struck(
            valid,
            model,
            copy_share=numbers.copy_share,
            idle_share=numbers.idle_share,
            gross_factor=numbers.gross_factor,
        )
        good = {rank: artifact for rank, artifact in valid.items() if rank not in left_out}
        received = [ReceivedUpdate(one.digest, one.weight, good[one.rank]) for one in self.view.updates if one.rank in good]
        result = aggregate(received, model, **definition.aggregation.model_dump()) if received else None
        before, after = self._evaluate(model, result, good)
        accused = self._accuse(good, model)
        reference = compute_reference(before.mean, self.notes.best_loss)
        # Nothing worth aggregating: everybody names the global model, and says no.
        score = compute_score(reference, after.mean, definition.tolerance) if result else -1
        ballot = Ballot(
            self.world.drafts.put(result) if result else self.view.global_model,
            score,
            make_mask(left_out.keys() | accused.keys()),
            encode_loss(before.mean),
            encode_loss(after.mean),
        )
        self.table.make_seconds = self.world.pace.clock() - started
        self.table.seconds += self.table.make_seconds
        return Made(ballot, without, left_out, accused, before, after, reference)

    def _sort(self, without: frozenset[int]) -> tuple[dict[int, str], dict[int, bytes]]:
        """Rank → why it is left out, and rank → artifact of the valid ones."""
        left_out: dict[int, str] = {}
        valid: dict[int, bytes] = {}
        for rank, digest in sorted((update.rank, update.digest) for update in self.view.updates):
            if rank in without:
                left_out[rank] = MISSING
            elif flaw := self.fetch.refused.get(digest) or self._find_flaw(digest):
                left_out[rank] = flaw
            else:
                valid[rank] = self.fetch.found[digest]
        return left_out, valid

    def _evaluate(self, model: bytes, result: bytes | None, good: Mapping[int, bytes]) -> tuple[Losses, Losses]:
        """The losses of the global model and of the aggregate, and the ratios of those updates that have none, in one piece of
        work. When time is up the remaining updates are not evaluated, and nobody accuses them."""
        asked: list[int | None] = []

        def list_models() -> Iterator[bytes]:
            if self.table.before is None:
                asked.append(None)
                yield model
            if result is not None:
                asked.append(None)
                yield result
            for rank in sorted(good.keys() - self.table.ratios.keys()):
                if self.table.made is None and self._seconds_left() <= 0 and not self.view.has_committed:
                    return
                asked.append(rank)
                yield make_influence(good[rank], model, len(self.view.updates))

        found = list(self.world.trainer.evaluate(list_models()))
        self.table.evaluations += len(found)
        if len(found) != len(asked) or not all(isinstance(losses, Losses) for losses in found):
            raise TypeError(f"the trainer tells {len(found)} losses of {len(asked)} models")
        rest = iter(found)
        before = self.table.before = self.table.before or next(rest)
        after = next(rest) if result is not None else before
        ranks = [rank for rank in asked if rank is not None]
        for rank, losses in zip(ranks, rest, strict=True):
            self.table.ratios[rank] = compute_ratio(before.balanced, losses.balanced, self.world.definition.loss_floor)
        return before, after

    def _accuse(self, good: Mapping[int, bytes], model: bytes) -> dict[int, str]:
        numbers = self.world.definition.verdict
        ratios = {rank: self.table.ratios[rank] for rank in good if rank in self.table.ratios}
        accused: dict[int, str] = {}
        if numbers.doubt:
            accused |= dict.fromkeys(find_idlers(good, model, ratios, **numbers.doubt.model_dump()), DOES_NOTHING)
        return accused | {rank: HARMS for rank, ratio in ratios.items() if is_harmful(ratio, numbers.theta)}

    def _list_candidates(self, made: Made) -> Iterator[Ballot]:
        """`made`'s ballot and those it could have been: at most 2 · 2^4 · 3 · 3."""
        ballot = made.ballot
        ratios = {rank: ratio for rank, ratio in self.table.ratios.items() if rank not in made.left_out}
        near = list_borderline(ratios, self.world.definition.verdict.theta, width=BORDER, most=MOST_BORDERLINE)
        masks = [make_mask(compress(near, told)) for told in product((False, True), repeat=len(near))]
        befores, afters = _list_encodings(made.before.mean), _list_encodings(made.after.mean)
        for mask, score, before, after in product(masks, (ballot.score, -ballot.score), befores, afters):
            yield Ballot(ballot.aggregate, score, ballot.against ^ mask, before, after)

    # ── the end ──

    def _replace_made(self, made: Made) -> Made:
        if self.table.made and self.table.made.ballot.aggregate != made.ballot.aggregate:
            self._drop(self.table.made)
        self.table.made = made
        return made

    def _drop(self, made: Made) -> None:
        kept = (self.view.global_model, self.table.made.ballot.aggregate if self.table.made else None)
        if made is self.table.made or made.ballot.aggregate not in kept:
            self.world.drafts.drop(made.ballot.aggregate)

    def _conclude(self, made: Made) -> Notes:
        """Say what was made, and note it."""
        proposers = {update.rank: update for update in self.view.updates}
        for rank, why in made.left_out.items():
            if why is MISSING and self._has_come(proposers[rank].digest):
                why = LATE
            digest, proposer = proposers[rank].digest.hex(), proposers[rank].proposer
            self.world.log("update.left_out", round=self.view.round, digest=digest, proposer=proposer, why=why)
        for rank, why in made.accused.items():
            ratio, proposer = self.table.ratios[rank], proposers[rank].proposer
            self.world.log("update.accused", round=self.view.round, proposer=proposer, why=why, ratio=ratio)
        ballot = made.ballot
        self.world.log(
            "ballot.made",
            round=self.view.round,
            aggregate=ballot.aggregate.hex(),
            score=ballot.score,
            against=ballot.against,
            loss_before=made.before.mean,
            loss_after=made.after.mean,
            seconds=round(self.table.seconds, 3),
            evaluations=self.table.evaluations,
        )
        drafts = self.notes.drafts
        if ballot.aggregate != self.view.global_model and ballot.aggregate not in drafts:
            drafts += (ballot.aggregate,)
        return replace(
            self.notes,
            ballot=ballot,
            ballot_origin=self.table.origin,
            best_loss=made.reference,
            drafts=drafts,
            unusable_since=0,
        )


def _list_encodings(loss: float) -> list[int]:
    """A loss as the chain tells it, and as it would if rounding had gone the other way."""
    told = encode_loss(loss)
    if told == MAX_LOSS:
        return [told]
    steps = loss * LOSS_UNIT
    return [told, *(other for other in (told - 1, told + 1) if other >= 0 and abs(steps - other) <= 0.5 + NEAR_A_STEP)]
