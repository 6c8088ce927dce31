"""What does a transaction offer for its gas, and how much at most? Arithmetic alone; all amounts are in wei."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

Fees = dict[str, int]
"""In wei per gas, by the names of a transaction's fields: `maxPriorityFeePerGas` and `maxFeePerGas`, or `gasPrice`."""

FEE_BUMP = 1.3
"""Nodes ask for 10 % more before they let one transaction replace another."""
BASE_FEE_ROOM = 2
"""Twice the base fee covers six full blocks in a row."""
LEAST_TIP_WEI, COMMON_TIP_WEI = 10**6, 10**9
"""Between these is what is offered where the last blocks tell no tip."""
GWEI = 10**9


class Urgency(Enum):
    """How much hangs on being in one of the next blocks."""

    LOW = "low"
    """Somebody earns a little by it, now or later."""
    NORMAL = "normal"
    """Others wait, or could do it as well."""
    HIGH = "high"
    """Stake is lost when it is late."""


URGENCIES = {"submitUpdate": Urgency.HIGH, "commitVote": Urgency.HIGH, "revealVote": Urgency.HIGH, "slash": Urgency.LOW}
"""Function of a task → its urgency; that of all others is NORMAL."""
PERCENTILES = {Urgency.LOW: 10, Urgency.NORMAL: 40, Urgency.HIGH: 60}
"""Of the tips in each of the last blocks: so many percent of the gas paid no more."""
SHARES = {Urgency.LOW: 0.02, Urgency.NORMAL: 0.2, Urgency.HIGH: 1.0}
"""Of the account's balance that one act may cost at most."""


@dataclass(frozen=True)
class Limits:
    """What the account's owner allows."""

    max_fee_wei: int = 1_000 * GWEI
    """Per gas, whatever the act."""
    shares: Mapping[Urgency, float] = field(default_factory=lambda: SHARES)
    """Of the balance that one act may cost at most."""


def find_urgency(act: str) -> Urgency:
    """Of a contract's function."""
    return URGENCIES.get(act, Urgency.NORMAL)


def choose_fees(base_fee: int, tips: Sequence[int]) -> Fees:
    """From the next block's base fee, and what was paid beyond it in each of the last blocks.

    The median of the blocks: what an endpoint would like to be paid, and one odd block, count for nothing.
    """
    paid = [tip for tip in tips if tip > 0]
    tip = int(median(paid)) if paid else min(COMMON_TIP_WEI, max(LEAST_TIP_WEI, base_fee))
    return {"maxPriorityFeePerGas": tip, "maxFeePerGas": BASE_FEE_ROOM * base_fee + tip}


def outbid(fees: Fees, standing: Fees) -> Fees:
    """At least `fees`, and enough to replace a transaction that offers `standing`, each of its fields."""
    asked = {name: standing.get(name, standing.get("gasPrice", standing.get("maxFeePerGas", 0))) for name in fees}
    return {name: max(fee, int(asked[name] * FEE_BUMP), asked[name] + 1) for name, fee in fees.items()}


def find_ceiling(limits: Limits, urgency: Urgency, balance: int, gas: int) -> int:
    """The most that an act may offer per gas."""
    return min(limits.max_fee_wei, int(balance * limits.shares[urgency] / gas))


def limit_fees(fees: Fees, ceiling: int) -> Fees | None:
    """No more than `ceiling` per gas; None where that is not even what the next block asks for."""
    most = fees.get("maxFeePerGas")
    if most is None:
        return fees if fees["gasPrice"] <= ceiling else None
    tip = fees["maxPriorityFeePerGas"]
    needed = (most - tip) // BASE_FEE_ROOM + tip
    return None if ceiling < needed else fees | {"maxFeePerGas": min(most, ceiling)}


def find_most(fees: Fees) -> int:
    """What a unit of gas can cost."""
    return max(fees.values())
