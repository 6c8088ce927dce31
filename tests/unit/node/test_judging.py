"""What a voter makes of updates that are missing, wrong, hostile or copied, and how it finds its ballot again."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from itertools import permutations

import numpy as np
import pytest

from orchestrator.effects import World, perform
from orchestrator.effects.judging import LEAST_FETCH_SECONDS
from orchestrator.errors import ArtifactMissing, ArtifactRefused, ModelUnusable
from orchestrator.learning.artifact import encode, read_layout
from orchestrator.learning.definition import Doubt, Verdict, WeightedMean
from orchestrator.learning.judge import DOES_NOTHING, HARMS
from orchestrator.learning.public_tests import COPY, GROSS, IDLE
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.duties import Judge, RevealVote
from orchestrator.protocol.types import MAX_LOSS, Ballot, Notes, Phase, RoundView, Update
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
    """Has bytes for one digest that are not what it promises; remembers what it is asked."""

    refused = b"\x0f" * 32

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, float | None]] = []
        """Of each call: how many bytes, and within how many seconds."""

    def get(self, digest: bytes, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        self.asked.append((limit_bytes, within_seconds))
        if digest == self.refused:
            raise ArtifactRefused("these are other bytes")
        return super().get(digest, limit_bytes=limit_bytes)


class SlowStorage(FakeStorage):
    """Answers after a third of a second, where it is asked for `slow`."""

    slow = b""

    def get(self, digest: bytes, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        if digest == self.slow:
            time.sleep(0.3)
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

    storage: RefusingStorage = field(default_factory=RefusingStorage)
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
        view = RoundView(9, 100, Phase.COMMITTING, 1, 5, global_model=MODEL, updates=updates)
        ends = {"train_end": 100, "commit_end": 200, "reveal_end": 300}
        return replace(view, **ends | changes)  # type: ignore[arg-type]

    def look(self, view: RoundView, notes: Notes | None = None) -> Notes:
        self.world.pace.see(view)
        deadline = view.commit_end if view.phase is Phase.COMMITTING else view.reveal_end
        known = notes or Notes(round=1, phase_seen_at=100, block_seconds=1.0)
        return perform(Judge(1, deadline), view, known, self.world)

    def judge(self, *artifacts: bytes, ranks: tuple[int, ...] | None = None, **changes: object) -> Ballot:
        ballot = self.look(self.see(*artifacts, ranks=ranks, **changes)).ballot
        assert ballot
        return ballot

    def define(self, **changes: object) -> None:
        self.world = replace(self.world, definition=self.world.definition.model_copy(update=changes))

    def list_told(self, event: str) -> list[dict]:
        return [values for name, values in self.told if name == event]

    def why(self, event: str = "update.left_out") -> list[str]:
        return [values["why"] for values in self.list_told(event)]

    def list_drafts(self) -> set[bytes]:
        """What the node keeps of its own making."""
        drafts = self.world.drafts
        assert isinstance(drafts, FakeStorage)
        return set(drafts.artifacts) - {MODEL}


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
    assert bench.list_told("ballot.made")[0]["evaluations"] == 5


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
    gentle.define(verdict=Verdict(theta=10.0))
    other = gentle.judge(*GOOD, BAD)
    assert other.against == 0 and other.aggregate == ballot.aggregate


def test_harm_is_measured_with_one_pth_where_p_counts_all_that_were_submitted(bench: Bench) -> None:
    """Of 2 the harm is a half of the way, of 8 an eighth."""
    slight = make(-0.4, 0.0, 0.0)
    assert bench.judge(GOOD[1], slight).against == 0b10
    assert Bench().judge(GOOD[1], slight, *[RefusingStorage.refused] * 6).against == 0xFC


def test_where_losses_are_low_harm_is_measured_against_the_floor_of_the_definition(bench: Bench) -> None:
    """The global model's balanced loss here is 1, and the bad update makes it less than twice as great."""
    assert bench.judge(*GOOD, BAD).against == 0b1000
    mild = Bench()
    mild.define(loss_floor=20.0)
    assert mild.judge(*GOOD, BAD).against == 0


def test_doubt_is_asked_for_by_the_definition() -> None:
    still = make(1.0, -1.0, 0.0)
    assert Bench().judge(*GOOD, still).against == 0
    doubting = Bench()
    doubting.define(verdict=Verdict(doubt=Doubt()))
    assert doubting.judge(*GOOD, still).against == 0b1000
    assert doubting.why("update.accused") == [DOES_NOTHING]


def test_nobody_is_accused_of_harm_while_the_global_model_has_no_finite_loss(bench: Bench) -> None:
    """Whoever comes after a spoiled model must not pay for it; what is finite again is voted for."""
    bench.trainer.measure = lambda value: math.nan if value <= 0 else 1.0  # type: ignore[method-assign, assignment]
    ballot = bench.judge(*GOOD, BAD)
    assert (ballot.score, ballot.against) == (1, 0)


def test_a_round_without_an_update_worth_aggregating_is_voted_down(bench: Bench) -> None:
    """R17, section 7: all resubmitting the global model."""
    notes = bench.look(bench.see(b"bad", BASE, BASE))
    ballot = notes.ballot
    assert ballot and (ballot.aggregate, ballot.score, ballot.against) == (MODEL, -1, 0b111)
    assert ballot.loss_before == ballot.loss_after
    assert notes.drafts == () and bench.list_drafts() == set(), "the others have the global model already"


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


def test_what_was_made_of_the_updates_is_told(bench: Bench) -> None:
    """Section 5: whoever pays for an accusation can read in the accuser's log what it was for."""
    bench.now, measure = 1000.0, bench.trainer.measure

    def measure_slowly(value: float) -> float:
        bench.now += 0.1234567
        return measure(value)

    bench.trainer.measure = measure_slowly  # type: ignore[method-assign]
    ballot = bench.judge(*GOOD, BAD, BASE, RefusingStorage.refused, ranks=(0, 1, 2, 3, 4, 6))
    tell = {values["proposer"]: values for values in bench.list_told("update.left_out")}
    digest = bench.storage.put(BASE).hex()
    assert tell["0x4"] == dict(round=1, digest=digest, proposer="0x4", why=IDLE)
    assert tell["0x6"] == dict(round=1, digest="0f" * 32, proposer="0x6", why="these are other bytes")
    (accused,) = bench.list_told("update.accused")
    assert accused == dict(round=1, proposer="0x3", why=HARMS, ratio=pytest.approx(1 + 4 / 6))
    assert bench.list_told("progress") == [dict(work="fetch", round=1, fraction=1.0)]
    (made,) = bench.list_told("ballot.made")
    assert made == dict(
        round=1,
        aggregate=ballot.aggregate.hex(),
        score=1,
        against=0b1011000,
        loss_before=1.0,
        loss_after=pytest.approx(ballot.loss_after / 1000, abs=5e-4),
        seconds=0.741,
        evaluations=6,
    )


def test_the_share_of_updates_that_have_come_is_told(bench: Bench) -> None:
    with pytest.raises(ArtifactMissing):
        bench.look(bench.see(*GOOD, WITHHELD))
    bench.judge()
    assert [told["fraction"] for told in bench.list_told("progress")] == [0.75, 0.0]
    alone = Bench()
    alone.judge(GOOD[0])
    assert alone.list_told("progress")[0]["fraction"] == 1.0


def test_the_chain_may_list_the_updates_in_any_order(bench: Bench) -> None:
    """R14: to the byte, by stakes, although 2^60 + 1 − 2^60 is 1 in one order of adding up and 0 in the other."""
    far = 2.0**60
    models = [make(far, 0.0, 0.0), make(1.0, far, 0.0), make(-far, 0.0, 0.0)]
    bench.define(aggregation=WeightedMean())
    view = bench.see(*models)
    aggregates = set()
    for updates in permutations(view.updates):
        bench.world.table.origin = b""
        ballot = bench.look(replace(view, updates=updates)).ballot
        assert ballot
        aggregates.add(ballot.aggregate)
    assert len(aggregates) == 1
    other = Bench()
    other.define(aggregation=WeightedMean())
    heavier = tuple(replace(update, weight=10 + update.rank) for update in view.updates)
    assert other.judge(*models, updates=heavier).aggregate not in aggregates, "stakes count"


def test_what_was_made_before_is_still_to_be_published(bench: Bench) -> None:
    notes = bench.look(bench.see(*GOOD), Notes(round=1, phase_seen_at=100, block_seconds=1.0, drafts=(WITHHELD,)))
    assert notes.ballot and notes.drafts == (WITHHELD, notes.ballot.aggregate)
    assert bench.look(bench.see(*GOOD), notes).drafts == notes.drafts


# ── time ──


def test_the_store_is_asked_for_no_more_than_may_be_used_and_only_while_there_is_time(bench: Bench) -> None:
    """R11: what is longer than the definition allows nobody reads. 100 seconds, less a margin of 7; never less than one."""
    bench.judge(GOOD[0])
    assert set(bench.storage.asked) == {(bench.world.definition.limit_bytes, 93.0)}
    late = Bench()
    late.judge(GOOD[0], timestamp=199)
    assert {seconds for _, seconds in late.storage.asked} == {LEAST_FETCH_SECONDS} == {1.0}


def test_a_store_that_is_slow_is_looked_at_again_and_not_waited_for(bench: Bench) -> None:
    slow = SlowStorage()
    slow.artifacts[MODEL], slow.slow = BASE, slow.put(GOOD[0])
    bench.world = replace(bench.world, storage=slow, wait_seconds=0.1)
    with pytest.raises(ArtifactMissing, match=f"{to_cid(slow.slow)}: not yet\\)$"):
        bench.judge(GOOD[0])
    slow.slow = MODEL
    bench.world.table.origin = b""
    with pytest.raises(ModelUnusable, match=r"has not come: not yet$"):
        bench.judge(GOOD[0])


def test_a_margin_that_the_participant_asks_for_counts_if_it_is_wider(bench: Bench) -> None:
    bench.world = replace(bench.world, margin_seconds=20.0)
    view = bench.see(*GOOD, WITHHELD)
    with pytest.raises(ArtifactMissing):
        bench.look(replace(view, timestamp=174, block_number=174))
    assert bench.look(replace(view, timestamp=175, block_number=175)).ballot


def test_what_has_not_come_is_named_with_the_reason(bench: Bench) -> None:
    other = b"\x0d" * 32
    names = [f"{to_cid(digest)}: ArtifactMissing: {digest.hex()}" for digest in (WITHHELD, other)]
    with pytest.raises(ArtifactMissing) as missing:
        bench.look(bench.see(GOOD[0], WITHHELD, GOOD[1], other))
    assert str(missing.value) == f"2 of 4 updates have not come ({'; '.join(names)})"


@pytest.mark.parametrize(("timestamp", "against"), [(192, 0b1000), (193, 0)])
def test_up_to_the_margin_there_is_time_to_accuse(timestamp: int, against: int) -> None:
    """R14: a margin of 7 before 200. With nothing left not a single update is evaluated."""
    assert Bench().judge(*GOOD, BAD, timestamp=timestamp).against == against


@pytest.mark.parametrize(("seconds", "against"), [(43.0, 0b1000), (42.0, 0b0000)])
def test_a_late_update_is_taken_in_only_if_more_time_is_left_than_a_ballot_takes(seconds: float, against: int) -> None:
    """At 150 there are 43 seconds to the margin."""
    bench = Bench()
    view = bench.see(*GOOD, WITHHELD)
    with pytest.raises(ArtifactMissing):
        bench.look(view)
    bench.world.table.make_seconds = seconds
    bench.storage.artifacts[WITHHELD] = make(1.0, 1.0, 0.0)
    ballot = bench.look(replace(view, timestamp=150, block_number=150)).ballot
    assert ballot and ballot.against == against


def test_how_long_a_ballot_takes_is_measured(bench: Bench) -> None:
    bench.now, view = 50.0, bench.see(*GOOD, WITHHELD)
    measure = bench.trainer.measure

    def measure_slowly(value: float) -> float:
        bench.now += 2.0
        return measure(value)

    bench.trainer.measure = measure_slowly  # type: ignore[method-assign]
    with pytest.raises(ArtifactMissing):
        bench.look(view)
    table = bench.world.table
    assert table.make_seconds == table.seconds == 10.0
    bench.storage.artifacts[WITHHELD] = make(1.0, 1.0, 0.0)
    bench.look(view)
    assert (table.make_seconds, table.seconds) == (4.0, 14.0)


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
    assert len(bench.list_drafts()) == 1, "the first aggregate is thrown away"
    made = bench.list_told("ballot.made")[-1]
    assert made["evaluations"] == 6


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
    notes, pace = Notes(phase_seen_at=100, block_seconds=2.0), bench.world.pace
    assert pace.compute_margin(notes, 200) == 5 + 4
    assert pace.compute_margin(replace(notes, block_seconds=0.0), 200) == 5 + 24
    for seconds, expected in ((10.0, 10), (500.0, 50)):
        with pace.measuring_act():
            bench.now += seconds
        assert pace.compute_margin(notes, 200) == 5 + expected
    assert pace.compute_margin(notes, 90) == 5
    assert Bench().world.pace.compute_margin(notes, 200, 20.0) == 25


def test_an_act_that_failed_says_nothing_of_how_long_they_take(bench: Bench) -> None:
    with pytest.raises(OSError), bench.world.pace.measuring_act():
        bench.now += 40
        raise OSError
    assert bench.world.pace.compute_margin(Notes(phase_seen_at=100, block_seconds=1.0), 200) == 7


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


def test_a_global_model_that_is_not_what_its_digest_promises_is_named(bench: Bench) -> None:
    with pytest.raises(ModelUnusable, match="cannot be used: these are other bytes"):
        bench.judge(*GOOD, global_model=RefusingStorage.refused)


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


def test_of_borderline_accusations_the_four_nearest_to_the_threshold_are_tried(bench: Bench) -> None:
    """Five of five, in all directions from a common way: 1 + (0.75 + k · 8e-4) / 5, for k of 1 … 5. Bounded: 2^4 masks."""
    angles = [2 * math.pi * number / 5 for number in range(5)]
    across = np.array([[1.0, -1.0, 0.0], [1.0, 1.0, -2.0]]) / np.sqrt([[2.0], [6.0]])
    edge = [
        make(*(np.array([math.cos(angle), math.sin(angle)]) @ across - (0.75 + number * 8e-4) / 3))
        for number, angle in enumerate(angles, start=1)
    ]
    ballot = Bench().judge(*edge)
    assert ballot.against == 0b11111
    for against in (0b11110, 0b10000):
        other = replace(ballot, against=against)
        assert reveal(Bench(), other, *edge).ballot == other
    assert reveal(bench, replace(ballot, against=0b01111), *edge).is_given_up


@pytest.mark.parametrize(
    ("loss", "told", "is_found"),
    [
        (1.00051, 1000, True),
        (1.00049, 1001, True),
        (1.00056, 1000, False),
        (1.00044, 1001, False),
        (1.00049, 999, False),
        (1.0, 1001, False),
        (0.00055, 0, True),
        (0.00056, 0, False),
        (0.00155, 1, True),
        (0.00045, 1, True),
        (0.0, 1, False),
        (math.inf, MAX_LOSS, True),
        (math.inf, MAX_LOSS - 1, False),
    ],
)
def test_a_loss_that_may_be_rounded_the_other_way_is_tried(loss: float, told: int, is_found: bool) -> None:
    """R14: both losses, up to a twentieth of a step beyond the middle between two."""
    for field_name, measure in (
        ("loss_before", lambda value: loss if value == 0 else 1.0),
        ("loss_after", lambda value: 1.0 if value == 0 else loss),
    ):
        bench, other = Bench(), Bench()
        bench.trainer.measure = other.trainer.measure = measure  # type: ignore[method-assign, assignment]
        ballot = replace(other.judge(*GOOD), **{field_name: told})
        notes = reveal(bench, ballot, *GOOD)
        assert (notes.ballot == ballot) is is_found is not notes.is_given_up


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
    """R14, and bounded: P + 1 aggregates, a few hundred hashes; none of them is kept."""
    notes = reveal(bench, Ballot(MODEL, 1, 0, 0, 0), *GOOD)
    assert notes.is_given_up and notes.ballot is None
    why = "no ballot that it can make again is the one committed to"
    assert bench.list_told("vote.cannot_reveal") == [dict(round=1, why=why)]
    assert sum(bench.trainer.pieces) == 5 + 3
    assert bench.list_drafts() == set()


def test_after_what_was_tried_the_rest_is_tried(bench: Bench) -> None:
    """Without the first, then without each other of four; when the first has come, without the second only."""
    first = make(1.0, 1.0, 0.0)
    digest = bench.storage.put(first)
    without_second = Bench()
    without_second.storage.put(first)
    ballot = without_second.judge(digest, WITHHELD, *GOOD[:2], timestamp=199)
    bench.storage.artifacts[WITHHELD] = GOOD[2]
    del bench.storage.artifacts[digest]
    with pytest.raises(ArtifactMissing):
        reveal(bench, ballot, digest, WITHHELD, *GOOD[:2])
    bench.storage.put(first)
    assert reveal(bench, ballot, digest, WITHHELD, *GOOD[:2]).ballot == ballot


def test_what_another_ballot_of_this_round_needs_is_not_thrown_away(bench: Bench) -> None:
    """N9: a ballot was made, and then the chain tells of a commitment that is not to it."""
    ballot = bench.judge(*GOOD)
    assert reveal(bench, Ballot(MODEL, 1, 0, 0, 0), *GOOD).is_given_up
    assert bench.list_drafts() == {ballot.aggregate}


@pytest.mark.parametrize(("timestamp", "is_waiting", "evaluations"), [(292, True, 5 + 3), (293, False, 5)])
def test_a_ballot_is_looked_for_until_the_margin(timestamp: int, is_waiting: bool, evaluations: int) -> None:
    """R14: a margin of 7 before 300. After that one candidate is made, and nothing is waited for."""
    bench, view = Bench(), dict(timestamp=timestamp, block_number=timestamp)
    committed = Ballot(MODEL, 1, 0, 0, 0)
    if is_waiting:
        with pytest.raises(ArtifactMissing):
            reveal(bench, committed, *GOOD, WITHHELD, **view)
    else:
        assert reveal(bench, committed, *GOOD, WITHHELD, **view).is_given_up
    assert sum(bench.trainer.pieces) == evaluations


def test_a_ballot_that_is_not_the_one_committed_to_is_not_shown_but_looked_for(bench: Bench) -> None:
    view = bench.see(phase=Phase.REVEALING, commitment=b"\x05" * 30 + b"\0\0")
    notes = perform(RevealVote(1, Ballot(MODEL, 1, 0, 1, 1)), view, Notes(ballot=Ballot(MODEL, 1, 0, 1, 1)), bench.world)
    assert notes.ballot is None and not notes.is_given_up
