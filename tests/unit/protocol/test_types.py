"""What goes on chain as numbers and words, and what a view says of itself."""

from __future__ import annotations

import hashlib
import math

import pytest
from eth_abi import encode

from orchestrator.protocol.types import MAX_LOSS, Ballot, Phase, RoundView, compute_commitment, encode_loss, is_committed_to

TASK, VOTER = "0x" + "a1" * 20, "0x" + "00" * 19 + "b2"


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (0.0, 0),
        (1e-3, 1),
        (0.4e-3, 0),
        (0.6e-3, 1),
        (2.302585092994, 2_303),
        (1e6, 10**9),
        (4_294_967.294, MAX_LOSS - 1),
        (4_294_967.2949, MAX_LOSS),
        (4_294_967.295, MAX_LOSS),
        (4_294_968.0, MAX_LOSS),
        (1e30, MAX_LOSS),
        (math.inf, MAX_LOSS),
        (math.nan, MAX_LOSS),
        (-0.1, MAX_LOSS),
    ],
)
def test_a_loss_is_told_in_thousandths_and_what_cannot_be_told_is_the_largest(loss: float, expected: int) -> None:
    """R14: fixed point, coarse."""
    assert encode_loss(loss) == expected
    assert encode_loss(loss) < 2**32


@pytest.mark.parametrize("score", [1, -1])
@pytest.mark.parametrize(("against", "losses"), [(0, (0, 1)), (0b101, (MAX_LOSS, MAX_LOSS - 1)), (2**16 - 1, (7, 7))])
def test_a_commitment_hides_ten_abi_words(score: int, against: int, losses: tuple[int, int]) -> None:
    """R13: as Solidity's `abi.encode` makes them, which is held against the contract too."""
    ballot, salt = Ballot(b"\x0d" * 32, score, against, *losses), b"\x05" * 32
    kinds = ["uint256", "address", "uint256", "address", "bytes32", "int8", "uint16", "uint32", "uint32", "bytes32"]
    words = encode(kinds, [31337, TASK, 7, VOTER, ballot.aggregate, score, against, *losses, salt])
    ours = compute_commitment(ballot, salt, chain_id=31337, task=TASK, round=7, voter=VOTER)
    assert ours == hashlib.sha256(words).digest()
    assert len(words) == 10 * 32


def test_a_commitment_is_known_again_by_its_leading_240_bits() -> None:
    """R13: the rest of the word on chain is used for other things."""
    commitment = bytes(range(32))
    assert is_committed_to(RoundView(1, 1, Phase.REVEALING, 1, 1, commitment=commitment[:30] + b"\xff\xff"), commitment)
    assert not is_committed_to(RoundView(1, 1, Phase.REVEALING, 1, 1, commitment=commitment[:29] + b"\xff\xff\xff"), commitment)


ENDS = {Phase.TRAINING: 30, Phase.COMMITTING: 60, Phase.REVEALING: 90}


@pytest.mark.parametrize("phase", Phase)
def test_only_the_phases_in_which_participants_act_have_an_end(phase: Phase) -> None:
    """R11, R13, R14: who draws or settles has no window, only a stall timeout."""
    view = RoundView(1, 1, phase, 1, 1, train_end=30, commit_end=60, reveal_end=90)
    assert view.phase_end == ENDS.get(phase)
