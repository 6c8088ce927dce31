"""The permutation behind the roles (R9, D7): Solidity and Python agree, and it is one."""

import random

import pytest

from orchestrator.protocol import roles
from tests.contracts import wire

MOST = 65_535


@pytest.fixture(scope="module")
def libraries(bench, Libraries):
    return bench.people[0].deploy(Libraries)


def test_solidity_and_python_agree_on_ten_thousand_inputs(libraries):
    """R9: contract and node compute the same roles; and the inverse is the inverse."""
    dice = random.Random(20)
    for _ in range(20):
        ns = [dice.choice([dice.randint(1, 40), dice.randint(1, 5_000), dice.randint(1, MOST)]) for _ in range(500)]
        seeds = [dice.getrandbits(80) for _ in ns]
        positions = [dice.randrange(n) for n in ns]
        expected = [roles.rank_of(*one) for one in zip(seeds, ns, positions, strict=True)]
        ranks, back = wire.read(libraries, "ranksOf", seeds, ns, positions)
        assert list(ranks) == expected
        assert list(back) == positions
        assert [roles.position_of(*one) for one in zip(seeds, ns, expected, strict=True)] == positions


def test_permutation_of_every_n_up_to_300_is_a_bijection(libraries):
    """I3: each position has one rank, and each rank one position."""
    for start in range(1, 301, 100):
        assert wire.read(libraries, "findFlaw", 0xDECADE << 55, start, start + 100, gas=10**10)[0] == 0


@pytest.mark.parametrize("n", [1_023, 1_024, 1_025, 4_000, 16_385])
def test_permutation_of_large_n_is_a_bijection(libraries, n):
    """I3: around the borders of the domain too."""
    assert wire.read(libraries, "countRanks", 2**80 - 1, n, gas=10**10)[0] == n


def test_permutation_of_the_largest_n_is_a_bijection():
    """I3: of all that a task can have (by the twin, which agrees)."""
    assert len({roles.rank_of(77, MOST, position) for position in range(MOST)}) == MOST


def test_degenerate_seeds_still_permute(libraries):
    """I3: no seed is too poor."""
    for seed in (0, 1, 2**80 - 1):
        for n in (1, 2, 3, 7, 64):
            assert wire.read(libraries, "countRanks", seed, n)[0] == n


def test_ranks_are_spread_evenly():
    """R9, D8: over 10,000 seeds each of twenty members proposes as often as the others (chi-square, 19 degrees of freedom)."""
    dice, counts = random.Random(8), [0] * 20
    for _ in range(10_000):
        counts[roles.position_of(dice.getrandbits(80), 20, 0)] += 1
    assert sum((count - 500) ** 2 / 500 for count in counts) < 43.8  # p = 0.001
