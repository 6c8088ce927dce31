"""Which endpoint is asked, as a table: the owner's order as long as they are well, and nobody is left out for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.chain.endpoints import CHECK_SECONDS, FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Health, find_order

tables = st.lists(st.builds(Health, st.integers(0, 9), st.floats(0, 200)), min_size=1, max_size=5)


def test_they_are_asked_in_their_owners_order() -> None:
    assert find_order([Health(), Health(), Health()], 0.0) == [0, 1, 2]


def test_one_that_failed_is_asked_last_until_it_has_rested() -> None:
    """N4"""
    table = [Health().fail(100.0), Health(), Health()]
    assert find_order(table, 100.5) == [1, 2, 0]
    assert find_order(table, 100.0 + FIRST_REST_SECONDS) == [0, 1, 2]


@given(tables, st.floats(0, 200))
def test_nobody_is_left_out_and_who_is_awake_comes_first(table: list[Health], now: float) -> None:
    """N4: where all fail, any answer is welcome, and the first to be awake again is asked first."""
    order = find_order(table, now)
    assert sorted(order) == list(range(len(table)))
    rests = [max(0.0, table[number].rests_until - now) for number in order]
    assert rests == sorted(rests)


def test_each_failure_makes_for_a_longer_rest_up_to_a_minute_and_an_answer_ends_it() -> None:
    health, rests = Health(), []
    for _ in range(80):
        health = health.fail(10.0)
        rests.append(health.rests_until - 10.0)
    assert rests[:3] == [1.0, 2.0, 4.0] and rests[-1] == LONGEST_REST_SECONDS
    assert health.recover().rests_until == 0.0 and health.recover().fail(0.0).rests_until == FIRST_REST_SECONDS


def test_an_endpoint_says_which_chain_it_is_before_all_else_after_each_failure_and_now_and_then() -> None:
    """N4, N6: not before every call."""
    checked = Health(checked_at=50.0)
    assert Health().is_due(0.0) and not checked.is_due(60.0)
    assert checked.is_due(50.0 + CHECK_SECONDS) and checked.fail(60.0).is_due(60.0)
    assert not checked.recover().is_due(60.0)
