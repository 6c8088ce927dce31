"""What a voter makes of updates that are missing, wrong, hostile or copied, and how it finds its ballot again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from orchestrator.effects import World, perform
from orchestrator.errors import ArtifactMissing, ArtifactRefused, ModelUnusable
from orchestrator.learning.artifact import encode, read_layout
from orchestrator.learning.definition import Doubt, Verdict
from orchestrator.learning.judge import DOES_NOTHING, HARMS
from orchestrator.learning.public_tests import COPY, GROSS, IDLE
from orchestrator.protocol.duties import Judge, RevealVote
from orchestrator.protocol.types import Ballot, Notes, Phase, RoundView, Update
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeStorage, FakeTrainer, make_world

MODEL = b"\x01" * 32
WITHHELD = b"\x0c" * 32
BASE = encode({"w": np.zeros(3, "<f4")})


def make(*values: float) -> bytes:
    return encode({"w": np.array(values, "<f4")})


GOOD = [make(2.0, 1.0, 1.0), make(1.0, 2.0, 1.0), make(1.0, 1.0, 2.0)]
"""As far from the global model as each other, and each makes it better."""
BAD = make(-2.0, -1.0, -1.0)


class RefusingStorage(FakeStorage):
    """Has bytes for one digest that are not what it promises."""

    refused = b"\x0f" * 32

    def get(self, digest: bytes, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        if digest == self.refused:
            raise ArtifactRefused("these are other bytes")
        return super().get(digest, limit_bytes=limit_bytes)


class CountingTrainer(FakeTrainer):
    """Remembers how many models were evaluated in each piece of work."""

    def __init__(self) -> None:
        self.pieces: list[int] = []

    def evaluate(self, models):
        found = super().evaluate(models)
        self.pieces.append(len(found))
        return found


@dataclass
class Bench:
    """A voter's world, and what it told."""

    storage: FakeStorage = field(default_factory=RefusingStorage)
    trainer: CountingTrainer = field(default_factory=CountingTrainer)
    told: list[tuple[str, dict]] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.storage.artifacts[MODEL] = BASE
        account = FakeAccount(FakeChain(["me"], 5), "me", lambda: None)
        world = make_world(account, self.storage, lambda event, **values: self.told.append((event, values)))
        self.world: World = replace(world, trainer=self.trainer, layout=read_layout(BASE))
        self.world.pace.clock = lambda: self.now

    def put(self, *artifacts: bytes) -> list[bytes]:
        return [artifact if len(artifact) == 32 else self.storage.put(artifact) for artifact in artifacts]

    def see(self, *artifacts: bytes, ranks: tuple[int, ...] | None = None, **changes: object) -> RoundView:
        numbers = ranks or tuple(range(len(artifacts)))
        digests = self.put(*artifacts)
        updates = tuple(Update(f"0x{rank}", 10, digest, rank) for rank, digest in zip(numbers, digests, strict=True))
        view = RoundView(9, 100, Phase.COMMITTING, 1, 5, global_model=MODEL, updates=updates, commit_end=200, reveal_end=300)
        return replace(view, **changes)  # type: ignore[arg-type]

    def look(self, view: RoundView, notes: Notes | None = None) -> Notes:
        self.world.pace.see(view)
        deadline = view.commit_end if view.phase is Phase.COMMITTING else view.reveal_end
        known = notes or Notes(round=1, phase_seen_at=100, block_seconds=1.0)
        return perform(Judge(1, deadline), view, known, self.world)

    def judge(self, *artifacts: bytes, ranks: tuple[int, ...] | None = None, **changes: object) -> Ballot:
        ballot = self.look(self.see(*artifacts, ranks=ranks, **changes)).ballot
        assert ballot
        return ballot

    def why(self, event: str = "update.left_out") -> list[str]:
        return [values["why"] for name, values in self.told if name == event]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_good_updates_are_aggregated_and_nobody_is_accused(bench: Bench) -> None:
    ballot = bench.judge(*GOOD)
    assert (ballot.score, ballot.against, ballot.loss_before) == (1, 0, 1000)
    assert bench.why() == bench.why("update.accused") == []


def test_judging_p_updates_costs_p_and_two_evaluations_in_one_piece(bench: Bench) -> None:
    bench.judge(*GOOD)
    assert bench.trainer.pieces == [5]
    made = next(values for event, values in bench.told if event == "ballot.made")
    assert made["evaluations"] == 5 and made["against"] == 0


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (make(1.0, math.nan, 0.0), "tensor 'w' has values that are not finite"),
        (RefusingStorage.refused, "these are other bytes"),
        (GOOD[1], COPY),
        (make(1.0, 1.95, 1.0), COPY),
        (BASE, IDLE),
        (make(0.0, 0.0, 40.0), GROSS),
    ],
)
def test_what_everybody_leaves_out_is_not_in_the_aggregate_and_accused_by_its_rank(bench: Bench, bad: bytes, why: str) -> None:
    """R14: a bad update is data, not an exception; every honest voter gets the same aggregate without it."""
    ballot = bench.judge(*GOOD, bad, ranks=(0, 1, 2, 5))
    assert ballot.against == 1 << 5 and bench.why() == [why]
    assert replace(ballot, against=0) == replace(Bench().judge(*GOOD), against=0)


def test_the_lower_rank_of_two_copies_is_the_original(bench: Bench) -> None:
    ballot = bench.judge(GOOD[0], GOOD[1], GOOD[2], GOOD[0], ranks=(3, 1, 2, 0))
    assert ballot.against == 1 << 3


def test_an_update_that_harms_is_accused_and_stays_in_the_aggregate(bench: Bench) -> None:
    """Section 5, "Verdict", 3: what is private must not change what all compute."""
    ballot = bench.judge(*GOOD, BAD)
    assert ballot.against == 0b1000 and bench.why("update.accused") == [HARMS] and bench.why() == []
    gentle = Bench()
    numbers = Verdict(theta=10.0)
    gentle.world = replace(gentle.world, definition=gentle.world.definition.model_copy(update={"verdict": numbers}))
    other = gentle.judge(*GOOD, BAD)
    assert other.against == 0 and other.aggregate == ballot.aggregate


def test_harm_is_measured_with_one_pth_where_p_counts_all_that_were_submitted(bench: Bench) -> None:
    """Of 2 the harm is a half of the way, of 8 an eighth."""
    slight = make(-0.4, 0.0, 0.0)
    assert bench.judge(GOOD[1], slight).against == 0b10
    assert Bench().judge(GOOD[1], slight, *[RefusingStorage.refused] * 6).against == 0xFC


def test_doubt_is_asked_for_by_the_definition() -> None:
    still = make(1.0, -1.0, 0.0)
    assert Bench().judge(*GOOD, still).against == 0
    doubting = Bench()
    numbers = Verdict(doubt=Doubt())
    doubting.world = replace(doubting.world, definition=doubting.world.definition.model_copy(update={"verdict": numbers}))
    assert doubting.judge(*GOOD, still).against == 0b1000
    assert doubting.why("update.accused") == [DOES_NOTHING]


def test_nobody_is_accused_of_harm_while_the_global_model_has_no_finite_loss(bench: Bench) -> None:
    """Whoever comes after a spoiled model must not pay for it; what is finite again is voted for."""
    bench.trainer.measure = lambda value: math.nan if value <= 0 else 1.0  # type: ignore[method-assign, assignment]
    ballot = bench.judge(*GOOD, BAD)
    assert (ballot.score, ballot.against) == (1, 0)


def test_a_round_without_an_update_worth_aggregating_is_voted_down(bench: Bench) -> None:
    """R17, section 7: all resubmitting the global model."""
    ballot = bench.judge(b"bad", BASE, BASE)
    assert (ballot.aggregate, ballot.score, ballot.against) == (MODEL, -1, 0b111)
    assert ballot.loss_before == ballot.loss_after


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_good_updates_are_judged_too(bench: Bench, count: int) -> None:
    ballot = bench.judge(*GOOD[:count])
    assert (ballot.score, ballot.against) == (1, 0)


def test_the_reference_is_the_lowest_loss_that_a_global_model_had(bench: Bench) -> None:
    """D11: tolerated losses cannot add up round by round."""
    for best_loss, score, kept in ((None, 1, 1.0), (0.001, -1, 0.001), (5.0, 1, 1.0)):
        made = bench.look(bench.see(*GOOD), Notes(round=1, phase_seen_at=100, best_loss=best_loss))
        bench.world.table.origin = b""
        assert made.ballot and (made.ballot.score, made.best_loss) == (score, kept)


def test_a_model_that_came_at_last_ends_the_count_of_rounds_without_one(bench: Bench) -> None:
    assert bench.look(bench.see(*GOOD), Notes(round=1, phase_seen_at=100, unusable_since=1)).unusable_since == 0


# ── time ──


def test_a_withheld_update_is_waited_for_until_the_margin_with_a_ballot_ready(bench: Bench) -> None:
    """Section 7: an update published by digest and then withheld stalls nobody. Two blocks of a second, and a look."""
    view = bench.see(*GOOD, WITHHELD)
    with pytest.raises(ArtifactMissing, match="1 of 4 updates"):
        bench.look(view)
    assert bench.trainer.pieces == [5]
    with pytest.raises(ArtifactMissing):
        bench.look(replace(view, timestamp=192, block_number=192))
    notes = bench.look(replace(view, timestamp=193, block_number=193))
    assert bench.trainer.pieces == [5], "nothing was left to do at the margin"
    assert notes.ballot and notes.ballot.against == 0b1000 and bench.why() == ["nobody offers it"]
    assert notes.drafts == (notes.ballot.aggregate,)


def test_the_clock_goes_on_between_blocks(bench: Bench) -> None:
    view = bench.see(*GOOD, WITHHELD, timestamp=188)
    with pytest.raises(ArtifactMissing):
        bench.look(view)
    bench.now += 5.0
    assert bench.look(view).ballot


def test_an_update_that_comes_in_time_is_taken_in_and_only_it_is_evaluated(bench: Bench) -> None:
    view = bench.see(*GOOD[:2], b"\x00" * 32)
    late = bench.storage.put(GOOD[2])
    del bench.storage.artifacts[late]
    view = replace(view, updates=(*view.updates[:2], replace(view.updates[2], digest=late)))
    with pytest.raises(ArtifactMissing):
        bench.look(view)
    bench.storage.put(GOOD[2])
    assert bench.look(view).ballot == Bench().judge(*GOOD)
    assert bench.trainer.pieces == [4, 2]
    drafts = bench.world.drafts
    assert isinstance(drafts, FakeStorage) and len(drafts.artifacts) == 2, "the first aggregate is thrown away (one is FIRST)"


def test_an_update_that_comes_when_there_is_no_time_left_to_take_it_in_is_left_out(bench: Bench) -> None:
    view = bench.see(*GOOD, WITHHELD)
    with pytest.raises(ArtifactMissing):
        bench.look(view)
    bench.world.table.make_seconds = 50.0
    bench.storage.artifacts[WITHHELD] = make(1.0, 1.0, 0.0)
    ballot = bench.look(replace(view, timestamp=150, block_number=150)).ballot
    assert ballot and ballot.against == 0b1000 and bench.why() == ["it came too late"]


def test_with_no_time_at_all_there_is_a_ballot_but_no_private_verdict(bench: Bench) -> None:
    """A vote in time is worth more than the accusations of one."""
    ballot = bench.judge(*GOOD, BAD, timestamp=199)
    assert ballot.against == 0 and bench.trainer.pieces == [2]
    assert ballot.aggregate == Bench().judge(*GOOD, BAD).aggregate


def test_a_slow_act_widens_the_margin_but_never_past_half_of_the_window(bench: Bench) -> None:
    view, notes = bench.see(*GOOD), Notes(phase_seen_at=100, block_seconds=2.0)
    pace = bench.world.pace
    assert pace.compute_margin(view, notes, 200) == 5 + 4
    assert pace.compute_margin(view, replace(notes, block_seconds=0.0), 200) == 5 + 24
    for seconds, expected in ((10.0, 10), (500.0, 50)):
        with pace.measuring_act():
            bench.now += seconds
        assert pace.compute_margin(view, notes, 200) == 5 + expected
    assert pace.compute_margin(view, notes, 90) == 5
    assert Bench().world.pace.compute_margin(view, notes, 200, 20.0) == 25


def test_an_act_that_failed_says_nothing_of_how_long_they_take(bench: Bench) -> None:
    with pytest.raises(OSError), bench.world.pace.measuring_act():
        bench.now += 40
        raise OSError
    assert bench.world.pace.compute_margin(bench.see(), Notes(phase_seen_at=100, block_seconds=1.0), 200) == 7


def test_of_another_round_nothing_is_left_on_the_table(bench: Bench) -> None:
    """N9: another seed, another round, although the updates are the same."""
    first = bench.look(bench.see(*GOOD))
    second = bench.look(bench.see(*GOOD, seed=b"\x07" * 32))
    assert first.ballot == second.ballot and first.ballot_origin != second.ballot_origin
    assert bench.trainer.pieces == [5, 5]


# ── a model that cannot be used, and a trainer that tells nonsense ──


@pytest.mark.parametrize("artifact", [b"\x80\x04 a pickle", make(1.0), None])
def test_without_a_usable_global_model_there_is_no_ballot_yet(bench: Bench, artifact: bytes | None) -> None:
    """Section 5: nothing that came from somebody else is loaded unchecked, the first global model included."""
    bench.storage.artifacts.pop(MODEL)
    if artifact:
        bench.storage.artifacts[MODEL] = artifact
    with pytest.raises(ModelUnusable):
        bench.look(bench.see(*GOOD))
    if artifact is None:
        bench.storage.artifacts[MODEL] = BASE
        assert bench.judge(*GOOD).score == 1


@pytest.mark.parametrize("answer", [None, [], [1.0] * 5, [None] * 5])
def test_losses_that_are_none_are_no_ballot(bench: Bench, answer: object) -> None:
    bench.trainer.evaluate = lambda models: (list(models), answer)[1]  # type: ignore[method-assign, assignment]
    with pytest.raises(TypeError):
        bench.judge(*GOOD)


# ── notes lost after the commitment ──


def reveal(bench: Bench, committed: Ballot, *artifacts: bytes, **changes: object) -> Notes:
    commitment = bench.world.chain.compute_commitment(1, committed)[:30] + b"\0\0"
    view = bench.see(*artifacts, phase=Phase.REVEALING, commitment=commitment, **changes)
    return bench.look(view, Notes(round=1, phase_seen_at=100, block_seconds=1.0))


def test_who_lost_its_notes_finds_its_ballot_again(bench: Bench) -> None:
    """R14: the salt comes from the key, and the ballot can be made again."""
    ballot = Bench().judge(*GOOD, BAD)
    assert reveal(bench, ballot, *GOOD, BAD).ballot == ballot


def test_the_sign_is_tried_both_ways_for_the_best_loss_was_in_the_notes(bench: Bench) -> None:
    ballot = Bench().judge(*GOOD)
    turned = replace(ballot, score=-ballot.score)
    assert reveal(bench, turned, *GOOD).ballot == turned


def test_borderline_accusations_are_tried_both_ways(bench: Bench) -> None:
    """Of four updates a quarter of the way: 1 + 0.6003 / 4 = 1.150075, so near to 1.15 that rounding decides."""
    edge = [make(-0.3, 0.6, -0.9003), make(-0.6, -0.3, 0.2997)]
    ballot = Bench().judge(*GOOD[:2], *edge)
    assert ballot.against == 0b1100
    for against in (0b0000, 0b0100, 0b1000, 0b1100):
        other = replace(ballot, against=against)
        assert reveal(Bench(), other, *GOOD[:2], *edge).ballot == other
    assert reveal(bench, replace(ballot, against=0b1101), *GOOD[:2], *edge).is_given_up


def test_a_loss_that_may_be_rounded_the_other_way_is_tried(bench: Bench) -> None:
    bench.trainer.measure = lambda value: 1.00051 if value == 0 else 1.0  # type: ignore[method-assign, assignment]
    other = Bench()
    other.trainer.measure = lambda value: 1.00049 if value == 0 else 1.0  # type: ignore[method-assign, assignment]
    ballot = other.judge(*GOOD)
    assert ballot.loss_before == 1000
    assert reveal(bench, ballot, *GOOD).ballot == ballot


def test_one_update_that_came_only_after_the_vote_is_left_out_again(bench: Bench) -> None:
    ballot = Bench().judge(*GOOD, WITHHELD, timestamp=199)
    bench.storage.artifacts[WITHHELD] = make(1.0, 1.0, 0.0)
    assert reveal(bench, ballot, *GOOD, WITHHELD).ballot == ballot


def test_an_update_that_cannot_be_fetched_now_is_waited_for(bench: Bench) -> None:
    other = Bench()
    other.storage.artifacts[WITHHELD] = make(1.0, 1.0, 0.0)
    ballot = other.judge(*GOOD, WITHHELD)
    with pytest.raises(ArtifactMissing):
        reveal(bench, ballot, *GOOD, WITHHELD)
    bench.storage.artifacts[WITHHELD] = make(1.0, 1.0, 0.0)
    assert reveal(bench, ballot, *GOOD, WITHHELD).ballot == ballot


def test_what_was_tried_is_not_tried_again(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(ArtifactMissing):
            reveal(bench, Ballot(MODEL, 1, 0, 0, 0), *GOOD, WITHHELD)
    assert sum(bench.trainer.pieces) == 5 + 3


def test_another_ballot_gives_the_round_up_instead_of_sending_in_vain(bench: Bench) -> None:
    """R14, and bounded: P + 1 aggregates, a few hundred hashes."""
    notes = reveal(bench, Ballot(MODEL, 1, 0, 0, 0), *GOOD)
    assert notes.is_given_up and notes.ballot is None
    assert [event for event, _ in bench.told if event == "vote.cannot_reveal"]
    assert sum(bench.trainer.pieces) == 5 + 3


def test_a_ballot_that_is_not_the_one_committed_to_is_not_shown_but_looked_for(bench: Bench) -> None:
    view = bench.see(phase=Phase.REVEALING, commitment=b"\x05" * 30 + b"\0\0")
    notes = perform(RevealVote(1, Ballot(MODEL, 1, 0, 1, 1)), view, Notes(ballot=Ballot(MODEL, 1, 0, 1, 1)), bench.world)
    assert notes.ballot is None and not notes.is_given_up
