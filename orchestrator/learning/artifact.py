"""How a model becomes bytes, and how bytes become a model again without trusting them.

An artifact is a safetensors file in the one form that `encode` writes: tensors by size of their elements (largest first), then
by name; a header without metadata or spare spaces; every byte accounted for. Whatever is not that form is refused by writing
the header again and comparing, so duplicate keys, overlapping offsets and hidden bytes need no rule of their own.

float64 is left out on purpose: float32 values can be added, squared and weighted in float64 without ever overflowing, so no
aggregate of finite updates can hold a NaN (whose bits differ from machine to machine).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orchestrator.errors import ArtifactRefused
from orchestrator.learning.remember import remembered

Tensor = npt.NDArray[Any]
Tensors = dict[str, Tensor]
Layout = dict[str, tuple[str, tuple[int, ...]]]
"""Name → (safetensors dtype, shape)."""

_DTYPES: Final = {"I64": "<i8", "F32": "<f4", "I32": "<i4", "F16": "<f2", "I16": "<i2", "I8": "|i1", "U8": "|u1"}
"""In the order in which the safetensors library writes them."""
_RANKS: Final = {dtype: rank for rank, dtype in enumerate(_DTYPES)}
_CODES: Final = {np.dtype(code): dtype for dtype, code in _DTYPES.items()}
_LENGTH_BYTES: Final = 8
MAX_HEADER_BYTES: Final = 1 << 20
MAX_DIMENSIONS: Final = 8


def encode(tensors: Mapping[str, Tensor]) -> bytes:
    """The artifact of named tensors: the same bytes for the same tensors, in whatever order or memory layout they come.

    Raises ValueError for a dtype or shape (empty, more than 8 dimensions) that an artifact cannot hold.
    """
    layout = {name: (_get_dtype(name, tensor), tensor.shape) for name, tensor in tensors.items()}
    parts = [np.asarray(tensors[name], dtype=_DTYPES[layout[name][0]]).tobytes() for name in _sort(layout)]
    return _encode_header(layout) + b"".join(parts)


def decode(artifact: bytes) -> Tensors:
    """Name → read-only array over the artifact's own bytes (nothing is copied). Raises ArtifactRefused, saying why."""
    layout, start = _read_header(artifact)
    tensors = {}
    for name in _sort(layout):
        dtype, shape = layout[name]
        tensors[name] = np.frombuffer(artifact, _DTYPES[dtype], math.prod(shape), start).reshape(shape)
        start += tensors[name].nbytes
    return tensors


def read_layout(artifact: bytes) -> Layout:
    """What an artifact's tensors look like. Raises ArtifactRefused, saying why."""
    return _read_header(artifact)[0]


@remembered
def find_flaw(artifact: bytes, layout: Layout, limit_bytes: int) -> str | None:
    """Why everybody leaves an update out, or uses no such global model; None when it is valid.

    All artifacts of a task have one `layout`, that of its recipe's model. Never raises, whatever the bytes are.
    """
    if len(artifact) > limit_bytes:
        return f"it has {len(artifact)} bytes, the task allows {limit_bytes}"
    try:
        return _find_difference(read_layout(artifact), layout) or _find_infinite(decode(artifact))
    except ArtifactRefused as refusal:
        return str(refusal)


def is_float(tensor: Tensor) -> bool:
    """Whether the tensor holds numbers to be averaged (as opposed to counters)."""
    return bool(np.issubdtype(tensor.dtype, np.floating))


def _find_difference(found: Layout, expected: Layout) -> str | None:
    if found.keys() != expected.keys():
        return f"tensors {_quote(found.keys() ^ expected.keys())} are in only one of it and the task's models"
    for name, (dtype, shape) in found.items():
        if shape != expected[name][1]:
            return f"tensor {_quote([name])} has shape {shape}, the task's models {expected[name][1]}"
        if dtype != expected[name][0]:
            return f"tensor {_quote([name])} has dtype {dtype}, the task's models {expected[name][0]}"
    return None


def _find_infinite(tensors: Tensors) -> str | None:
    for name, tensor in tensors.items():
        if is_float(tensor) and not np.isfinite(tensor).all():
            return f"tensor {_quote([name])} has values that are not finite"
    return None


def _read_header(artifact: bytes) -> tuple[Layout, int]:
    """The layout and where the data starts, after every size that the artifact claims was held against its real length."""
    length = int.from_bytes(artifact[:_LENGTH_BYTES], "little")
    start = _LENGTH_BYTES + length
    if len(artifact) < _LENGTH_BYTES or start > len(artifact) or length > MAX_HEADER_BYTES:
        raise ArtifactRefused(
            _describe_stranger(artifact) or f"{len(artifact)} bytes cannot hold the header: truncated or not safetensors"
        )
    try:
        layout = _parse_header(artifact[_LENGTH_BYTES:start])
        is_canonical = _encode_header(layout) == artifact[:start]
    except (ValueError, TypeError, RecursionError) as error:
        raise ArtifactRefused(f"its header is not one of safetensors: {str(error)[:120]}") from error
    if not is_canonical:
        raise ArtifactRefused("its header is not in canonical form (order, offsets, spaces, metadata)")
    claimed = start + sum(_count_bytes(dtype, shape) for dtype, shape in layout.values())
    if claimed != len(artifact):
        raise ArtifactRefused(f"its header describes {claimed} bytes but it has {len(artifact)}: truncated or padded")
    return layout, start


def _describe_stranger(artifact: bytes) -> str | None:
    is_pickle = artifact[:1] == b"\x80" and artifact[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    return "it is a pickle or zip, which is never opened" if is_pickle or artifact[:4] == b"PK\x03\x04" else None


def _parse_header(header: bytes) -> Layout:
    entries = json.loads(header.decode("utf-8"))
    if not isinstance(entries, dict):
        raise TypeError("not an object")
    return {name: _parse_entry(name, entry) for name, entry in entries.items()}


def _parse_entry(name: str, entry: Any) -> tuple[str, tuple[int, ...]]:
    dtype, shape = (entry.get("dtype"), entry.get("shape")) if isinstance(entry, dict) else (None, None)
    if not isinstance(dtype, str) or dtype not in _DTYPES or not isinstance(shape, list):
        raise ValueError(f"tensor {_quote([name])} has no dtype and shape that an artifact can hold")
    _check_shape(name, shape := tuple(shape))
    return dtype, shape


def _check_shape(name: str, shape: tuple[Any, ...]) -> None:
    # An upper bound per dimension keeps the products small; the lengths are compared before anything is allocated.
    if len(shape) > MAX_DIMENSIONS or not all(type(size) is int and 0 < size < 1 << 48 for size in shape):
        raise ValueError(f"tensor {_quote([name])} has a shape that an artifact cannot hold")


def _get_dtype(name: str, tensor: Tensor) -> str:
    _check_shape(name, tensor.shape)
    dtype = _CODES.get(tensor.dtype.newbyteorder("<"))
    if dtype is None:
        raise ValueError(f"tensor {name!r} is {tensor.dtype}; an artifact holds {', '.join(map(str, _CODES))}")
    return dtype


def _encode_header(layout: Layout) -> bytes:
    entries, offset = {}, 0
    for name in _sort(layout):
        dtype, shape = layout[name]
        end = offset + _count_bytes(dtype, shape)
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": (offset, end)}
        offset = end
    header = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    header += b" " * (-len(header) % _LENGTH_BYTES)
    return len(header).to_bytes(_LENGTH_BYTES, "little") + header


def _sort(layout: Layout) -> list[str]:
    return sorted(layout, key=lambda name: (_RANKS[layout[name][0]], name))


def _count_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    return np.dtype(_DTYPES[dtype]).itemsize * math.prod(shape)


def _quote(names: Any) -> str:
    return ", ".join(repr(name[:60]) for name in sorted(names)[:3])
