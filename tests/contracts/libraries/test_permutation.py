"""The permutation behind the roles (R9, D7): Solidity and Python agree, and it is one."""

import random
from collections import Counter

import pytest
from eth_utils import keccak

from orchestrator.protocol import roles
from orchestrator.protocol.types import Role
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


DRAWS = 10_000
CRITICAL = {1: 10.83, 4: 18.47, 9: 27.88, 19: 43.82, 49: 85.35, 99: 148.23}
"""Chi-square that one in a thousand exceeds, by degrees of freedom. The seeds are fixed, so every run says the same."""


def _drawn_seeds() -> list[int]:
    """As a task makes them: 80 bits of a hash."""
    return [int.from_bytes(keccak(text=f"draw {number}")[-10:], "big") for number in range(DRAWS)]


SEEDS = {"hashed": _drawn_seeds(), "counted": list(range(DRAWS)), "high": [number << 66 for number in range(DRAWS)]}
"""Counted and high seeds differ in few bits: no task draws those, and still nothing must show."""


def _ranks(libraries, seeds: list[int], n: int, position: int) -> list[int]:
    """By the contract's own library."""
    ranks: list[int] = []
    for start in range(0, len(seeds), 1_000):
        some = seeds[start : start + 1_000]
        ranks += wire.read(libraries, "ranksOf", some, [n] * len(some), [position] * len(some), gas=10**9)[0]
    return ranks


def _chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("n, position", [(2, 0), (5, 4), (20, 0), (20, 7), (50, 49), (100, 31)])
def test_each_rank_is_as_likely_as_any_other(libraries, seeds, n, position):
    """R9, D8: over 10,000 draws each rank falls to a position as often as the others (chi-square)."""
    counts = Counter(_ranks(libraries, SEEDS[seeds], n, position))
    assert _chi_square([counts[rank] for rank in range(n)]) < CRITICAL[n - 1]


@pytest.mark.parametrize("n, proposers, voters", [(7, 2, 0), (20, 4, 10), (4_000, 100, 1_000)])
def test_roles_are_as_frequent_as_they_are_wanted(libraries, n, proposers, voters):
    """R9, I3: over 10,000 draws a member proposes, votes and rests in proportion to how many have each role (chi-square)."""
    proposing, voting = roles.compute_headcount(proposers, voters, n)
    wanted = {Role.PROPOSER: proposing, Role.VOTER: voting, Role.NONE: n - proposing - voting}
    for position in (0, n // 2, n - 1):
        ranks = _ranks(libraries, SEEDS["hashed"], n, position)
        found = Counter(roles.compute_role(rank, proposing, voting) for rank in ranks)
        expected = {role: DRAWS * count / n for role, count in wanted.items() if count}
        assert found.keys() == expected.keys()
        assert sum((found[role] - each) ** 2 / each for role, each in expected.items()) < 13.82  # two degrees of freedom


def test_two_members_propose_together_as_often_as_any_other_two(libraries):
    """R9, D8: over 10,000 draws each pair out of five is drawn as often as the others (chi-square)."""
    ranks = [_ranks(libraries, SEEDS["hashed"], 5, position) for position in range(5)]
    pairs = Counter(tuple(position for position in range(5) if ranks[position][draw] < 2) for draw in range(DRAWS))
    assert len(pairs) == 10 and _chi_square(list(pairs.values())) < CRITICAL[9]


def test_role_of_one_round_tells_nothing_about_the_next(libraries):
    """R9, D8: the ranks of one position in two draws running are independent (chi-square over the 25 cells)."""
    ranks = _ranks(libraries, SEEDS["counted"], 5, 3)
    cells = Counter(zip(ranks[::2], ranks[1::2], strict=True))
    assert _chi_square([cells[first, second] for first in range(5) for second in range(5)]) < 51.18  # 24 degrees of freedom
