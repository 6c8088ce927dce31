"""Until when updates must have come: alike for all voters, known to nobody in advance (section 5, "Withheld updates")."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.cutoff import Stretch, draw_cutoff, find_stretch
from orchestrator.protocol.types import Phase, RoundView

HASHES = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize(("train_end", "commit_end", "stretch"), [(1000, 1300, (1100, 1200)), (7, 8, (7 + 1 / 3, 8 - 1 / 3))])
def test_the_cut_off_lies_in_the_middle_third_of_the_window(
    train_end: int, commit_end: int, stretch: tuple[float, float]
) -> None:
    view = RoundView(1, train_end, Phase.COMMITTING, 1, 5, train_end=train_end, commit_end=commit_end)
    assert find_stretch(view) == pytest.approx(stretch)


@given(HASHES, HASHES)
def test_what_is_drawn_lies_in_the_stretch(block_hash: bytes, origin: bytes) -> None:
    assert 1100 <= draw_cutoff(Stretch(1100, 1200), block_hash, origin) <= 1200


def test_every_part_of_the_stretch_is_as_likely() -> None:
    drawn = [draw_cutoff(Stretch(0, 10), hashlib.sha256(b"%d" % number).digest(), bytes(32)) for number in range(2000)]
    counts = [sum(int(moment) == part for moment in drawn) for part in range(10)]
    assert all(150 < count < 250 for count in counts)


def test_another_block_and_another_round_are_other_draws() -> None:
    one, two = bytes(32), b"\x01" * 32
    drawn = {draw_cutoff(Stretch(0, 1), block_hash, origin) for block_hash in (one, two) for origin in (one, two)}
    assert len(drawn) == 4
    assert draw_cutoff(Stretch(0, 1), one, two) == 0.3614133222586791


def test_of_a_stretch_without_length_there_is_one_moment() -> None:
    assert draw_cutoff(Stretch(5, 5), bytes(32), bytes(32)) == 5
