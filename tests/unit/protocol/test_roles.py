"""The permutation that gives roles, and the head counts (R9, I3). That Solidity agrees is shown in tests/contracts."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from orchestrator.protocol.roles import compute_headcount, compute_role, iterate_roles, position_of, rank_of
from orchestrator.protocol.types import Role


def test_the_permutation_is_a_bijection_for_every_n_up_to_300() -> None:
    """R9: everybody gets one rank, and every rank somebody."""
    dice = random.Random(1)
    for n in range(1, 301):
        seed = dice.getrandbits(80)
        ranks = [rank_of(seed, n, position) for position in range(n)]
        assert sorted(ranks) == list(range(n))
        assert [position_of(seed, n, rank) for rank in ranks] == list(range(n))


@pytest.mark.parametrize("n", [65_535, *(random.Random(2).randrange(301, 65_535) for _ in range(3))])
def test_the_permutation_is_a_bijection_for_many_members(n: int) -> None:
    """R9: up to the largest membership that 16 bits can tell."""
    seed = random.Random(n).getrandbits(80)
    assert len({rank_of(seed, n, position) for position in range(n)}) == n
    for position in range(0, n, 97):
        assert position_of(seed, n, rank_of(seed, n, position)) == position


@pytest.mark.parametrize("n", [2, 3, 5, 8, 13])
def test_every_pair_of_members_is_equally_likely_at_every_pair_of_ranks(n: int) -> None:
    """R9: a chi-square test over 10,000 draws; the bound is passed by chance once in a million."""
    dice, draws = random.Random(n), 10_000
    counts = Counter((rank_of(seed, n, 0), rank_of(seed, n, n - 1)) for seed in (dice.getrandbits(80) for _ in range(draws)))
    cells = n * (n - 1)
    expected = draws / cells
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    chi_square = sum((counts[pair] - expected) ** 2 / expected for pair in pairs)
    freedom = cells - 1
    assert set(counts) <= set(pairs)
    assert chi_square < freedom * (1 - 2 / (9 * freedom) + 4.75 * (2 / (9 * freedom)) ** 0.5) ** 3  # Wilson & Hilferty 1931


@pytest.mark.parametrize(
    ("proposers", "voters", "n", "expected"),
    [
        (4, 0, 20, (4, 16)),
        (4, 5, 20, (4, 5)),
        (4, 99, 20, (4, 16)),
        (4, 0, 9, (4, 5)),
        (4, 0, 8, (3, 5)),
        (4, 3, 8, (3, 3)),
        (16, 0, 4, (1, 3)),
        (16, 0, 5, (2, 3)),
        (1, 2, 1, (0, 1)),
    ],
)
def test_where_members_are_few_fewer_propose(proposers: int, voters: int, n: int, expected: tuple[int, int]) -> None:
    """R9, I3: exactly min(P, ⌊(n − 1)/2⌋) proposers; voters are the majority, and nobody has two roles."""
    assert compute_headcount(proposers, voters, n) == expected


def test_ranks_become_roles() -> None:
    """R9: the first P ranks propose, the next V vote, the rest are idle."""
    assert [compute_role(rank, 2, 3) for rank in range(7)] == [Role.PROPOSER] * 2 + [Role.VOTER] * 3 + [Role.NONE] * 2
    roles = dict(iterate_roles(seed=99, n=7, proposers=2, voters=3))
    assert Counter(roles.values()) == {Role.PROPOSER: 2, Role.VOTER: 3}
    assert all(compute_role(rank_of(99, 7, position), 2, 3) is role for position, role in roles.items())
