"""What lies before a voter? What has come of a round, what is known of it, and the ballot that is ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.effects.fetching import Fetch
from orchestrator.ports import Losses
from orchestrator.protocol.types import Ballot


@dataclass(frozen=True)
class Made:
    """A ballot and what it was made of."""

    ballot: Ballot
    is_without: frozenset[int]
    """Ranks of the updates that had not come, or not in time."""
    left_out: Mapping[int, str]
    """Rank → why, of updates that are not in the aggregate."""
    accused: Mapping[int, str]
    """Rank → why, of updates that are in it and harm, or do nothing."""
    before: Losses
    after: Losses
    reference: float


@dataclass
class Table:
    """What lies before a voter in one round; in memory, and made again by a node that was restarted."""

    origin: bytes = b""
    """What `identify_updates` says of the round."""
    fetch: Fetch | None = None
    before: Losses | None = None
    """Of the global model."""
    ratios: dict[int, float] = field(default_factory=dict)
    """Rank → how much worse one P-th of the update makes the balanced loss."""
    cutoff: float | None = None
    """Chain time until which updates had to come, once it is drawn and was asked for."""
    made: Made | None = None
    tried: set[frozenset[int]] = field(default_factory=set)
    """Of a voter without notes: which updates were missing in those of its ballots that are not the one committed to."""
    make_seconds: float = 0.0
    """How long the last ballot took."""
    seconds: float = 0.0
    """How long all of them took."""
    evaluations: int = 0

    def clear(self, origin: bytes, fetch: Fetch) -> Fetch:
        """Make room for the updates of another round, and return `fetch`, which brings them."""
        vars(self).update(vars(Table(origin, fetch)))
        return fetch
