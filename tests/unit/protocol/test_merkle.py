"""The Merkle tree of admitted accounts."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.merkle import build_proofs, compute_leaf, compute_root

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


@given(st.sets(ADDRESSES, min_size=1, max_size=40))
def test_every_proof_leads_to_the_root(accounts: set[str]) -> None:
    root, proofs = build_proofs(accounts, keccak)
    assert proofs.keys() == accounts
    assert all(compute_root(account, proof, keccak) == root for account, proof in proofs.items())


@given(st.sets(ADDRESSES, min_size=2, max_size=20), ADDRESSES)
def test_nobody_gets_in_with_the_proof_of_another(accounts: set[str], stranger: str) -> None:
    root, proofs = build_proofs(accounts, keccak)
    assert stranger in accounts or all(compute_root(stranger, proof, keccak) != root for proof in proofs.values())


def test_the_order_of_the_list_does_not_matter() -> None:
    accounts = [f"0x{number:040x}" for number in range(7)]
    assert build_proofs(accounts, keccak) == build_proofs(reversed(accounts), keccak)
    assert build_proofs(accounts * 2, keccak) == build_proofs(accounts, keccak)


def test_one_account_is_its_own_root() -> None:
    account = "0x" + "11" * 20
    assert build_proofs([account], keccak) == (compute_leaf(account, keccak), {account: []})
    # keccak256(bytes.concat(keccak256(abi.encode(account))))
    assert compute_leaf(account, keccak) == keccak(keccak(bytes(12) + b"\x11" * 20))


def test_a_tree_of_nobody_is_none() -> None:
    with pytest.raises(ValueError, match="at least one"):
        build_proofs([], keccak)
