"""A chain, a store, a trainer and a notebook in memory: real implementations of the ports, with the contract's rules.

`FakeChain` is the protocol as one would write it down first: dictionaries, no packing, no laziness. Its clock is `tick()`.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from orchestrator.effects import World
from orchestrator.errors import ArtifactMissing, LostRace
from orchestrator.learning.artifact import decode, encode, read_layout
from orchestrator.learning.definition import Definition, HyperParameters, RecipeName
from orchestrator.ports import Chain, Log, Losses, Progress
from orchestrator.protocol.dues import Duty, find_fault
from orchestrator.protocol.payout import Weighed, compute_result
from orchestrator.protocol.roles import compute_headcount, compute_role, rank_of
from orchestrator.protocol.types import Ballot, Fault, Notes, Outcome, Phase, Role, RoundView, Update, compute_commitment
from orchestrator.protocol.verdicts import make_mask

WINDOW_SECONDS = 300
ANCHOR_SECONDS = 2
"""From when a round can be drawn to the block whose hash is its seed; a block a second."""
STAKE = 1000
DEFINITION = Definition(
    recipe=RecipeName(name="fake", version=1), hyper_parameters=HyperParameters(epochs=1, batch_size=1, learning_rate=1.0)
)


def make_model(*values: float) -> bytes:
    """An artifact of one tensor; what `FakeTrainer` makes of a model is better the greater its values."""
    return encode({"w": np.array(values, "<f4")})


FIRST = make_model(0.0, 0.0)


class Killed(BaseException):
    """The process died here: nothing that catches errors catches that."""


@dataclass
class FakeChain:
    """One task that all accounts share."""

    accounts: list[str]
    rounds: int
    proposers: int = 2
    now: int = 1000
    round: int = 1
    is_drawn: bool = False
    seed: int = 0
    phase_start: int = 1000
    global_model: bytes = b"\x01" * 32
    updates: dict[str, bytes] = field(default_factory=dict)
    commitments: dict[str, bytes] = field(default_factory=dict)
    ballots: dict[str, Ballot] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    condemned: list[list[str]] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    penalised: dict[int, dict[str, Fault]] = field(default_factory=dict)
    slashed: list[tuple[int, str]] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    sent: list[tuple[str, int, str]] = field(default_factory=list)

    def headcount(self) -> tuple[int, int]:
        return compute_headcount(self.proposers, 0, len(self.accounts))

    def rank(self, account: str) -> int:
        return rank_of(self.seed, len(self.accounts), self.accounts.index(account))

    def role(self, account: str) -> Role:
        return compute_role(self.rank(account), *self.headcount())

    @property
    def anchor(self) -> int:
        return self.phase_start + ANCHOR_SECONDS

    def phase(self) -> Phase:
        if self.round > self.rounds:
            return Phase.COMPLETED
        if not self.is_drawn:
            return Phase.DRAWING
        proposers, voters = self.headcount()
        is_late = self.now >= self.phase_start + WINDOW_SECONDS
        if len(self.updates) < proposers and not self.commitments and not is_late and not self._left_training:
            return Phase.TRAINING
        if not self.updates:
            return Phase.SETTLING
        if len(self.commitments) < voters and not self.ballots and not self._left_committing:
            return Phase.COMMITTING
        if len(self.ballots) < len(self.commitments) and not self._left_revealing:
            return Phase.REVEALING
        return Phase.SETTLING

    _left_training: bool = False
    _left_committing: bool = False
    _left_revealing: bool = False

    def tick(self) -> None:
        """One second passes; a phase whose window is over ends."""
        before = self.phase()
        self.now += 1
        if self.now >= self.phase_start + WINDOW_SECONDS:
            self._left_training |= before is Phase.TRAINING
            self._left_committing |= before is Phase.COMMITTING
            self._left_revealing |= before is Phase.REVEALING
        if self.phase() is not before:
            self.phase_start = self.now

    def act(self, account: str, name: str, expected: Phase) -> None:
        if self.phase() is not expected:
            raise LostRace(f"WrongPhase(expected={expected}, actual={self.phase()})")
        self.sent.append((account, self.round, name))

    def moved(self, before: Phase) -> None:
        if self.phase() is not before:
            self.phase_start = self.now

    def settle(self) -> None:
        revealed = [Weighed(ballot, STAKE) for ballot in self.ballots.values()]
        result = compute_result(revealed, voters=self.headcount()[1], quorum_bps=5000, unit=1)
        self.outcomes.append(result.outcome)
        self.condemned.append([account for account in self.updates if result.condemned >> self.rank(account) & 1])
        if result.outcome is Outcome.ACCEPTED and result.winner:
            self.global_model = result.winner
        self.penalised[self.round] = {}
        for account in self.accounts:
            role = self.role(account) if self.updates or self.role(account) is Role.PROPOSER else Role.NONE
            duty = Duty(role, self.rank(account), account in self.updates, self.ballots.get(account))
            if (fault := find_fault(result, duty)) is not Fault.NONE:
                self.penalised[self.round][account] = fault
        self.updates, self.commitments, self.ballots = {}, {}, {}
        self._left_training = self._left_committing = self._left_revealing = False
        self.round, self.is_drawn, self.phase_start = self.round + 1, False, self.now


@dataclass
class FakeAccount:
    """`Chain` for one account. `hazard` is called before and after every effect and may raise Killed."""

    shared: FakeChain
    account: str
    hazard: Callable[[], None]

    def read_view(self) -> RoundView:
        chain, me = self.shared, self.account
        proposers, voters = chain.headcount()
        n = len(chain.accounts)
        position = chain.accounts.index(me)
        view = RoundView(chain.now, chain.now, chain.phase(), chain.round, chain.rounds, member_count=n, drawn_count=n)
        view = replace(view, anchor=chain.anchor, is_seed_ready=chain.now > chain.anchor)
        if chain.phase() is Phase.COMPLETED:
            stake = 0 if me in chain.withdrawn else STAKE
            return replace(view, stake=stake, can_withdraw=True, is_member=True)
        view = replace(
            view,
            position=position,
            is_member=me not in chain.left,
            is_in_draw=True,
            stake=STAKE,
            global_model=chain.global_model,
        )
        if not chain.is_drawn:
            return view
        end = chain.phase_start + WINDOW_SECONDS
        view = replace(view, seed=chain.seed.to_bytes(32, "big"), train_end=end, commit_end=end, reveal_end=end)
        updates = tuple(Update(one, STAKE, digest, chain.rank(one)) for one, digest in sorted(chain.updates.items()))
        view = replace(view, proposers=proposers, voters=voters, updates=updates, role=chain.role(me))
        view = replace(view, submitted=make_mask(update.rank for update in updates))
        view = replace(view, rank=chain.rank(me), has_submitted=me in chain.updates)
        return replace(view, commitment=chain.commitments.get(me, bytes(32)), has_revealed=me in chain.ballots)

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        salt = hashlib.sha256(f"{self.account}{round}".encode()).digest()
        account = "0x" + hashlib.sha256(self.account.encode()).hexdigest()[:40]
        return compute_commitment(ballot, salt, chain_id=1, task=account, round=round, voter=account)

    def _do(self, name: str, phase: Phase, is_wrong: bool, change: Callable[[], None]) -> None:
        self.hazard()
        if is_wrong:
            raise LostRace(f"{name} is not this account's to do, or done already")
        self.shared.act(self.account, name, phase)
        change()
        self.shared.moved(phase)
        self.hazard()

    def draw(self) -> None:
        def change() -> None:
            self.shared.is_drawn = True
            self.shared.seed = int.from_bytes(hashlib.sha256(f"{self.shared.round}".encode()).digest()[:30], "big")

        self._do("draw", Phase.DRAWING, self.shared.now < self.shared.anchor, change)

    def submit_update(self, update: bytes) -> None:
        shared, me = self.shared, self.account
        is_wrong = shared.role(me) is not Role.PROPOSER or me in shared.updates
        self._do("submit", Phase.TRAINING, is_wrong, lambda: shared.updates.__setitem__(me, update))

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        shared, me = self.shared, self.account
        is_wrong = shared.role(me) is not Role.VOTER or me in shared.commitments
        commitment = self.compute_commitment(round, ballot)
        self._do("commit", Phase.COMMITTING, is_wrong, lambda: shared.commitments.__setitem__(me, commitment))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        shared, me = self.shared, self.account
        is_wrong = me in shared.ballots or shared.commitments.get(me) != self.compute_commitment(round, ballot)
        self._do("reveal", Phase.REVEALING, is_wrong, lambda: shared.ballots.__setitem__(me, ballot))

    def settle(self) -> None:
        self._do("settle", Phase.SETTLING, False, self.shared.settle)

    def read_penalised(self, round: int) -> list[str]:
        return [account for account in self.shared.penalised[round] if (round, account) not in self.shared.slashed]

    def slash(self, round: int, accounts: Sequence[str]) -> None:
        self.hazard()
        self.shared.slashed += [(round, account) for account in accounts]
        self.hazard()

    def leave(self) -> None:
        self.hazard()
        self.shared.left.add(self.account)
        self.sent.append((self.account, self.shared.round, "leave"))
        self.hazard()

    def withdraw(self) -> None:
        self.hazard()
        if self.account in self.shared.withdrawn:
            raise LostRace("Nothing()")
        self.shared.withdrawn.add(self.account)
        self.sent.append((self.account, self.shared.round, "withdraw"))
        self.hazard()

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
