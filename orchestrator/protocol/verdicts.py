"""What did the voters make of each update? The Python twin of `LanesWord`, `RoundState._accuse` and `Payout.judged`.

Masks have a bit for each proposer, bit i for rank i: `Ballot.against`, `RoundView.submitted`, a result's `condemned`.
"""

from __future__ import annotations

from collections.abc import Iterable

UNITS_IN_LEAST_STAKE = 256
MAX_UNITS = 2**24 - 1
"""Of one voter: 65,000 of them fit in a lane of 40 bits."""


def make_mask(ranks: Iterable[int]) -> int:
    """The mask with the bits of these ranks."""
    mask = 0
    for rank in ranks:
        mask |= 1 << rank
    return mask


def list_ranks(mask: int) -> list[int]:
    """The ranks whose bits are set, from the lowest."""
    return [rank for rank in range(mask.bit_length()) if mask >> rank & 1]


def compute_unit(min_stake: int) -> int:
    """In what accusations are weighed, in wei: six lanes of wei would not fit in a word."""
    return max(1, min_stake // UNITS_IN_LEAST_STAKE)


def compute_accusing_weight(rank: int, accusations: Iterable[tuple[int, int]], *, unit: int) -> int:
    """What stands against the proposer of `rank`, in wei, of (mask, weight) of each revealed ballot.

    Σ min(⌊weight / unit⌋, 2^24 − 1) · unit: rounding is for the accused.
    """
    return sum(min(weight // unit, MAX_UNITS) for against, weight in accusations if against >> rank & 1) * unit


def compute_condemned(accusations: Iterable[tuple[int, int]], *, unit: int) -> int:
    """The mask of who is condemned: more than half of the revealed weight stands against them (R17a).

    To be asked of a round that met the quorum, with (mask, weight) of each revealed ballot.
    """
    ballots = list(accusations)
    revealed = sum(weight for _, weight in ballots)
    accused = 0
    for against, _ in ballots:
        accused |= against
    return make_mask(rank for rank in list_ranks(accused) if 2 * compute_accusing_weight(rank, ballots, unit=unit) > revealed)


def compute_judged(share: int, updates: int, *, against: int, condemned: int) -> int:
    """What a good voter earns of its share (R18a), when `updates` were submitted.

    share · max(0, 4·p − 8·missed − max(0, wrong − 1)) / (4·p): 2/p less for each condemned proposer that it did not
    accuse, 1/(4·p) for each accusation of another after the first.
    """
    if against == condemned:
        return share
    missed, wrong = (condemned & ~against).bit_count(), (against & ~condemned).bit_count()
    whole = 4 * updates
    return share * max(0, whole - 8 * missed - max(0, wrong - 1)) // whole
