"""What a round pays and costs (R18 – R20): Solidity and the books agree."""

import random

import pytest

from tests.books import compute_penalty
from tests.contracts import wire


@pytest.fixture(scope="module")
def libraries(bench, Libraries):
    return bench.people[0].deploy(Libraries)


def test_solidity_pays_as_the_books_do(libraries):
    """R18, R19, I7: on a thousand random amounts, the largest included; no part is more than the whole."""
    dice, top = random.Random(4), 2**89 - 1
    a, b, c = ([dice.choice([dice.randint(1, top), dice.randint(1, 10**6), top]) for _ in range(1_000)] for _ in range(3))
    found = wire.read(libraries, "payouts", a, b, c)[0]
    for (pool, stake, other), (reward, share, penalty, part) in zip(zip(a, b, c, strict=True), found, strict=True):
        bps = other % 10_001
        assert reward == pool // (other % 32_500 + 1) <= pool
        assert share == pool * stake // (stake + other) <= pool
        assert penalty == compute_penalty(pool, bps, stake % 8) <= pool
        assert part == pool * bps // 10_000 <= pool


def test_solidity_judges_as_the_books_do(libraries):
    """R18a: for every number of updates, and masks of all kinds."""
    dice = random.Random(5)
    p = [dice.randint(1, 16) for _ in range(1_000)]
    shares = [dice.choice([dice.randint(0, 2**89), dice.randint(0, 99)]) for _ in p]
    accused, condemned = ([dice.choice([0, dice.getrandbits(n), 2**n - 1]) for n in p] for _ in range(2))
    earned = wire.read(libraries, "judged", shares, p, accused, condemned)[0]
    for share, n, mine, theirs, found in zip(shares, p, accused, condemned, earned, strict=True):
        missed = sum(theirs >> rank & 1 and not mine >> rank & 1 for rank in range(n))
        wrong = sum(mine >> rank & 1 and not theirs >> rank & 1 for rank in range(n))
        assert found == share * max(0, 4 * n - 8 * missed - max(0, wrong - 1)) // (4 * n) <= share
