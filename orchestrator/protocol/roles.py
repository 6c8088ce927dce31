"""Who does what in a round: the Python twin of `Permutation.sol` and `Roles.sol` (R9, R10, I3).

A role is computed from the round's seed, the number of members in the draw and a member's position; nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.protocol.types import Role

STEPS = 12
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC8341082276BF3A27251F86C6A11D0C18E95
"""The golden ratio in 256 bits."""
_MASK = 2**64 - 1


def rank_of(seed: int, n: int, position: int) -> int:
    """What the permutation of `seed` sends `position` to; both in [0, n), n ≤ 65,535.

    A generalised Feistel network on Z_a × Z_b with a·b ≥ n (Black & Rogaway 2002, "Ciphers with arbitrary finite domains"),
    walking on while it lands outside the domain.
    """
    a, b = _sides(n)
    key = _expand(seed)
    rank = position
    while True:
        left, right = divmod(rank, b)
        for step in range(0, STEPS, 2):
            left = (left + _mix(key, step, right)) % a
            right = (right + _mix(key, step + 1, left)) % b
        rank = left * b + right
        if rank < n:
            return rank


def position_of(seed: int, n: int, rank: int) -> int:
    """The position that has `rank`: the inverse of `rank_of`."""
    a, b = _sides(n)
    key = _expand(seed)
    position = rank
    while True:
        left, right = divmod(position, b)
        for step in range(STEPS, 0, -2):
            right = (right - _mix(key, step - 1, left)) % b
            left = (left - _mix(key, step - 2, right)) % a
        position = left * b + right
        if position < n:
            return position


def compute_headcount(proposers: int, voters: int, n: int) -> tuple[int, int]:
    """How many of `n` members, one or more, propose and how many vote, given the task's P and V (V = 0: all others) (R9, I3).

    At most ⌊(n − 1)/2⌋ propose, so that voters stay the majority where members have become few.
    """
    drawn_proposers = min(proposers, (n - 1) // 2)
    others = n - drawn_proposers
    return drawn_proposers, min(voters, others) if voters else others


def compute_role(rank: int, proposers: int, voters: int) -> Role:
    """The role of `rank`: the first `proposers` ranks propose, the next `voters` vote (R9)."""
    if rank < proposers:
        return Role.PROPOSER
    return Role.VOTER if rank < proposers + voters else Role.NONE


def iterate_roles(seed: int, n: int, proposers: int, voters: int) -> Iterator[tuple[int, Role]]:
    """(position, role) of everybody who has one, by rank, given the drawn head counts."""
    for rank in range(proposers + voters):
        yield position_of(seed, n, rank), compute_role(rank, proposers, voters)


def _sides(n: int) -> tuple[int, int]:
    """The smallest power of two whose square is at least `n`, and what it must be multiplied with to cover `n`."""
    a = 1
    while a * a < n:
        a <<= 1
    return a, (n + a - 1) // a


def _expand(seed: int) -> int:
    """80 bits of seed, spread over the windows of all steps."""
    return seed * _SPREAD % 2**256


def _mix(key: int, step: int, half: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014) over this step's 64-bit window of the key."""
    z = ((key >> (step << 4)) + (half + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
