"""What a node keeps and fetches, in this process's memory."""

from __future__ import annotations

from orchestrator.errors import ArtifactMissing
from orchestrator.ports import Drafts
from orchestrator.protocol.cid import compute_digest
from orchestrator.protocol.types import Digest, Notes


class MemoryStore(Drafts):
    """Artifacts that all share, in memory."""

    def __init__(self) -> None:
        self._artifacts: dict[Digest, bytes] = {}
        self.arrivals = 0
        """How many artifacts have come: who waits for one looks again when it has changed."""

    def put(self, artifact: bytes) -> Digest:
        digest = compute_digest(artifact)
        self.arrivals += digest not in self._artifacts
        self._artifacts.setdefault(digest, artifact)
        return digest

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        if digest not in self._artifacts:
            raise ArtifactMissing(digest.hex())
        return self._artifacts[digest]

    def drop(self, digest: Digest) -> None:
        self._artifacts.pop(digest, None)

    def list_digests(self) -> list[Digest]:
        """Of all that is here, the oldest first."""
        return list(self._artifacts)


class MemoryNotebook:
    """Notes that are never lost."""

    def __init__(self, notes: Notes | None = None) -> None:
        self._notes = notes or Notes()

    def read(self) -> Notes:
        return self._notes

    def write(self, notes: Notes) -> None:
        self._notes = notes
