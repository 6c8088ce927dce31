"""Amounts as people write them and as chains count them: exact both ways, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import ConfigError
from orchestrator.protocol.amounts import format_amount, parse_amount


@given(st.integers(1, 2**90 - 1), st.integers(0, 24))
def test_what_is_shown_can_be_typed_again(amount_wei: int, decimals: int) -> None:
    assert parse_amount(format_amount(amount_wei, decimals), decimals) == amount_wei


@pytest.mark.parametrize(
    ("text", "decimals", "amount_wei"),
    [
        ("100", 18, 100 * 10**18),
        ("0.5", 6, 500_000),
        (" 7 ", 0, 7),
        ("1e3", 2, 100_000),
        ("1237940039.285380274899124223", 18, 2**90 - 1),
    ],
)
def test_amounts_are_whole_tokens(text: str, decimals: int, amount_wei: int) -> None:
    assert parse_amount(text, decimals) == amount_wei


@pytest.mark.parametrize(
    "text", ["", "ten", "0", "-1", "0.01", "nan", "inf", "-inf", "1e99", "1e999999999", "1,5", "0x10", str(2**90)]
)
def test_what_a_token_cannot_have_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_amount(text, 1)
    assert caught.value.hint


def test_zero_is_shown_as_zero() -> None:
    assert format_amount(0, 18) == "0"
