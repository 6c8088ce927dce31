"""The seams: what a node needs from the world, as small protocols. Adapters implement them; fakes in tests are real classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from orchestrator.protocol.types import Address, Ballot, Digest, Notes, RoundView
from orchestrator.protocol.why import Why

Progress = Callable[[float], None]
"""Called with a fraction in [0, 1] during long work."""


class Log(Protocol):
    """What a node says goes here; `telemetry/events.py` lists all of it."""

    def __call__(self, event: str, **values: Any) -> None:
        """`log("update.left_out", round=…, proposer=…, why=…)`."""


class Storage(Protocol):
    """Content-addressed artifacts."""

    def put(self, artifact: bytes) -> Digest:
        """Keep `artifact`, offer it to the others, and return its digest. Idempotent."""

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        """The artifact, verified against `digest`. May be called by several threads at once.

        Raises ArtifactMissing (transient) if nobody has it now or all of it has not come `within_seconds` (None: as long as
        the store finds right), ArtifactRefused if the bytes are not those of the digest or are more than `limit_bytes`.
        """


class Instant:
    """Marks a store whose answers take no time, as in a simulation: nobody needs a thread to wait for one."""


class Drafts(Storage, Protocol):
    """Artifacts that this node made and offers to nobody yet. Losing them costs work: they can be made again."""

    def drop(self, digest: Digest) -> None:
        """Keep it no longer. Idempotent."""


class Losses(NamedTuple):
    """Of one model on this participant's own test part, in the recipe's unit; not finite for one that computes nonsense."""

    mean: float
    """Over all samples: what the vote compares."""
    balanced: float
    """Over the classes, each with the mean over its samples: what verdicts compare. Without classes, the same as `mean`."""


class Trainer(Protocol):
    """What only this participant can do: train and evaluate on its own data. Knows no round and no chain."""

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        """Train on the training part from `global_model`; the update as an artifact."""

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        """The losses of each, in their order, in one piece of work. `models` is read as they are needed, so that not all of
        them need to be in memory."""


class Chain(Protocol):
    """One task on one chain, seen and acted on by one account.

    Every act is simulated first, then signed, sent and waited for. It raises LostRace when the contract refuses it because
    its state has moved on, Transient when the endpoint cannot be reached, Fatal when looking again cannot help.
    """

    @property
    def account(self) -> Address:
        """The account that acts."""

    def read_view(self) -> RoundView:
        """Everything, at one block, in one call."""

    def read_penalised(self, round: int) -> list[Address]:
        """Who still owes a penalty for a settled round."""

    def find_block_hash(self, since: int) -> bytes | None:
        """Of the first block whose time is `since` or later; None while there is none."""

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        """What hides `ballot`, with a salt derived from the account's key, the task and the round."""

    def draw(self) -> None:
        """Fix the seed of the round."""

    def submit_update(self, update: Digest) -> None:
        """Offer an update."""

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        """Hide a vote."""

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        """Show the vote."""

    def settle(self) -> None:
        """Decide the round."""

    def slash(self, round: int, accounts: Sequence[Address]) -> None:
        """Report participants that owe a penalty."""

    def leave(self) -> None:
        """Be drawn no more."""

    def withdraw(self) -> None:
        """Take stake and rewards back."""


class Bell(Protocol):
    """Rings when there may be something new on the chain. One that is silent costs time, never correctness."""

    @property
    def is_heard(self) -> bool:
        """Whether it would ring. If not, whoever waits must look by itself."""

    def wait(self, seconds: float, *, seen: int, until: int | None = None, block: int | None = None) -> None:
        """Until something is new to who has seen the block `seen`: the task has announced something since, or the chain has
        come to the time `until` or the block `block`. At most so many `seconds`."""


class Past(Protocol):
    """What is told of rounds that are over; only the log needs it."""

    def explain_round(self, round: int) -> Why:
        """What one of the last six settled rounds was for the account. Raises Transient if the endpoint's events lag behind."""

    def read_coin(self) -> int:
        """What the account that pays for gas has of the chain's coin, in wei."""


class Notebook(Protocol):
    """What only this node knows. Losing it costs work, never money."""

    def read(self) -> Notes:
        """The notes as they were last written; empty ones if there are none, or none that can be read."""

    def write(self, notes: Notes) -> None:
        """Replace the notes, atomically."""
