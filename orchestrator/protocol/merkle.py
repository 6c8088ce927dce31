"""Who may join a task: the Merkle tree of admitted accounts, as OpenZeppelin's StandardMerkleTree builds it for ["address"].

The hash function is given, because Keccak-256 is not in the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestrator.protocol.types import Address, Digest

Hash = Callable[[bytes], bytes]


def compute_leaf(account: Address, keccak: Hash) -> bytes:
    """Hashed twice, so that no inner node can be passed off as a leaf."""
    return keccak(keccak(bytes.fromhex(account.removeprefix("0x")).rjust(32, b"\0")))


def build_proofs(accounts: Iterable[Address], keccak: Hash) -> tuple[Digest, dict[Address, list[bytes]]]:
    """The root, and each account's proof. Raises ValueError if there is no account."""
    leaves = sorted({compute_leaf(account, keccak): account for account in accounts}.items())
    if not leaves:
        raise ValueError("a tree needs at least one account")
    inner = len(leaves) - 1
    tree = [b""] * inner + [leaf for leaf, _ in reversed(leaves)]
    for at in range(inner - 1, -1, -1):
        tree[at] = _hash_pair(tree[2 * at + 1], tree[2 * at + 2], keccak)
    proofs = {account: _prove(tree, len(tree) - 1 - index) for index, (_, account) in enumerate(leaves)}
    return tree[0], proofs


def compute_root(account: Address, proof: Iterable[bytes], keccak: Hash) -> Digest:
    """The root that `proof` leads to from `account`: what the contract computes. Replay and `why` will ask; so far tests do."""
    node = compute_leaf(account, keccak)
    for sibling in proof:
        node = _hash_pair(node, sibling, keccak)
    return node


def _prove(tree: list[bytes], at: int) -> list[bytes]:
    proof = []
    while at:
        proof.append(tree[at + 1 if at % 2 else at - 1])
        at = (at - 1) // 2
    return proof


def _hash_pair(one: bytes, other: bytes, keccak: Hash) -> bytes:
    return keccak(min(one, other) + max(one, other))
