"""What has come of a round's artifacts? All are fetched side by side, so that one that is withheld delays no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Condition, Thread

from orchestrator.errors import ArtifactRefused
from orchestrator.ports import Instant, Storage
from orchestrator.protocol.types import Digest


class Fetch:
    """Artifacts of one round, as far as they have come. Kept in memory until the next round's takes its place."""

    def __init__(self, storage: Storage, limit_bytes: int, clock: Callable[[], float]) -> None:
        """`clock`: counts seconds from anywhere and never goes back."""
        self._storage, self._limit_bytes, self._clock = storage, limit_bytes, clock
        self._running: set[Digest] = set()
        self._changed = Condition()
        self.began = clock()
        self.found: dict[Digest, bytes] = {}
        self.came: dict[Digest, float] = {}
        """When each of these had come, by the clock."""
        self.refused: dict[Digest, str] = {}
        """Why the bytes offered are not what the digest promises, or are too many: they never will be."""
        self.troubles: dict[Digest, str] = {}
        """Why the last attempt at an artifact failed that may still come."""

    def look(self, digests: Iterable[Digest], *, within_seconds: float, wait_seconds: float) -> None:
        """Ask for what has not come and is not being asked for, and give the store `wait_seconds` to answer.

        Each attempt has a thread of its own, and may take `within_seconds`; it goes on after this returns. Never raises: what
        goes wrong with an artifact is told of that artifact.
        """
        with self._changed:
            for digest in set(digests) - self._running - self.found.keys() - self.refused.keys():
                self._running.add(digest)
                if isinstance(self._storage, Instant):
                    self._attempt(digest, within_seconds)
                    continue
                # A daemon thread: a node that is told to stop does not wait for what nobody offers.
                Thread(target=self._attempt, args=(digest, within_seconds), daemon=True, name="fetch").start()
            self._changed.wait_for(lambda: not self._running, wait_seconds)

    def is_running(self, digest: Digest) -> bool:
        """Whether an attempt at it is under way."""
        return digest in self._running

    def _attempt(self, digest: Digest, within_seconds: float) -> None:
        artifact: bytes | None = None
        refusal, trouble = None, "the store answers nonsense"
        try:
            answer: object = self._storage.get(digest, limit_bytes=self._limit_bytes, within_seconds=within_seconds)
            artifact = answer if isinstance(answer, bytes) else None
        except ArtifactRefused as refused:
            refusal = str(refused)
        except Exception as failed:  # in a thread nobody else would hear of it
            trouble = f"{type(failed).__name__}: {failed}"
        with self._changed:
            self._running.discard(digest)
            if artifact is not None:
                self.found[digest], self.came[digest] = artifact, self._clock()
            elif refusal is not None:
                self.refused[digest] = refusal
            else:
                self.troubles[digest] = trouble
            self._changed.notify_all()
