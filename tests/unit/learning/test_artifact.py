"""Artifacts: one model, one sequence of bytes (protocol.md, section 5)."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestrator.learning.artifact import decode, encode

TENSORS = {
    "b.weight": np.array([[1.5, -2.0, 0.25], [1, 2, 3]], "<f4"),
    "a.bias": np.array([0.5], "<f4"),
    "steps": np.array(7, "<i8"),
    "mask": np.array([1, 0, 1], "|u1"),
    "half": np.array([0.5, 65504], "<f2"),
}


def test_the_same_tensors_are_the_same_bytes_in_whatever_order_they_come() -> None:
    assert encode(dict(reversed(TENSORS.items()))) == encode(TENSORS)


def test_memory_layout_and_byte_order_leave_no_trace() -> None:
    strange = {name: tensor.astype(tensor.dtype.newbyteorder(">"), order="F") for name, tensor in TENSORS.items()}
    assert encode(strange) == encode(TENSORS)


def test_the_bytes_never_change() -> None:
    """Golden bytes: a change here is a change of the protocol."""
    small = encode({"w": np.array([1.0, -0.5], "<f4")})
    header = b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  '
    assert small == bytes([56, 0, 0, 0, 0, 0, 0, 0]) + header + bytes.fromhex("0000803f000000bf")


def test_the_bytes_are_those_of_the_safetensors_library() -> None:
    assert encode(TENSORS) == safetensors.numpy.save(TENSORS)


def test_every_dtype_stands_where_the_library_puts_it() -> None:
    tensors = {f"{order}.{code}": np.ones(3, code) for order, code in enumerate(["u1", "i1", "i2", "f2", "i4", "f4", "i8"])}
    assert encode(tensors) == safetensors.numpy.save(tensors)


def test_names_beyond_ascii_are_written_as_the_library_writes_them() -> None:
    tensors = {name: np.ones(2, "<f4") for name in ("größe", 'quo"te', "tab\t", "\x01", "😀", "é")}
    assert encode(tensors) == safetensors.numpy.save(tensors)


def test_decoding_gives_back_what_was_encoded() -> None:
    decoded = decode(encode(TENSORS))
    assert decoded.keys() == TENSORS.keys()
    assert all(decoded[name].dtype == TENSORS[name].dtype for name in TENSORS)
    assert all(np.array_equal(decoded[name], TENSORS[name]) for name in TENSORS)


def test_decoding_copies_nothing() -> None:
    assert all(not tensor.flags.owndata and not tensor.flags.writeable for tensor in decode(encode(TENSORS)).values())


@settings(deadline=None)
@given(
    some.dictionaries(some.text(min_size=1, max_size=5), some.lists(some.floats(width=32), min_size=1, max_size=5), max_size=4)
)
def test_any_model_survives_the_round_trip_bit_for_bit(values: dict[str, list[float]]) -> None:
    artifact = encode({name: np.array(row, "<f4") for name, row in values.items()})
    assert encode(decode(artifact)) == artifact


@pytest.mark.parametrize("tensor", [np.ones(2), np.ones(2, "?"), np.ones((2, 0), "<f4"), np.ones((1,) * 9, "<f4")])
def test_what_an_artifact_cannot_hold_is_refused_by_name(tensor: np.ndarray) -> None:
    with pytest.raises(ValueError, match="odd"):
        encode({"odd": tensor})
