"""Who can fetch what a participant offers, and when? All at once, some first, all late, or nobody; the honest pass it on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Literal

from orchestrator.errors import ArtifactMissing
from orchestrator.ports import Instant, Storage
from orchestrator.protocol.types import Address, Digest

PASSING_ON_SECONDS = 5.0
"""From the moment that somebody honest has an artifact until everybody can have it."""
Whom = Literal["everybody", "half", "nobody"]


@dataclass(frozen=True)
class Serving:
    """How a strategy serves its updates."""

    whom: Whom = "everybody"
    delay: Callable[[Random, float], float] = lambda dice, window: 0.0
    """(dice, seconds of the commit window) → seconds from the publication, which is when voters begin, until it is served."""


AT_ONCE = Serving()
SERVINGS: dict[str, Serving] = {
    "at once": AT_ONCE,
    "never": Serving("nobody"),
    "to half": Serving("half"),
    # Somewhere in the stretch in which the cut-off lies: no other moment can divide voters, and of these none is better.
    "to half at last": Serving("half", lambda dice, window: dice.uniform(window / 3, 2 * window / 3)),
    "late": Serving("everybody", lambda dice, window: window / 2),
}


@dataclass
class Offer:
    """How one artifact is offered. Times are those of the chain."""

    whom: Whom
    since: float
    passed_on: float = inf
    """From when on everybody can have it, because somebody honest had."""

    def is_open_to(self, account: Address, now: float) -> bool:
        """Whether `account` can fetch it."""
        is_served = self.whom == "everybody" or (self.whom == "half" and is_first(account))
        return (is_served and now >= self.since) or now >= self.passed_on

    def pass_on(self, now: float) -> None:
        """Somebody honest has fetched it."""
        self.passed_on = min(self.passed_on, now + PASSING_ON_SECONDS)


def is_first(account: Address) -> bool:
    """Whether it is of the half that is served first."""
    return int(account[-2:], 16) % 2 == 0


class Offers(dict[Digest, Offer]):
    """Of all artifacts. One that nobody has offered here is there for everybody."""

    def count_changes(self, now: float) -> int:
        """How often more could be fetched so far: who waits for something looks again when that has changed."""
        return bisect_right(self._list_moments(), now)

    def find_next_change(self, now: float) -> float:
        """When more can be fetched next; infinite where nothing more will come."""
        moments = self._list_moments()
        past = bisect_right(moments, now)
        return moments[past] if past < len(moments) else inf

    def _list_moments(self) -> list[float]:
        return sorted(moment for offer in self.values() for moment in (offer.since, offer.passed_on) if moment < inf)


class ServedStorage(Storage, Instant):
    """What the participant `account` can fetch of a store that all share, and how it offers what it puts there."""

    def __init__(
        self,
        storage: Storage,
        offers: Offers,
        account: Address,
        serving: Serving = AT_ONCE,
        *,
        commit_window: float = 0.0,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`offers`: shared by all. `commit_window`: in seconds. `clock`: chain time."""
        self._storage, self._offers, self._account, self._serving = storage, offers, account, serving
        self._commit_window, self._clock = commit_window, clock

    def put(self, artifact: bytes) -> Digest:
        digest = self._storage.put(artifact)
        if self._serving is AT_ONCE:
            self._offers[digest] = Offer("everybody", self._clock())  # whoever hides the same artifact hides nothing
        elif digest not in self._offers:
            delay = self._serving.delay(Random(self._account.encode() + digest), self._commit_window)
            self._offers[digest] = Offer(self._serving.whom, self._clock() + delay)
        return digest

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        offer = self._offers.get(digest)
        if offer:
            if not offer.is_open_to(self._account, self._clock()):
                raise ArtifactMissing(digest.hex())
            if self._serving is AT_ONCE:
                offer.pass_on(self._clock())
        return self._storage.get(digest, limit_bytes=limit_bytes)
