"""What do participants do who are not honest? A strategy changes one or two ports of a node; all else is the node's own code.

Attackers know the rule and each other: updates of the honest, once trained, are theirs to read (`Cohort`). What they do to
tensors is in `attacks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from orchestrator.errors import ArtifactMissing
from orchestrator.learning.artifact import Tensors, decode, encode
from orchestrator.ports import Chain, Instant, Losses, Progress, Storage, Trainer
from orchestrator.protocol.types import Ballot, Digest
from orchestrator.simulation import attacks
from orchestrator.simulation.contrary_chain import ContraryChain
from orchestrator.simulation.voting_chain import VotingChain


@dataclass
class Cohort:
    """What attackers know of this round: the updates that others have trained from the same global model."""

    _honest: dict[bytes, list[bytes]] = field(default_factory=dict)
    _shared: dict[bytes, bytes] = field(default_factory=dict)

    def tell(self, global_model: bytes, update: bytes) -> None:
        """An honest participant has trained."""
        self._honest.setdefault(sha256(global_model).digest(), []).append(update)

    def list_honest(self, global_model: bytes) -> list[Tensors]:
        """What the honest have trained so far from this model."""
        return [decode(update) for update in self._honest.get(sha256(global_model).digest(), [])]

    def share(self, global_model: bytes, update: bytes) -> bytes:
        """The first update that a colluder offers here; the others copy it."""
        return self._shared.setdefault(sha256(global_model).digest(), update)


class HonestTrainer(Trainer):
    """As `trainer`; tells the cohort, because attackers are assumed to see everything."""

    def __init__(self, trainer: Trainer, cohort: Cohort) -> None:
        self._trainer, self._cohort = trainer, cohort

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        update = self._trainer.train(global_model, seed=seed, progress=progress)
        self._cohort.tell(global_model, update)
        return update

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        return self._trainer.evaluate(models)


Poison = Callable[[Tensors, Tensors, list[Tensors], int], Tensors]
"""(own honest update, global model, what the honest have trained, seed) → what is offered instead."""


class PoisoningTrainer(Trainer):
    """Trains as `trainer` does, and offers something else. Evaluates honestly: whoever votes against the truth must know it."""

    def __init__(self, trainer: Trainer, cohort: Cohort, poison: Poison, *, is_shared: bool = False) -> None:
        """`is_shared`: all colluders offer the first one's, each a little changed."""
        self._trainer, self._cohort, self._poison, self._is_shared = trainer, cohort, poison, is_shared

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        own = self._trainer.train(global_model, seed=seed, progress=progress)
        start = decode(global_model)
        if self._is_shared:
            own = self._cohort.share(global_model, own)
        return encode(self._poison(decode(own), start, self._cohort.list_honest(global_model), seed))

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        return self._trainer.evaluate(models)


POISONS: dict[str, Poison] = {
    "sign flip": lambda own, start, honest, seed: attacks.flip_sign(own, start, scale=1.0),
    "gauss": lambda own, start, honest, seed: attacks.add_noise_of_norm(start, own, start, factor=8.0, seed=seed),
    "alie": lambda own, start, honest, seed: attacks.a_little_is_enough(honest or [own], z=1.5),
    "inner product": lambda own, start, honest, seed: attacks.invert_mean(honest or [own], start, scale=1.0),
    "idle": lambda own, start, honest, seed: start,
    "copy": lambda own, start, honest, seed: attacks.add_noise_of_norm(own, own, start, factor=0.03, seed=seed),
    "noise": lambda own, start, honest, seed: attacks.add_noise_of_norm(start, own, start, factor=1.0, seed=seed),
    "quiet sabotage": lambda own, start, honest, seed: attacks.flip_sign(own, start, scale=0.3),
    "label flip": lambda own, start, honest, seed: own,  # the labels that it has learned from are flipped
    "stealth": lambda own, start, honest, seed: own,
}


class ServedStorage(Storage, Instant):
    """What the participant `account` can fetch of a store that all share; `reaches` says who may fetch what it offers."""

    def __init__(
        self,
        storage: Storage,
        reached: dict[Digest, Callable[[str], bool]],
        account: str,
        reaches: Callable[[str], bool] | None = None,
    ) -> None:
        """`reached`: who may fetch which artifact, shared by all. `reaches`: None for everybody."""
        self._storage, self._reached, self._account, self._reaches = storage, reached, account, reaches

    def put(self, artifact: bytes) -> Digest:
        digest = self._storage.put(artifact)
        if self._reaches:
            self._reached.setdefault(digest, self._reaches)
        else:
            self._reached[digest] = _everybody  # whoever hides the same artifact hides nothing
        return digest

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        if not self._reached.get(digest, _everybody)(self._account):
            raise ArtifactMissing(digest.hex())
        return self._storage.get(digest, limit_bytes=limit_bytes)


# ── voters ──


class LazyChain(VotingChain):
    """Votes +1 whatever it sees, and accuses nobody."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, score=1, against=0)


class TrustfulChain(VotingChain):
    """Votes as it sees, and accuses nobody."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, against=0)


class AccusingChain(VotingChain):
    """Votes as it sees, and accuses everybody."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, against=self.submitted)


class AlwaysForChain(VotingChain):
    """Votes +1 with the accusations that it sees."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, score=1)


class AlwaysAgainstChain(VotingChain):
    """Votes −1 with the accusations that it sees."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, score=-1)


class SilentChain(VotingChain):
    """Commits and never shows."""

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        return


class HidingChain(VotingChain):
    """Shows a vote only while it can still be on the winning side: what was shown before says so."""

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        if ballot.score > 0:
            super().reveal_vote(round, ballot)


@dataclass(frozen=True)
class Strategy:
    """One way to take part."""

    name: str
    poison: str | None = None
    """A key of POISONS."""
    flips_labels: bool = False
    votes: Callable[[Chain], Chain] | None = None
    """None: as it sees."""
    reaches: Callable[[str], bool] | None = None
    """Who can fetch its updates; None: everybody."""
    data_share: float = 1.0
    """Of its training part that it uses."""


def _everybody(account: str) -> bool:
    return True


def _half(account: str) -> bool:
    return int(account[-2:], 16) % 2 == 0


def _nobody(account: str) -> bool:
    return False


HONEST = Strategy("honest")
ATTACKS: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("label flip", poison="label flip", flips_labels=True, votes=ContraryChain),
        Strategy("sign flip", poison="sign flip", votes=ContraryChain),
        Strategy("gauss", poison="gauss", votes=ContraryChain),
        Strategy("alie", poison="alie", votes=ContraryChain),
        Strategy("inner product", poison="inner product", votes=ContraryChain),
        Strategy("idle", poison="idle", votes=ContraryChain),
        Strategy("copy", poison="copy", votes=ContraryChain),
        Strategy("withhold", votes=ContraryChain, reaches=_nobody),
        Strategy("selective serving", votes=ContraryChain, reaches=_half),
        Strategy("stealth", poison="stealth", flips_labels=True),
        Strategy("noise", poison="noise"),
        Strategy("quiet sabotage", poison="quiet sabotage"),
    )
}
"""Of malicious participants. All but the last three turn their votes and accusations round."""
SELFISH: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("lazy +1", votes=LazyChain),
        Strategy("accuse none", votes=TrustfulChain),
        Strategy("always +1", votes=AlwaysForChain),
        Strategy("hide a losing ballot", votes=HidingChain),
        Strategy("accuse all", votes=AccusingChain),
        Strategy("always −1", votes=AlwaysAgainstChain),
        Strategy("never reveal", votes=SilentChain),
        Strategy("idle proposer", poison="idle"),
        Strategy("copying proposer", poison="copy"),
        Strategy("withholding proposer", reaches=_nobody),
        Strategy("selective proposer", reaches=_half),
        Strategy("a tenth of the data", data_share=0.1),
        Strategy("noise of an honest norm", poison="noise"),
        Strategy("quiet saboteur", poison="quiet sabotage"),
    )
}
"""Of participants who only want to earn more, or work less. Compared with the same participants being honest."""
SHARED = {"copy"}
"""Poisons that colluders share."""


def wrap_trainer(strategy: Strategy, trainer: Trainer, cohort: Cohort) -> Trainer:
    """The trainer of a participant with this strategy."""
    if strategy.poison is None:
        return HonestTrainer(trainer, cohort)
    return PoisoningTrainer(trainer, cohort, POISONS[strategy.poison], is_shared=strategy.poison in SHARED)


def wrap_chain(strategy: Strategy, chain: Chain) -> Chain:
    """Likewise, its chain."""
    return strategy.votes(chain) if strategy.votes else chain
