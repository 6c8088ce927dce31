"""Who is condemned, and what it costs to misjudge (R17a, R18a)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.verdicts import (
    MAX_UNITS,
    compute_accusing_weight,
    compute_condemned,
    compute_judged,
    compute_unit,
    list_ranks,
    make_mask,
)

MASKS = st.integers(0, 2**16 - 1)
WEIGHTS = st.integers(1, 2**90 - 1)


@given(st.sets(st.integers(0, 15)))
def test_a_mask_has_a_bit_for_each_rank(ranks: set[int]) -> None:
    """R14: bit i is the proposer of rank i."""
    assert list_ranks(make_mask(ranks)) == sorted(ranks)
    assert make_mask(ranks) == sum(2**rank for rank in ranks)
    assert make_mask([3, 3]) == 8


@pytest.mark.parametrize(("min_stake", "unit"), [(1, 1), (255, 1), (256, 1), (511, 1), (512, 2), (10**18, 3906250000000000)])
def test_accusations_are_weighed_in_parts_of_the_least_stake(min_stake: int, unit: int) -> None:
    """R17a: fine enough that rounding changes no verdict that is not on the edge."""
    assert compute_unit(min_stake) == unit


@pytest.mark.parametrize(
    ("rank", "expected"),
    [(0, (2 + 3) * 4), (1, 3 * 4), (2, 0), (15, 2 * 4)],
)
def test_what_stands_against_a_proposer_is_the_weight_of_those_that_accuse_it(rank: int, expected: int) -> None:
    """R17a: each weight is rounded down to units: for the accused."""
    accusations = [(1 | 1 << 15, 11), (0b11, 12), (0, 100)]
    assert compute_accusing_weight(rank, accusations, unit=4) == expected


def test_a_voter_counts_for_so_many_units_at_most() -> None:
    """R17a: 65,000 of them fit in a lane of 40 bits."""
    assert compute_accusing_weight(0, [(1, 2**80)], unit=2) == MAX_UNITS * 2 == (2**24 - 1) * 2
    assert compute_accusing_weight(0, [(1, MAX_UNITS * 2 + 1)], unit=2) == MAX_UNITS * 2
    assert compute_accusing_weight(0, [(1, MAX_UNITS * 2 - 1)], unit=2) == (MAX_UNITS - 1) * 2
    assert 65_000 * MAX_UNITS < 2**40


@pytest.mark.parametrize(
    ("accusations", "unit", "condemned"),
    [
        ([], 1, 0),
        ([(0, 5)], 1, 0),
        ([(0b1, 5)], 1, 0b1),
        ([(0b1, 5), (0b0, 5)], 1, 0),
        ([(0b1, 6), (0b0, 5)], 1, 0b1),
        ([(0b110, 5), (0b011, 4), (0b101, 2)], 1, 0b111),
        ([(0b10, 7), (0b01, 7), (0b11, 1)], 1, 0b11),
        ([(0b1, 7), (0b0, 6)], 4, 0),
        ([(0b1, 8), (0b0, 7)], 4, 0b1),
        ([(1 << 15, 3)], 1, 1 << 15),
    ],
    ids=[
        "nobody reveals",
        "nobody accuses",
        "the only one",
        "exactly half",
        "more than half",
        "by different voters",
        "one voter decides both",
        "rounding is for the accused",
        "no rounding",
        "the last rank",
    ],
)
def test_more_than_half_of_the_revealed_weight_condemns(accusations: list[tuple[int, int]], unit: int, condemned: int) -> None:
    """R17a."""
    assert compute_condemned(accusations, unit=unit) == condemned


@given(st.lists(st.tuples(MASKS, WEIGHTS), max_size=12), st.integers(1, 10**20))
def test_who_is_condemned_has_more_than_half_against_it(accusations: list[tuple[int, int]], unit: int) -> None:
    """R17a: whatever the unit; and nobody is whom nobody accuses."""
    revealed = sum(weight for _, weight in accusations)
    for rank in list_ranks(compute_condemned(iter(accusations), unit=unit)):
        assert 2 * sum(weight for against, weight in accusations if against >> rank & 1) > revealed


@pytest.mark.parametrize(
    ("against", "condemned", "earned"),
    [
        (0, 0, 1600),
        (0b1011, 0b1011, 1600),
        (0b0001, 0, 1600),
        (0b0011, 0, 1500),
        (0b1111, 0, 1300),
        (0, 0b0001, 800),
        (0, 0b0011, 0),
        (0, 0b1111, 0),
        (0b0010, 0b0001, 800),
        (0b0110, 0b0001, 700),
        (0b1110, 0b0001, 600),
        (0b0111, 0b0001, 1500),
        (0b0001, 0b0011, 800),
    ],
)
def test_misjudging_costs_a_good_voter_of_its_share(against: int, condemned: int, earned: int) -> None:
    """R18a, of four updates: half for each that is missed, a sixteenth for each wrong one after the first; at most all."""
    assert compute_judged(1600, 4, against=against, condemned=condemned) == earned


def test_what_is_earned_is_rounded_down_once() -> None:
    """R18a: 11 of 12 parts of 100."""
    assert compute_judged(100, 3, against=0b110, condemned=0) == 91


@given(st.integers(0, 2**90), st.integers(1, 16), st.data())
def test_nobody_earns_more_than_its_share_nor_for_another_accusation_that_is_wrong(
    share: int, updates: int, data: st.DataObject
) -> None:
    """R18a, I11: who says exactly what is decided earns all, and nobody gains by accusing one more that is not condemned."""
    mask = st.integers(0, 2**updates - 1)
    against, condemned = data.draw(mask), data.draw(mask)
    earned = compute_judged(share, updates, against=against, condemned=condemned)
    assert 0 <= earned <= compute_judged(share, updates, against=condemned, condemned=condemned) == share
    for rank in range(updates):
        more = against | 1 << rank
        if more != against and not condemned >> rank & 1:
            assert compute_judged(share, updates, against=more, condemned=condemned) <= earned


def test_accusing_all_costs_about_an_eighth_of_the_pay_where_a_half_is_bad() -> None:
    """R18a: of sixteen updates, with eight condemned: 7 of 64 parts."""
    assert compute_judged(64, 16, against=2**16 - 1, condemned=2**8 - 1) == 57
