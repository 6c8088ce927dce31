"""The token of local chains."""

from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with


def test_anybody_mints_and_moves_what_it_has(bench):
    """D16: a well-behaved ERC-20."""
    token, (first, second) = bench.token, bench.people[1:3]
    before = token.totalSupply()
    token.mint(first, STAR, {"from": second})
    token.transfer(second, STAR, {"from": first})
    assert (token.balanceOf(second), token.totalSupply() - before, token.decimals()) == (STAR, STAR, 18)
    with reverts_with("ERC20InsufficientBalance"):
        token.transfer(second, STAR, {"from": first})
