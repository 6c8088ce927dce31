"""A chain, a store, a trainer and a notebook in memory: real implementations of the ports, with the contract's rules.

`FakeChain` is the books that the contract is held against, with a clock: what it lets a node do, the contract would.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from orchestrator.effects import World
from orchestrator.errors import ArtifactMissing, LostRace
from orchestrator.learning.artifact import decode, encode, read_layout
from orchestrator.learning.definition import Definition, HyperParameters, RecipeName
from orchestrator.ports import Chain, Log, Progress
from orchestrator.protocol.events import Slashed, Withdrawn
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Ballot, Fault, Notes, Outcome, RoundView, Update, compute_commitment
from tests.books import Books, Refused

WINDOW_SECONDS = 300
STAKE = 1000
DEFINITION = Definition(
    recipe=RecipeName(name="fake", version=1), hyper_parameters=HyperParameters(epochs=1, batch_size=1, learning_rate=1.0)
)


def make_model(*values: float) -> bytes:
    """An artifact of one tensor; what `FakeTrainer` makes of a model is better the greater its values."""
    return encode({"w": np.array(values, "<f4")})


FIRST = make_model(0.0, 0.0)


class Killed(Exception):
    """The process died here."""


class FakeChain:
    """One task that all accounts share: books that keep the contract's rules, and what was sent. Its clock is `tick()`."""

    def __init__(self, accounts: Sequence[str], rounds: int, proposers: int = 2) -> None:
        parameters = Parameters(
            token="token",
            beacon="beacon",
            definition=b"d" * 32,
            initial_model=b"\x01" * 32,
            min_stake=1,
            rounds=rounds,
            min_participants=len(accounts),
            proposers=proposers,
            train_window=WINDOW_SECONDS,
            commit_window=WINDOW_SECONDS,
            reveal_window=WINDOW_SECONDS,
            exit_delay=0,
        )
        self.books = Books(parameters, "creator", 1000)
        self.commitments: dict[tuple[str, int], bytes] = {}
        self.sent: list[tuple[str, int, str]] = []
        for account in accounts:
            self.books.join(account, STAKE)

    def tick(self) -> None:
        """One second passes, and one block."""
        self.books.now, self.books.block = self.books.now + 1, self.books.block + 1

    @property
    def outcomes(self) -> list[Outcome]:
        return [past.tally.outcome for past in self.books.rounds.values() if past.tally]

    @property
    def penalised(self) -> dict[int, dict[str, Fault]]:
        """By round: who was, and for what."""
        found: dict[int, dict[str, Fault]] = {}
        for event in (happened.event for happened in self.books.announced):
            if isinstance(event, Slashed):
                found.setdefault(event.round, {})[event.account] = event.fault
        return found

    @property
    def slashed(self) -> list[tuple[int, str]]:
        return [(round, account) for round, faults in self.penalised.items() for account in faults]

    @property
    def withdrawn(self) -> set[str]:
        return {happened.event.account for happened in self.books.announced if isinstance(happened.event, Withdrawn)}


@dataclass
class FakeAccount:
    """`Chain` for one account. `hazard` is called before and after every effect and may raise Killed."""

    shared: FakeChain
    account: str
    hazard: Callable[[], None]

    def read_view(self) -> RoundView:
        books, me = self.shared.books, self.account
        standing, person = books.frozen if books.anchor else books.members, books.person(me)
        view = RoundView(
            books.block,
            books.now,
            books.phase,
            books.round,
            books.p.rounds,
            member_count=len(books.members),
            drawn_count=len(books.frozen) if books.anchor else 0,
            anchor=books.anchor,
            is_seed_ready=books.anchor < books.block,
            global_model=books.global_model,
            position=standing.index(me) if me in standing else 0,
            is_member=me in books.members,
            is_in_draw=bool(books.anchor) and me in books.frozen,
            stake=person.stake,
            topped_up=person.top_up,
            rewards=person.rewards,
            can_withdraw=books.exit_refusal(me) is None,
        )
        if not books.is_drawn:
            return view
        past = books.past
        return replace(
            view,
            seed=past.seed.to_bytes(32, "big"),
            train_end=past.train_end,
            commit_end=past.commit_end,
            reveal_end=past.commit_end + books.p.reveal_window,
            proposers=past.headcount[0],
            voters=past.headcount[1],
            updates=tuple(Update(proposer, weight, digest) for proposer, (digest, weight) in past.updates.items()),
            role=past.role(me),
            rank=past.rank(me) if me in past.members else 0,
            has_submitted=me in past.updates,
            commitment=self.shared.commitments.get((me, books.round), bytes(32)),
            has_revealed=me in past.ballots,
        )

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        salt = hashlib.sha256(f"{self.account}{round}".encode()).digest()
        account = "0x" + hashlib.sha256(self.account.encode()).hexdigest()[:40]
        return compute_commitment(ballot, salt, chain_id=1, task=account, round=round, voter=account)

    def _do(self, name: str, act: Callable[..., object], *values: object) -> None:
        self.hazard()
        round = self.shared.books.round
        try:
            act(*values)
        except Refused as refused:
            raise LostRace(f"{name}: {refused}") from refused
        self.shared.sent.append((self.account, round, name))
        self.hazard()

    def draw(self) -> None:
        seed = int.from_bytes(hashlib.sha256(f"{self.shared.books.round}".encode()).digest()[:30], "big")
        self._do("draw", self.shared.books.draw, seed)

    def submit_update(self, update: bytes) -> None:
        self._do("submit", self.shared.books.submit, self.account, update)

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        def commit() -> None:
            self.shared.books.commit(self.account)
            self.shared.commitments[self.account, round] = self.compute_commitment(round, ballot)

        self._do("commit", commit)

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        is_as_committed = self.shared.commitments.get((self.account, round)) == self.compute_commitment(round, ballot)
        self._do("reveal", self.shared.books.reveal, self.account, ballot, is_as_committed)

    def settle(self) -> None:
        self._do("settle", self.shared.books.settle)

    def read_penalised(self, round: int) -> list[str]:
        return self.shared.books.find_penalised(round)

    def slash(self, round: int, accounts: Sequence[str]) -> None:
        if accounts:
            self._do(f"slash {round}", self.shared.books.slash, self.account, round, accounts)

    def withdraw(self) -> None:
        self._do("withdraw", self.shared.books.withdraw, self.account)

    @property
    def sent(self) -> list[tuple[str, int, str]]:
        return self.shared.sent


class FakeStorage:
    """A dictionary."""

    def __init__(self, hazard: Callable[[], None] = lambda: None) -> None:
        self.artifacts: dict[bytes, bytes] = {b"\x01" * 32: FIRST}
        self.hazard = hazard

    def put(self, artifact: bytes) -> bytes:
        self.hazard()
        digest = hashlib.sha256(artifact).digest()
        self.artifacts[digest] = artifact
        self.hazard()
        return digest

    def get(self, digest: bytes, *, limit_bytes: int) -> bytes:
        if digest not in self.artifacts:
            raise ArtifactMissing(digest.hex())
        return self.artifacts[digest]


class FakeTrainer:
    """Every training makes the values greater, by as much as the seed says; the greater they are, the lower the loss."""

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        progress(1.0)
        return make_model(*(decode(global_model)["w"] + 1.0 + seed % 1000 / 1000))

    def evaluate(self, model: bytes) -> float:
        return 1.0 / (1.0 + float(decode(model)["w"].sum()))


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


def make_world(chain: Chain, storage: FakeStorage, log: Log = lambda event, **values: None, secret: bytes = b"secret") -> World:
    """What a node acts on: fakes where it needs the world, and the real rules that all share."""
    return World(chain, storage, FakeTrainer(), DEFINITION, read_layout(FIRST), secret, log)
