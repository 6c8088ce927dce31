"""What is learned, as the task's creator published it?"""

from __future__ import annotations

from orchestrator.errors import ArtifactMissing, ArtifactRefused, DefinitionError
from orchestrator.learning.definition import MAX_DOCUMENT_BYTES, Definition, parse_definition
from orchestrator.ports import Storage
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.types import Digest


def fetch_definition(storage: Storage, digest: Digest) -> Definition:
    """The model definition, verified.

    Raises DefinitionError if it does not match or is malformed, ArtifactMissing if nobody has it.
    """
    cid = to_cid(digest)
    try:
        return parse_definition(storage.get(digest, limit_bytes=MAX_DOCUMENT_BYTES))
    except ArtifactRefused as refused:
        hint = "remove it from the store, or use a store that has the right one"
        raise DefinitionError(
            f"the model definition {cid} does not match its digest on chain: {refused}", hint=hint
        ) from refused
    except ArtifactMissing as missing:
        hint = "check --store: it must be one that the task's creator publishes to"
        raise ArtifactMissing(f"the model definition {cid} cannot be found: {missing}", hint=hint) from missing
