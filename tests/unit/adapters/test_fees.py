"""What a transaction offers for its gas: from what others paid, never more than is allowed, enough to replace another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.chain.fees import (
    GWEI,
    LEAST_TIP_WEI,
    Limits,
    Urgency,
    choose_fees,
    find_ceiling,
    find_most,
    find_urgency,
    limit_fees,
    outbid,
)

amounts = st.integers(0, 10**15)


@pytest.mark.parametrize(
    ("base_fee", "tips", "tip"),
    [
        (10 * GWEI, [GWEI, GWEI, 2 * GWEI], GWEI),
        (10 * GWEI, [GWEI, GWEI, 10**18], GWEI),
        (10 * GWEI, [0, 0, 3 * GWEI], 3 * GWEI),
        (10 * GWEI, [0, 0, 0], GWEI),
        (10 * GWEI, [], GWEI),
        (7, [0], LEAST_TIP_WEI),
        (10**8, [0], 10**8),
    ],
)
def test_the_tip_is_the_median_of_what_others_paid(base_fee: int, tips: list[int], tip: int) -> None:
    """N3: one odd block moves nothing; where nobody pays any, little is offered."""
    assert choose_fees(base_fee, tips) == {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base_fee + tip}


def test_what_may_cost_stake_is_urgent_and_what_earns_a_share_is_not() -> None:
    assert [find_urgency(act) for act in ("revealVote", "settle", "slash")] == [Urgency.HIGH, Urgency.NORMAL, Urgency.LOW]


@given(amounts, amounts, amounts)
def test_what_replaces_another_offers_a_tenth_more_of_everything(tip: int, fee: int, other: int) -> None:
    for standing in ({"maxPriorityFeePerGas": tip, "maxFeePerGas": tip + fee}, {"gasPrice": fee}):
        more = outbid({"maxPriorityFeePerGas": other, "maxFeePerGas": other + 1}, standing)
        asked = [standing.get(name, standing.get("gasPrice", 0)) for name in more]
        assert all(offered > one and offered >= one * 1.1 - 1 for offered, one in zip(more.values(), asked, strict=True))
    assert outbid({"gasPrice": other}, {"gasPrice": fee})["gasPrice"] >= max(other, fee + 1)


@given(amounts, st.lists(amounts, max_size=3), amounts)
def test_nothing_is_offered_above_the_ceiling_or_below_what_the_next_block_asks(
    base: int, tips: list[int], ceiling: int
) -> None:
    """N3"""
    fees = choose_fees(base, tips)
    limited = limit_fees(fees, ceiling)
    if limited is None:
        assert ceiling < base + fees["maxPriorityFeePerGas"]
    else:
        assert base + fees["maxPriorityFeePerGas"] <= find_most(limited) <= ceiling


def test_a_chain_without_base_fees_has_a_ceiling_too() -> None:
    assert limit_fees({"gasPrice": 5}, 5) == {"gasPrice": 5}
    assert limit_fees({"gasPrice": 6}, 5) is None


def test_the_ceiling_is_the_lower_of_two() -> None:
    """N3: the owner's word, and a share of the balance by the act's urgency."""
    limits = Limits(max_fee_wei=100)
    assert find_ceiling(limits, Urgency.HIGH, 10**9, 1000) == 100
    assert find_ceiling(limits, Urgency.HIGH, 5_000, 1000) == 5
    assert find_ceiling(limits, Urgency.LOW, 100_000, 1000) == 2
