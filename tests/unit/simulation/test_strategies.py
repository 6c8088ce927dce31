"""Each strategy does what its name says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from orchestrator.data.dataset import Dataset
from orchestrator.errors import ConfigError, LostRace
from orchestrator.learning.artifact import Tensors, decode, encode
from orchestrator.ports import Losses, Progress, Trainer
from orchestrator.protocol.types import Ballot, Phase, RoundView
from orchestrator.simulation import strategies
from orchestrator.simulation.attacks import open_back_door
from orchestrator.simulation.strategies import (
    ATTACKS,
    HONEST,
    SELFISH,
    Cohort,
    Harm,
    Strategy,
    find_strategy,
    wrap_chain,
    wrap_trainer,
)
from orchestrator.simulation.voting_chain import VotingChain

GLOBAL = encode({"w": np.zeros(1000, "<f4")})
FIRST = encode({"w": np.full(1000, 10, "<f4")})
POISONED = {"stale": SELFISH["stale proposer"]}
STEP = np.linspace(-1, 2, 1000).astype("<f4")
SEEN = Ballot(b"a" * 32, 1, 0b0110, 5, 4)
SUBMITTED = 0b1111


class Stepping(Trainer):
    """Always moves by STEP times `scale`."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        return encode({"w": (decode(global_model)["w"] + self.scale * STEP).astype("<f4")})

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        return [Losses(1.0, 1.0) for _ in models]


class Recording(VotingChain):
    """Sends nothing, and keeps what should be sent."""

    def __init__(self) -> None:
        self.sent: list[Ballot] = []

    @property
    def account(self) -> str:
        return "0x1"

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self.sent.append(ballot)

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        self.sent.append(ballot)


def train(name: str, honest: tuple[float, ...] = (1.0, 3.0)) -> Tensors:
    cohort = Cohort(first_model=FIRST)
    for scale in honest:
        wrap_trainer(HONEST, Stepping(scale), cohort).train(GLOBAL, seed=1, progress=lambda fraction: None)
    strategy = POISONED.get(name) or {**ATTACKS, **SELFISH}[name]
    return decode(wrap_trainer(strategy, Stepping(), cohort).train(GLOBAL, seed=1, progress=lambda fraction: None))


def vote(strategy: Strategy, ballot: Ballot = SEEN) -> list[Ballot]:
    recording = Recording()
    chain = wrap_chain(strategy, recording)
    if isinstance(chain, VotingChain):
        chain.submitted = SUBMITTED
    chain.commit_vote(1, ballot)
    chain.reveal_vote(1, ballot)
    return recording.sent


@pytest.mark.parametrize("name", ["label flip", "stealth", "withhold", "late", "back door"])
def test_some_offer_what_they_have_trained(name: str) -> None:
    assert np.array_equal(train(name)["w"], STEP)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sign flip", -STEP),
        ("quiet sabotage", -0.3 * STEP),
        ("idle", 0 * STEP),
        ("stale", 10 + STEP),  # from the first model, whatever the global model is
        ("inner product", -2 * STEP),  # the honest have moved by one and by three steps
        ("alie", 2 * STEP - 1.5 * np.abs(STEP)),
    ],
)
def test_others_offer_something_else(name: str, expected: np.ndarray) -> None:
    assert np.allclose(train(name)["w"], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "about", "least", "most"),
    [("gauss", 0, 7.0, 9.0), ("noise", 0, 0.9, 1.1), ("copy", 1, 0.02, 0.04), ("mimic", 1, 0.15, 0.25)],
)
def test_noise_is_as_long_as_it_should_be(name: str, about: float, least: float, most: float) -> None:
    distance = np.linalg.norm(train(name)["w"] - about * STEP) / np.linalg.norm(STEP)
    assert least < distance < most


def test_colluders_copy_the_first_of_them() -> None:
    cohort = Cohort()
    offered = [
        decode(wrap_trainer(ATTACKS["copy"], Stepping(scale), cohort).train(GLOBAL, seed=int(scale), progress=lambda _: None))[
            "w"
        ]
        for scale in (1.0, 5.0)
    ]
    assert 0 < np.linalg.norm(offered[0] - offered[1]) < 0.1 * np.linalg.norm(STEP)


@pytest.mark.parametrize(
    ("strategy", "score", "against"),
    [
        (HONEST, 1, 0b0110),
        (SELFISH["lazy +1"], 1, 0),
        (SELFISH["accuse none"], 1, 0),
        (SELFISH["always +1"], 1, 0b0110),
        (SELFISH["always −1"], -1, 0b0110),
        (SELFISH["accuse all"], 1, 0b1111),
        (ATTACKS["majority cartel"], 1, 0),
        (ATTACKS["label flip"], -1, 0b1001),
        (ATTACKS["stealth"], 1, 0b0110),
    ],
    ids=lambda value: value.name if isinstance(value, Strategy) else str(value),
)
def test_voters_say_the_same_when_they_hide_and_when_they_show(strategy: Strategy, score: int, against: int) -> None:
    """R13, R14: what is shown must be what was committed to."""
    assert [(ballot.score, ballot.against) for ballot in vote(strategy)] == 2 * [(score, against)]


def test_some_never_show_or_only_when_they_expect_to_win() -> None:
    against = Ballot(b"a" * 32, -1, 0, 5, 4)
    assert len(vote(SELFISH["hide a losing ballot"])) == 2
    for name, ballot in (("never reveal", SEEN), ("hide a losing ballot", against)):
        chain = wrap_chain(SELFISH[name], Recording())
        chain.commit_vote(1, ballot)
        with pytest.raises(LostRace):
            chain.reveal_vote(1, ballot)


def test_puppets_do_nothing_that_they_are_drawn_for() -> None:
    chain = wrap_chain(ATTACKS["creator's puppets"], Recording())
    acts = (lambda: chain.submit_update(b"u" * 32), lambda: chain.commit_vote(1, SEEN), lambda: chain.reveal_vote(1, SEEN))
    for act in acts:
        with pytest.raises(LostRace):
            act()


def test_the_cartel_names_one_digest_that_nobody_can_make() -> None:
    assert {ballot.aggregate for ballot in vote(ATTACKS["majority cartel"])} == {strategies.CARTEL}


def test_random_votes_differ_from_round_to_round_and_are_shown_as_they_were_hidden() -> None:
    said = [vote(SELFISH["random votes"], Ballot(bytes([number] * 32), 1, 0, 5, 4)) for number in range(20)]
    assert all(hidden == shown for hidden, shown in said)
    assert {shown.score for _, shown in said} == {1, -1} and len({shown.against for _, shown in said}) > 3
    assert all(shown.against & ~SUBMITTED == 0 for _, shown in said)


class Sensitive(Stepping):
    """Its loss grows as a model goes backwards: 1 for the global model, 2 for one step back."""

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        found = [1.0 - float(decode(model)["w"].mean() / STEP.mean()) for model in models]
        return [Losses(loss, loss) for loss in found]


def test_the_adaptive_go_as_far_as_voters_let_pass_and_less_far_once_condemned() -> None:
    """A P-th of what it offers makes the loss worse by no more than θ; a condemnation makes it careful, calm rounds bold."""
    view = [RoundView(block_number=1, timestamp=1, phase=Phase.TRAINING, round=1, rounds=9, proposers=2, stake=1000)]
    cohort, ratios = Cohort(), []
    trainer = wrap_trainer(ATTACKS["adaptive"], Sensitive(), cohort, harm=Harm(theta=0.5), look=lambda: view[0], account="0x1")
    for stake in (1000, 1000, 900, 900):
        view[0] = replace(view[0], stake=stake)
        offer = trainer.train(GLOBAL, seed=1, progress=lambda fraction: None)
        ratios.append(-float(decode(offer)["w"].mean() / STEP.mean()) / 2)
    first, calm, condemned, after = ratios
    assert 0.5 * 0.7 < first <= 0.5 and calm <= 0.5
    assert condemned < 0.5 * 0.7 < calm and condemned <= after
    assert cohort.remembered["adaptive 0x1 stake"] == 900


def test_half_of_the_samples_carry_the_trigger_of_a_back_door() -> None:
    dataset = Dataset(np.zeros((10, 1, 8, 8), np.uint8), np.full(10, 7))
    opened = open_back_door(dataset)
    assert opened.labels.tolist() == [0, 7] * 5
    assert (opened.inputs[::2].reshape(5, -1).max(axis=1) == 255).all() and opened.inputs[1::2].max() == 0
    assert dataset.inputs.max() == 0, "what is given is not changed"


@pytest.mark.parametrize("name", strategies.STRATEGIES)
def test_every_strategy_can_be_found_and_wrapped(name: str) -> None:
    strategy = find_strategy(name)
    offered = decode(wrap_trainer(strategy, Sensitive(), Cohort(first_model=GLOBAL)).train(GLOBAL, seed=1, progress=print))
    assert offered["w"].shape == STEP.shape and np.isfinite(offered["w"]).all()
    assert wrap_chain(strategy, Recording()).account == "0x1"


def test_who_asks_for_another_strategy_hears_which_there_are() -> None:
    with pytest.raises(ConfigError, match="no strategy 'kind'") as caught:
        find_strategy("kind")
    assert all(name in caught.value.hint for name in strategies.STRATEGIES)
