"""Every failure a node can meet belongs to one of three families, and the family says what to do.

`Transient`: the world is not ready (RPC down, artifact not there yet); look again.
`LostRace`: somebody else did it first, or the phase moved on; log it and look again.
`Fatal`: looking again cannot help; stop, and say what to do about it (`hint`).
"""

from __future__ import annotations


class StarlingError(Exception):
    """Base of all our errors. `hint` is one sentence that says what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Transient(StarlingError):
    """Try again: nothing was lost."""


class LostRace(StarlingError):
    """The chain refused because its state had moved on. Look again."""


class Fatal(StarlingError):
    """Stop. `hint` says what must be done."""


class ArtifactMissing(Transient):
    """No store that can be reached has the artifact (yet)."""


class ModelUnusable(Transient):
    """This node has no global model to work with: nobody offers it, or what they offer is not a model of the task. The next
    round's may be better."""


class ArtifactRefused(StarlingError):
    """The bytes that were fetched are not what the digest promised, or are over the size limit."""


class DatasetError(Fatal):
    """The participant's data cannot be used as it is."""


class DefinitionError(Fatal):
    """A model definition is malformed, or names something that this node does not have."""


class ConfigError(Fatal):
    """A setting, key file or address is missing or malformed."""


class ChainError(Fatal):
    """The RPC endpoint answers something that this node must not act on (other chain, no contract)."""
