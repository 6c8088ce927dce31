"""A chain, a store, a trainer and a notebook in memory: real implementations of the ports.

What the chain allows, decides and tells is worked out by tests/books.py. Its clock is `FakeChain.tick()`.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.effects import World
from orchestrator.errors import ArtifactMissing, LostRace
from orchestrator.learning.artifact import decode, encode, read_layout
from orchestrator.learning.definition import Definition, HyperParameters, RecipeName
from orchestrator.ports import Chain, Log, Losses, Progress
from orchestrator.protocol.types import Ballot, Fault, Notes, Outcome, RoundView, Update, compute_commitment
from tests.books import Model, Refused

START = 1003
"""Time and number of the first block: of five accounts it is the first one's turn to draw first."""
STAKE = 1000
SETTINGS: dict[str, Any] = dict(
    initialModel=b"\x01" * 32,
    minStake=STAKE,
    maxStake=0,
    voters=0,
    quorumBps=5_000,
    floorBps=0,
    faultBps=50,
    condemnedBps=500,
    slasherBps=1_000,
    patience=0,
    trainWindow=300,
    commitWindow=300,
    revealWindow=300,
    exitDelay=0,
    stallTimeout=10_000,
)
DEFINITION = Definition(
    recipe=RecipeName(name="fake", version=1), hyper_parameters=HyperParameters(epochs=1, batch_size=1, learning_rate=1.0)
)


def make_model(*values: float) -> bytes:
    """An artifact of one tensor; what `FakeTrainer` makes of a model is better the greater its values."""
    return encode({"w": np.array(values, "<f4")})


FIRST = make_model(0.0, 0.0)


class Killed(BaseException):
    """The process died here: nothing that catches errors catches that."""


class FakeChain:
    """One task that all accounts share: the books of a task with a block a second, and who did what in which round."""

    def __init__(self, accounts: list[str], rounds: int, proposers: int = 2) -> None:
        settings = SETTINGS | {"rounds": rounds, "proposers": proposers}
        settings |= {"minParticipants": len(accounts), "maxParticipants": len(accounts)}
        self.books = Model(settings, "the creator", START)
        self.books.block = START
        for account in accounts:
            self.books.join(account, STAKE)
        self.sent: list[tuple[str, int, str]] = []
        self.slashed: list[tuple[int, str]] = []

    def tick(self) -> None:
        """One second passes."""
        self.books.now, self.books.block = self.books.now + 1, self.books.block + 1

    @property
    def outcomes(self) -> list[Outcome]:
        """Of the settled rounds."""
        return [past.outcome for past in self.books.rounds.values() if past.outcome]

    @property
    def faults(self) -> set[tuple[int, str, Fault]]:
        """Round, who and what for, of the settled rounds; whether reported or not."""
        settled = [(number, past) for number, past in self.books.rounds.items() if past.outcome]
        found = [(number, who, Fault(past.fault(who))) for number, past in settled for who in past.members if past.duty(who)]
        return {(number, who, fault) for number, who, fault in found if fault}

    @property
    def withdrawn(self) -> set[str]:
        return {account for account, _, act in self.sent if act == "withdraw"}


@dataclass
class FakeAccount:
    """`Chain` for one account. `hazard` is called before and after every effect and may raise Killed."""

    shared: FakeChain
    account: str
    hazard: Callable[[], None]

    @property
    def sent(self) -> list[tuple[str, int, str]]:
        return self.shared.sent

    def read_view(self) -> RoundView:
        books = self.shared.books
        updates = books.past.updates if books.is_drawn else {}
        told = tuple(Update(who, weight, digest, books.past.rank(who)) for who, (digest, weight) in updates.items())
        time = dict(block_number=books.block, timestamp=books.now, is_seed_ready=books.block > books.anchor)
        return RoundView(**books.view(self.account) | time | {"updates": told})

    def read_penalised(self, round: int) -> list[str]:
        return [who for who in self.shared.books.rounds[round].members if self.shared.books.penalty(who, round)]

    def find_block_hash(self, since: int) -> bytes | None:
        time = max(since, START)
        return hashlib.sha256(b"%d" % time).digest() if time <= self.shared.books.now else None

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        salt = hashlib.sha256(f"{self.account}{round}".encode()).digest()
        account = "0x" + hashlib.sha256(self.account.encode()).hexdigest()[:40]
        return compute_commitment(ballot, salt, chain_id=1, task=account, round=round, voter=account)

    def _do(self, act: str, *values: Any) -> None:
        self.hazard()
        round = self.shared.books.round
        try:
            getattr(self.shared.books, act)(*values)
        except Refused as refused:
            raise LostRace(str(refused)) from refused
        self.sent.append((self.account, round, act))
        self.hazard()

    def draw(self) -> None:
        self._do("draw", int.from_bytes(hashlib.sha256(f"{self.shared.books.round}".encode()).digest()[:30], "big"))

    def submit_update(self, update: bytes) -> None:
        self._do("submit", self.account, update)

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self._do("commit", self.account, self.compute_commitment(round, ballot))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        committed = self.shared.books.past.commits.get(self.account)
        self._do("reveal", self.account, ballot, committed == self.compute_commitment(round, ballot))

    def settle(self) -> None:
        self._do("settle")

    def slash(self, round: int, accounts: Sequence[str]) -> None:
        if accounts:
            self._do("slash", self.account, round, accounts)
            self.shared.slashed += [(round, account) for account in accounts]

    def leave(self) -> None:
        self._do("leave", self.account)

    def withdraw(self) -> None:
        self._do("withdraw", self.account)


class FakeStorage:
    """A dictionary."""

    def __init__(self, hazard: Callable[[], None] = lambda: None) -> None:
        self.artifacts: dict[bytes, bytes] = {SETTINGS["initialModel"]: FIRST}
        self.hazard = hazard

    def put(self, artifact: bytes) -> bytes:
        self.hazard()
        digest = hashlib.sha256(artifact).digest()
        self.artifacts[digest] = artifact
        self.hazard()
        return digest

    def get(self, digest: bytes, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        if digest not in self.artifacts:
            raise ArtifactMissing(digest.hex())
        return self.artifacts[digest]

    def drop(self, digest: bytes) -> None:
        self.hazard()
        self.artifacts.pop(digest, None)
        self.hazard()


class FakeTrainer:
    """Every training makes the values greater, by as much as the seed says; the greater they are, the lower the loss."""

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        progress(1.0)
        return make_model(*(decode(global_model)["w"] + 1.0 + seed % 1000 / 1000))

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        losses = [self.measure(float(decode(model)["w"].sum())) for model in models]
        return [Losses(loss, loss) for loss in losses]

    @staticmethod
    def measure(value: float) -> float:
        """1 at zero, falling towards 0 above, rising below."""
        return 1.0 / (1.0 + value) if value >= 0 else 1.0 - value


class FakeNotebook:
    """Notes that survive the node, or are lost with it."""

    def __init__(self, hazard: Callable[[], None] = lambda: None) -> None:
        self.notes = Notes()
        self.hazard = hazard

    def read(self) -> Notes:
        return self.notes

    def write(self, notes: Notes) -> None:
        self.hazard()
        self.notes = notes
        self.hazard()


def sometimes(dice: random.Random, probability: float) -> Callable[[], None]:
    """A hazard that kills with `probability`."""

    def hazard() -> None:
        if dice.random() < probability:
            raise Killed

    return hazard


def make_world(
    chain: Chain,
    storage: FakeStorage,
    log: Log = lambda event, **values: None,
    secret: bytes = b"secret",
    drafts: FakeStorage | None = None,
) -> World:
    """What a node acts on: fakes where it needs the world, and the real rules that all share."""
    return World(chain, storage, drafts or FakeStorage(), FakeTrainer(), DEFINITION, read_layout(FIRST), secret, log)
