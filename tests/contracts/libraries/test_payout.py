"""What a round pays and costs (R18 – R20): Solidity and the node's twin agree."""

import random

import pytest

from orchestrator.protocol import payout
from orchestrator.protocol.types import Fault
from tests.contracts import wire


@pytest.fixture(scope="module")
def libraries(bench, Libraries):
    return bench.people[0].deploy(Libraries)


def test_solidity_and_python_pay_alike(libraries):
    """R18, R19, I7: on a thousand random amounts, the largest included; no part is more than the whole."""
    dice, top = random.Random(4), 2**95 - 1
    a, b, c = ([dice.choice([dice.randint(1, top), dice.randint(1, 10**6), top]) for _ in range(1_000)] for _ in range(3))
    rewards, shares, parts = wire.read(libraries, "payouts", a, b, c)
    for index, (pool, stake, other) in enumerate(zip(a, b, c, strict=True)):
        rounds, bps = other % 65_000 + 1, other % 10_001
        assert rewards[index] == payout.compute_round_reward(pool, rounds, stake % rounds + 1) <= pool
        assert shares[index] == payout.compute_share(pool, stake, stake + other) <= pool
        assert parts[index] == payout.compute_slasher_share(pool, bps) <= pool
        assert parts[index] == payout.compute_penalty(pool, Fault.ABSENT, {Fault.ABSENT: bps})
