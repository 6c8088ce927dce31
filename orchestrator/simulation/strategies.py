"""What do participants do who are not honest? A strategy changes one or two ports of a node; all else is the node's own code.

Attackers know the rule and each other: updates of the honest, once trained, are theirs to read (`Cohort`). What they do to
tensors is in `attacks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import NamedTuple

from orchestrator.errors import ConfigError, LostRace
from orchestrator.learning.artifact import Tensors, decode, encode
from orchestrator.learning.judge import compute_ratio, is_harmful, make_influence
from orchestrator.ports import Chain, Losses, Progress, Trainer
from orchestrator.protocol.types import Ballot, Digest, RoundView
from orchestrator.simulation import attacks
from orchestrator.simulation.contrary_chain import ContraryChain
from orchestrator.simulation.voting_chain import VotingChain

CARTEL: Digest = sha256(b"nobody has this").digest()


@dataclass
class Cohort:
    """What attackers know of this round: the updates that others have trained from the same global model."""

    first_model: bytes = b""
    """The task's first global model."""
    remembered: dict[str, float] = field(default_factory=dict)
    """What an attacker keeps from round to round, by a name of its own."""
    _honest: dict[bytes, list[bytes]] = field(default_factory=dict)
    _shared: dict[bytes, bytes] = field(default_factory=dict)

    def tell(self, global_model: bytes, update: bytes) -> None:
        """An honest participant has trained."""
        self._honest.setdefault(sha256(global_model).digest(), []).append(update)

    def list_honest(self, global_model: bytes) -> list[Tensors]:
        """What the honest have trained so far from this model."""
        return [decode(update) for update in self._honest.get(sha256(global_model).digest(), [])]

    def list_told(self, global_model: bytes) -> list[bytes]:
        """Likewise, as artifacts."""
        return list(self._honest.get(sha256(global_model).digest(), []))

    def forget_others(self, global_model: bytes) -> None:
        """Keep only what was made from this model: nobody will train from another one again."""
        key = sha256(global_model).digest()
        self._honest = {key: self._honest.get(key, [])}
        self._shared = {key: self._shared[key]} if key in self._shared else {}

    def get_shared(self, global_model: bytes) -> bytes | None:
        """What colluders offer, as far as one of them has trained."""
        return self._shared.get(sha256(global_model).digest())

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


Look = Callable[[], RoundView | None]
"""What a participant saw last of its task."""


class Harm(NamedTuple):
    """What voters take for harm: see `Definition`."""

    theta: float = 0.15
    loss_floor: float = 0.0


class AdaptiveTrainer(Trainer):
    """Goes backwards as far as its own test part says that voters let pass, and less far after it was condemned.

    Its measure is test 3 of the verdict, on its own data: `loss(g + (u − g)/P) ≤ (1 + caution · θ) · loss(g)`, of losses at or
    above the floor.
    """

    def __init__(self, trainer: Trainer, cohort: Cohort, harm: Harm, look: Look, account: str) -> None:
        self._trainer, self._remembered, self._harm, self._look = trainer, cohort.remembered, harm, look
        self._account = account

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        own, start = decode(self._trainer.train(global_model, seed=seed, progress=progress)), decode(global_model)
        view = self._look()
        bold, proposers = self._harm.theta * self._learn(view), max(1, view.proposers if view else 1)
        scales = [4.0 * 0.75**step for step in range(12)]
        offers = [encode(attacks.flip_sign(own, start, scale=scale)) for scale in scales]
        before, *after = self.evaluate([global_model, *(make_influence(offer, global_model, proposers) for offer in offers)])
        ratios = (compute_ratio(before.balanced, losses.balanced, self._harm.loss_floor) for losses in after)
        passing = (offer for offer, ratio in zip(offers, ratios, strict=True) if not is_harmful(ratio, bold))
        return next(passing, offers[-1])

    def _learn(self, view: RoundView | None) -> float:
        """Its caution, in (0, 1]: after a condemnation, which takes more of a stake than any other fault, it is less bold."""
        if view is None:
            return 1.0
        key = f"adaptive {self._account}"
        stake, caution = self._remembered.get(f"{key} stake", float(view.stake)), self._remembered.get(f"{key} caution", 1.0)
        caution = caution * 0.7 if view.stake < 0.97 * stake else min(1.0, caution * 1.05)
        self._remembered[f"{key} stake"], self._remembered[f"{key} caution"] = float(view.stake), caution
        return caution

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        return self._trainer.evaluate(models)


HARM = Harm()
Poison = Callable[[Tensors, Tensors, list[Tensors], int], Tensors]
"""(own honest update, global model, what the honest have trained, seed) → what is offered instead."""


class PoisoningTrainer(Trainer):
    """Trains as `trainer` does, and offers something else. Evaluates honestly: whoever votes against the truth must know it."""

    def __init__(
        self, trainer: Trainer, cohort: Cohort, poison: Poison, *, is_shared: bool = False, is_stale: bool = False
    ) -> None:
        """`is_shared`: all colluders offer the first one's, each a little changed. `is_stale`: trains from the first model."""
        self._trainer, self._cohort, self._poison = trainer, cohort, poison
        self._is_shared, self._is_stale = is_shared, is_stale

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        base = self._cohort.first_model if self._is_stale else global_model
        own = self._trainer.train(base, seed=seed, progress=progress)
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
    "mimic": lambda own, start, honest, seed: attacks.add_noise_of_norm(
        (honest or [own])[0], own, start, factor=0.2, seed=seed
    ),
    "stale": lambda own, start, honest, seed: own,  # it was trained from the task's first model
    "back door": lambda own, start, honest, seed: own,  # half of its samples carry the trigger
    "label flip": lambda own, start, honest, seed: own,  # the labels that it has learned from are flipped
    "stealth": lambda own, start, honest, seed: own,
}


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


class RandomChain(VotingChain):
    """Says anything: score and accusations by lot, the same when it shows them."""

    def change(self, ballot: Ballot) -> Ballot:
        dice = Random(self.account.encode() + ballot.aggregate)
        return replace(ballot, score=dice.choice((1, -1)), against=dice.getrandbits(16) & self.submitted)


class CartelChain(VotingChain):
    """Names an aggregate that nobody can make, as all of its kind do: where they are the majority, all others are divergent."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, aggregate=CARTEL, score=1, against=0)


class SilentChain(VotingChain):
    """Commits and never shows."""

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        raise LostRace("it keeps still")


class PuppetChain(SilentChain):
    """Does nothing that it is drawn for, so that rounds are void."""

    def submit_update(self, update: Digest) -> None:
        raise LostRace("it keeps still")

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        raise LostRace("it keeps still")


class HidingChain(VotingChain):
    """Shows a vote only while it can still be on the winning side: what was shown before says so."""

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        if ballot.score < 0:
            raise LostRace("it would lose")
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
    serves: str = "at once"
    """Who can fetch its updates, and when: a key of SERVINGS."""
    data_share: float = 1.0
    """Of its training part that it uses."""
    stake: float = 1.0
    """In least stakes."""
    joins_after: float = 0.0
    """Of the task's rounds: it joins when so many have been decided."""
    plants_trigger: bool = False
    """Half of its samples carry a trigger and the label 0."""


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
        Strategy("mimic", poison="mimic", votes=ContraryChain),
        Strategy("back door", poison="back door", plants_trigger=True),
        Strategy("adaptive", poison="adaptive", votes=ContraryChain),
        Strategy("withhold", votes=ContraryChain, serves="never"),
        Strategy("selective serving", votes=ContraryChain, serves="to half"),
        Strategy("last-moment serving", votes=ContraryChain, serves="to half at last"),
        Strategy("late", votes=ContraryChain, serves="late"),
        Strategy("sybil split", poison="sign flip", votes=ContraryChain),
        Strategy("whale", poison="sign flip", votes=ContraryChain, stake=8.0),
        Strategy("creator's puppets", votes=PuppetChain),
        Strategy("majority cartel", votes=CartelChain),
        Strategy("stealth", poison="stealth", flips_labels=True),
        Strategy("noise", poison="noise"),
        Strategy("quiet sabotage", poison="quiet sabotage"),
    )
}
"""Of malicious participants. Most turn their votes and accusations round; the last three and the back door vote as they see."""
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
        Strategy("random votes", votes=RandomChain),
        Strategy("stale proposer", poison="stale"),
        Strategy("withholding proposer", serves="never"),
        Strategy("selective proposer", serves="to half"),
        Strategy("last-moment proposer", serves="to half at last"),
        Strategy("late proposer", serves="late"),
        Strategy("just-in-time stake", stake=5.0, joins_after=0.7),
        Strategy("a tenth of the data", data_share=0.1),
        Strategy("noise of an honest norm", poison="noise"),
        Strategy("quiet saboteur", poison="quiet sabotage"),
    )
}
"""Of participants who only want to earn more, or work less. Compared with the same participants being honest."""
SHARED = {"copy"}
"""Poisons that colluders share."""
STRATEGIES: dict[str, Strategy] = {HONEST.name: HONEST} | ATTACKS | SELFISH
"""All there are, by name."""


def find_strategy(name: str) -> Strategy:
    """The strategy of that name. Raises ConfigError listing all there are."""
    if name not in STRATEGIES:
        raise ConfigError(f"there is no strategy {name!r}", hint=f"take one of: {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def wrap_trainer(
    strategy: Strategy,
    trainer: Trainer,
    cohort: Cohort,
    *,
    harm: Harm = HARM,
    look: Look = lambda: None,
    account: str = "",
) -> Trainer:
    """The trainer of a participant with this strategy. `harm`: what voters let pass; `look`: what it saw last."""
    if strategy.poison is None:
        return HonestTrainer(trainer, cohort)
    if strategy.poison == "adaptive":
        return AdaptiveTrainer(trainer, cohort, harm, look, account)
    poison, is_shared, is_stale = POISONS[strategy.poison], strategy.poison in SHARED, strategy.poison == "stale"
    return PoisoningTrainer(trainer, cohort, poison, is_shared=is_shared, is_stale=is_stale)


def wrap_chain(strategy: Strategy, chain: Chain) -> Chain:
    """Likewise, its chain."""
    return strategy.votes(chain) if strategy.votes else chain
