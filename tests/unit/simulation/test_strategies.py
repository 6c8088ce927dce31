"""Each strategy does what its name says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from orchestrator.errors import ArtifactMissing
from orchestrator.learning.artifact import Tensors, decode, encode
from orchestrator.ports import Losses, Progress, Trainer
from orchestrator.protocol.types import Ballot
from orchestrator.simulation import strategies
from orchestrator.simulation.memory import MemoryStore
from orchestrator.simulation.strategies import ATTACKS, HONEST, SELFISH, Cohort, Strategy, wrap_chain, wrap_trainer
from orchestrator.simulation.voting_chain import VotingChain

GLOBAL = encode({"w": np.zeros(1000, "<f4")})
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

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self.sent.append(ballot)

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        self.sent.append(ballot)


def train(name: str, honest: tuple[float, ...] = (1.0, 3.0)) -> Tensors:
    cohort = Cohort()
    for scale in honest:
        wrap_trainer(HONEST, Stepping(scale), cohort).train(GLOBAL, seed=1, progress=lambda fraction: None)
    strategy = {**ATTACKS, **SELFISH}[name]
    return decode(wrap_trainer(strategy, Stepping(), cohort).train(GLOBAL, seed=1, progress=lambda fraction: None))


def vote(strategy: Strategy, ballot: Ballot = SEEN) -> list[Ballot]:
    recording = Recording()
    chain = wrap_chain(strategy, recording)
    if isinstance(chain, VotingChain):
        chain.submitted = SUBMITTED
    chain.commit_vote(1, ballot)
    chain.reveal_vote(1, ballot)
    return recording.sent


@pytest.mark.parametrize("name", ["label flip", "stealth", "withhold"])
def test_some_offer_what_they_have_trained(name: str) -> None:
    assert np.array_equal(train(name)["w"], STEP)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sign flip", -STEP),
        ("quiet sabotage", -0.3 * STEP),
        ("idle", 0 * STEP),
        ("inner product", -2 * STEP),  # the honest have moved by one and by three steps
        ("alie", 2 * STEP - 1.5 * np.abs(STEP)),
    ],
)
def test_others_offer_something_else(name: str, expected: np.ndarray) -> None:
    assert np.allclose(train(name)["w"], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "about", "least", "most"), [("gauss", 0, 7.0, 9.0), ("noise", 0, 0.9, 1.1), ("copy", 1, 0.02, 0.04)]
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
        (ATTACKS["label flip"], -1, 0b1001),
        (ATTACKS["stealth"], 1, 0b0110),
    ],
    ids=lambda value: value.name if isinstance(value, Strategy) else str(value),
)
def test_voters_say_the_same_when_they_hide_and_when_they_show(strategy: Strategy, score: int, against: int) -> None:
    """R13, R14: what is shown must be what was committed to."""
    assert [(ballot.score, ballot.against) for ballot in vote(strategy)] == 2 * [(score, against)]


def test_some_never_show_or_only_when_they_expect_to_win() -> None:
    assert len(vote(SELFISH["never reveal"])) == 1
    assert len(vote(SELFISH["hide a losing ballot"])) == 2
    assert len(vote(SELFISH["hide a losing ballot"], Ballot(b"a" * 32, -1, 0, 5, 4))) == 1


def test_what_is_withheld_reaches_nobody_and_what_is_served_selectively_some() -> None:
    store, reached_by = MemoryStore(), {}
    even, odd = "0x" + "0" * 39 + "2", "0x" + "0" * 39 + "3"
    for name, reached in {"withhold": set(), "selective serving": {even}}.items():
        reaches = ATTACKS[name].reaches
        assert reaches is not None
        digest = strategies.ServedStorage(store, reached_by, "0x1", reaches).put(name.encode())
        for account in (even, odd):
            served = strategies.ServedStorage(store, reached_by, account)
            if account in reached:
                assert served.get(digest, limit_bytes=99) == name.encode()
            else:
                with pytest.raises(ArtifactMissing):
                    served.get(digest, limit_bytes=99)
    digest = strategies.ServedStorage(store, reached_by, even).put(b"honest")
    strategies.ServedStorage(store, reached_by, odd, lambda account: False).put(b"honest")
    assert strategies.ServedStorage(store, reached_by, odd).get(digest, limit_bytes=99) == b"honest", "others offer it, too"
