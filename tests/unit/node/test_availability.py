"""Updates that are withheld, trickled or late: every voter commits in time, whatever the pace of the chain, and all leave out
the same (section 5, "Withheld updates")."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest

from orchestrator.errors import ArtifactMissing, LostRace
from orchestrator.node import Node
from orchestrator.ports import Losses
from orchestrator.protocol.cutoff import draw_cutoff, find_stretch
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import Ballot, Phase, Role, RoundView, Update, identify_updates
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeNotebook, FakeStorage, FakeTrainer, make_model, make_world

START = 1_000
MODEL = b"\x01" * 32
UPDATES = [make_model(1.0 + number, 2.0) for number in range(6)]
EVALUATION_SECONDS = 0.5
INSTANTLY, NEVER = 0.0, float("inf")


@dataclass
class Clock:
    """Time that goes on when somebody waits or works."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class SlowChain(FakeAccount):
    """One voter's view of Committing: blocks every so often, and what is sent is in the next one, or too late."""

    clock: Clock = field(default_factory=Clock)
    block_seconds: int = 1
    window: int = 60
    updates: tuple[Update, ...] = ()
    first_block: int = 900
    committed: Ballot | None = None
    committed_at: float = 0.0

    @property
    def end(self) -> int:
        return START + self.window

    def read_view(self) -> RoundView:
        blocks = int((self.clock.now - START) // self.block_seconds)
        view = RoundView(
            self.first_block + blocks, START + blocks * self.block_seconds, Phase.COMMITTING, 1, 5, global_model=MODEL
        )
        view = replace(view, train_end=START, commit_end=self.end, role=Role.VOTER, stake=1000, drawn_count=9)
        view = replace(view, is_member=True, is_in_draw=True)
        return replace(view, updates=self.updates, commitment=bytes([7] * 32) if self.committed else bytes(32))

    def find_block_hash(self, since: int) -> bytes | None:
        blocks = math.ceil((since - START) / self.block_seconds)
        is_there = START + blocks * self.block_seconds <= self.clock.now
        return hashlib.sha256(b"%d" % (self.first_block + blocks)).digest() if is_there else None

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self.clock.now = START + self.block_seconds * ((self.clock.now - START) // self.block_seconds + 1)
        if self.clock.now >= self.end:
            raise LostRace("WrongPhase(expected=Committing, actual=Revealing)")
        self.committed, self.committed_at = ballot, self.clock.now


@dataclass
class SlowStorage(FakeStorage):
    """Each artifact comes when its time has come. A look-up in vain takes 15 seconds, as with IPFS, or as long as it may."""

    clock: Clock = field(default_factory=Clock)
    comes_at: dict[bytes, float] = field(default_factory=dict)
    looks_for: float = 15.0

    def __post_init__(self) -> None:
        super().__init__()

    def get(self, digest: bytes, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        assert within_seconds is not None and within_seconds >= 1.0
        until = self.clock.now + min(self.looks_for, within_seconds)
        while self.clock.now < START + self.comes_at.get(digest, INSTANTLY):
            if self.clock.now >= until:
                raise ArtifactMissing("no answer")
            time.sleep(0.002)
        return super().get(digest, limit_bytes=limit_bytes)


@dataclass
class SlowTrainer(FakeTrainer):
    clock: Clock

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        found = []
        for model in models:
            self.clock.now += EVALUATION_SECONDS
            found += super().evaluate([model])
        return found


class Clockwork:
    """A bell that never rings; the clock goes on by what it is waited for. Threads get a moment, too."""

    is_heard = False

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def wait(self, seconds: float, *, seen: int, until: int | None = None, block: int | None = None) -> None:
        self.clock.now += seconds
        time.sleep(0.001)


def play(
    comes_at: list[float],
    *,
    block_seconds: int,
    window: int,
    looks_for: float = 15.0,
    begins_at: float = 0.0,
    first_block: int = 900,
) -> SlowChain:
    """One Committing phase through `Node.run`, which begins so many seconds after it."""
    clock = Clock(START + begins_at)
    storage = SlowStorage(clock=clock, looks_for=looks_for)
    digests = [storage.put(update) for update in UPDATES]
    storage.comes_at = dict(zip(digests, comes_at, strict=True))
    updates = tuple(Update(f"0x{rank}", 10, digest, rank) for rank, digest in enumerate(digests))
    shared = FakeChain(["me"], 5)
    chain = SlowChain(shared, "me", lambda: None, clock, block_seconds, window, updates, first_block=first_block)
    world = replace(make_world(chain, storage), trainer=SlowTrainer(clock), wait_seconds=0.005)
    world.pace.clock = clock
    node = Node(world, FakeNotebook(), Policy())
    node.run(Clockwork(clock), lambda: bool(chain.committed) or clock.now > chain.end + 60, poll_seconds=2.0)
    clock.now += 10**6  # whoever still looks may stop
    return chain


def missing(chain: SlowChain) -> int:
    assert chain.committed, "the voter was late"
    assert chain.committed_at < chain.end
    return chain.committed.against


PACES = [(block_seconds, window) for block_seconds in (1, 2, 12) for window in (60, 300)]


@pytest.mark.parametrize(("block_seconds", "window"), PACES)
@pytest.mark.parametrize(("count", "looks_for"), [(1, 0.0), (1, 15.0), (4, 15.0), (6, NEVER)])
def test_withheld_updates_make_nobody_late(count: int, looks_for: float, block_seconds: int, window: int) -> None:
    """One, several, all; whether a look-up in vain answers at once, after 15 seconds, or never."""
    comes_at = [INSTANTLY] * (6 - count) + [NEVER] * count
    chain = play(comes_at, block_seconds=block_seconds, window=window, looks_for=looks_for)
    assert missing(chain) == 0b111111 & ~((1 << (6 - count)) - 1)
    assert chain.committed_at > chain.end - (window / 2 + 5 + 2 * block_seconds), "and it was waited for"


@pytest.mark.parametrize(("block_seconds", "window"), PACES)
def test_trickled_updates_are_taken_in_as_they_come(block_seconds: int, window: int) -> None:
    chain = play([0.0, 3.0, 6.0, 9.0, 12.0, 15.0], block_seconds=block_seconds, window=window)
    assert missing(chain) == 0
    assert chain.committed_at < START + 30 + 2 * block_seconds, "nothing was waited for once all were there"


@pytest.mark.parametrize(("block_seconds", "window"), PACES)
@pytest.mark.parametrize("before_end", [1.0, 4.0])
def test_an_update_that_comes_at_the_very_end_makes_nobody_late(before_end: float, block_seconds: int, window: int) -> None:
    chain = play([0.0] * 5 + [window - before_end], block_seconds=block_seconds, window=window)
    assert missing(chain) in (0, 0b100000)


@pytest.mark.parametrize("first_block", range(0, 5_000, 1_000))
def test_what_came_after_the_cut_off_is_left_out_and_what_came_before_is_not(first_block: int) -> None:
    """Each comes just when the last was taken in; a look at the clock takes up to two seconds."""
    times = [300 * share for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.97)]
    chain = play(times, block_seconds=2, window=300, first_block=first_block)
    view = replace(chain.read_view(), timestamp=chain.end, commitment=bytes(32))
    stretch = find_stretch(view)
    drawing = chain.find_block_hash(math.ceil(stretch.end))
    assert drawing is not None
    cutoff = draw_cutoff(stretch, drawing, identify_updates(view)) - START
    for rank, came in enumerate(times):
        is_left_out = bool(missing(chain) >> rank & 1)
        assert is_left_out == (came > cutoff) or cutoff - 3 < came <= cutoff


@pytest.mark.parametrize("window", [60, 300])
def test_where_no_block_draws_the_cut_off_in_time_it_is_as_early_as_it_can_be(window: int) -> None:
    """A chain whose next block comes when the phase is nearly over; two of six come when the first third is."""
    times = [INSTANTLY] * 4 + [window / 3 + 4.0] * 2
    chain = play(times, block_seconds=window // 2 - 2, window=window)
    assert missing(chain) == 0b110000


@pytest.mark.parametrize(("block_seconds", "window"), [(1, 60), (2, 60), (1, 300), (12, 300)])
def test_who_began_to_look_late_takes_all_that_comes(block_seconds: int, window: int) -> None:
    """Its node was down until half of the window was over: what came before it cannot know."""
    late = window / 2
    chain = play([late + 4.0] * 6, block_seconds=block_seconds, window=window, begins_at=late)
    assert missing(chain) == 0


def test_nothing_withheld_is_nothing_waited_for() -> None:
    chain = play([INSTANTLY] * 6, block_seconds=2, window=60)
    assert missing(chain) == 0 and chain.committed_at <= START + 8


def test_all_are_asked_for_at_once() -> None:
    """Side by side: the one that comes is not behind the five that do not."""
    chain = play([NEVER] * 5 + [INSTANTLY], block_seconds=1, window=60, looks_for=NEVER)
    assert missing(chain) == 0b011111
