"""Randomness from a block fixed in advance (R8, D8)."""

from brownie import web3

from tests.contracts import wire


def test_anchor_is_a_block_that_nobody_knows_yet(bench):
    """R8: the one after that which fixes it."""
    assert bench.beacon.next() == wire.height() + 1


def test_anchor_has_no_value_before_and_its_hash_after(bench):
    """R8: the value is the block's hash, as soon as it is there."""
    anchor = bench.beacon.next()
    assert bench.beacon.read(anchor) == ("0x" + "00" * 32, False)
    wire.mine(1)
    assert bench.beacon.read(anchor) == ("0x" + "00" * 32, False)
    wire.mine(1)
    value, is_expired = bench.beacon.read(anchor)
    assert bytes(value) == bytes(web3.eth.get_block(anchor)["hash"]) and not is_expired


def test_anchor_expires_after_256_blocks(bench):
    """R8: then it can never be read again."""
    anchor = bench.beacon.next()
    wire.mine(1 + 256)
    assert not bench.beacon.read(anchor)[1]
    wire.mine(1)
    assert bench.beacon.read(anchor) == ("0x" + "00" * 32, True)
