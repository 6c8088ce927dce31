"""What is the address of these bytes? The digest on chain, and the CID that people read.

The digest is the SHA-256 of the root block of the DAG that `ipfs add --cid-version=0` builds: chunks of 256 KiB, every chunk
a UnixFS file leaf (no raw leaves), up to 174 links a node, balanced. `Qm…` is the base58 of the same 32 bytes.

A leaf and an inner node are the same two protobuf messages, one inside the other:

    PBNode  { repeated PBLink Links = 2;  bytes Data = 1 }        links are written before the data
    PBLink  { bytes Hash = 1;  string Name = 2;  uint64 Tsize = 3 }
    UnixFS  { enum Type = 1;  bytes Data = 2;  uint64 filesize = 3;  repeated uint64 blocksizes = 4 }
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

CHUNK_BYTES = 262_144
LINKS_PER_NODE = 174
DIGEST_BYTES = 32
CID_LENGTH = 46

_MULTIHASH_PREFIX = b"\x12\x20"
"""SHA-256, 32 bytes follow."""
_FILE = b"\x08\x02"
"""UnixFS Type = File."""
_EMPTY_NAME = b"\x12\x00"
"""Links between the parts of a file have a name, and it is empty."""
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Node:
    """A finished block, as its parent's link describes it."""

    digest: bytes
    file_bytes: int
    """Bytes of the artifact below this node."""
    dag_bytes: int
    """Bytes of this block and of all blocks below it."""


def compute_digest(artifact: bytes, *, chunk_bytes: int = CHUNK_BYTES, links_per_node: int = LINKS_PER_NODE) -> bytes:
    """The 32 bytes that stand for `artifact` on chain.

    The defaults are the protocol; other values exist so that tests reach deep DAGs with small files.
    """
    if chunk_bytes < 1 or links_per_node < 2:
        raise ValueError(f"chunk_bytes ({chunk_bytes}) must be at least 1 and links_per_node ({links_per_node}) at least 2")
    view = memoryview(artifact)
    level = [_build_leaf(view[at : at + chunk_bytes]) for at in range(0, max(len(view), 1), chunk_bytes)]
    while len(level) > 1:
        level = [_build_inner(level[at : at + links_per_node]) for at in range(0, len(level), links_per_node)]
    return level[0].digest


def to_cid(digest: bytes) -> str:
    """The CID, `Qm…`, of a digest. Raises ValueError unless it is 32 bytes."""
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes, not {len(digest)}")
    number, letters = int.from_bytes(_MULTIHASH_PREFIX + digest, "big"), ""
    while number:
        number, remainder = divmod(number, 58)
        letters = _BASE58[remainder] + letters
    return letters


def from_cid(cid: str) -> bytes:
    """The digest of a CID. Raises ValueError that says what is wrong unless it is a CIDv0 of a SHA-256 digest.

    For what people type: `why` will read CIDs; so far tests do.
    """
    if len(cid) != CID_LENGTH or not cid.startswith("Qm"):
        raise ValueError(f"not a CID of version 0: {cid[:64]!r} ({CID_LENGTH} letters that start with Qm are expected)")
    number = 0
    for letter in cid:
        value = _BASE58.find(letter)
        if value < 0:
            raise ValueError(f"not a CID: {letter!r} in {cid!r} is not a base58 letter")
        number = number * 58 + value
    multihash = number.to_bytes(35, "big").lstrip(b"\0")
    if len(multihash) != 2 + DIGEST_BYTES or not multihash.startswith(_MULTIHASH_PREFIX):
        raise ValueError(f"not a CID: {cid!r} does not hold a SHA-256 digest of {DIGEST_BYTES} bytes")
    return multihash[2:]


def _build_leaf(chunk: memoryview) -> _Node:
    size = len(chunk)
    before = _FILE + (b"\x12" + _varint(size) if size else b"")
    after = b"\x18" + _varint(size)
    header = b"\x0a" + _varint(len(before) + size + len(after)) + before
    block_hash = sha256(header)
    block_hash.update(chunk)  # never joined: a copy of every chunk would double the memory traffic
    block_hash.update(after)
    return _Node(block_hash.digest(), size, len(header) + size + len(after))


def _build_inner(children: Sequence[_Node]) -> _Node:
    file_bytes = sum(child.file_bytes for child in children)
    sizes = b"".join(b"\x20" + _varint(child.file_bytes) for child in children)
    links = b"".join(_field(b"\x12", _encode_link(child)) for child in children)
    block = links + _field(b"\x0a", _FILE + b"\x18" + _varint(file_bytes) + sizes)
    return _Node(sha256(block).digest(), file_bytes, len(block) + sum(child.dag_bytes for child in children))


def _encode_link(child: _Node) -> bytes:
    return _field(b"\x0a", _MULTIHASH_PREFIX + child.digest) + _EMPTY_NAME + b"\x18" + _varint(child.dag_bytes)


def _field(key: bytes, content: bytes) -> bytes:
    return key + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Protobuf's base-128 number, least significant seven bits first."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
