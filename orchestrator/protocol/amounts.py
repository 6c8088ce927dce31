"""Amounts of tokens as people write them, and as chains count them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext

from orchestrator.errors import ConfigError
from orchestrator.protocol.parameters import MAX_AMOUNT

COIN_DECIMALS = 18
"""Of the coin that gas is paid with."""
MAX_DIGITS = 80
"""Before or after the point; 2^90 wei have 28."""


def parse_amount(text: str, decimals: int) -> int:
    """Wei of an amount in whole tokens, such as "100.5". Raises ConfigError unless it is positive and exact."""
    hint = f"give whole tokens, such as 100 or 0.5, with at most {decimals} digits after the point"
    try:
        number = Decimal(text)
    except InvalidOperation as malformed:
        raise ConfigError(f"{text!r} is not an amount", hint=hint) from malformed
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise ConfigError(f"{text!r} is not an amount that a token can have", hint=hint)
    with localcontext(prec=3 * MAX_DIGITS):  # exact
        scaled = number.scaleb(decimals)
        amount = int(scaled)
    if amount != scaled or amount <= 0:
        raise ConfigError(f"{text!r} is not a positive amount that the token can have", hint=hint)
    if amount > MAX_AMOUNT:
        raise ConfigError(f"{text!r} is too much", hint="a task takes less than 2^90 wei in all")
    return amount


def format_amount(amount_wei: int, decimals: int) -> str:
    """The exact amount in whole tokens: no exponent, no digits that say nothing."""
    whole, part = divmod(amount_wei, 10**decimals)
    digits = f"{part:0{decimals}}".rstrip("0") if decimals else ""
    return f"{whole}.{digits}" if digits else str(whole)
