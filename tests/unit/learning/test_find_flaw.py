"""An update that is not valid is left out by everybody in the same way, and nobody crashes on one (protocol.md, section 5)."""

from __future__ import annotations

import json
import pickle
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from orchestrator.errors import ArtifactRefused
from orchestrator.learning.artifact import MAX_HEADER_BYTES, decode, encode, find_flaw, read_layout

BASE = {"bias": np.array([0.5, 1.0], "<f4"), "steps": np.array(3, "<i8"), "weight": np.ones((2, 3), "<f4")}
GLOBAL = encode(BASE)
LAYOUT = read_layout(GLOBAL)
LIMIT = 10_000


def check(update: bytes) -> str | None:
    return find_flaw(update, LAYOUT, LIMIT)


def forge(header: str, data: bytes) -> bytes:
    """Padded as `encode` does, so that it is not refused for its length."""
    text = header.encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def change(**tensors: np.ndarray) -> bytes:
    return encode(BASE | tensors)


def test_an_update_like_the_global_model_is_valid() -> None:
    assert check(change(weight=np.full((2, 3), -7.25, "<f4"))) is None


def test_every_truncation_is_noticed() -> None:
    assert all(check(GLOBAL[:length]) is not None for length in range(len(GLOBAL)))


def test_a_header_longer_than_its_file_or_than_any_is_told_from_one_that_is_none() -> None:
    """The longest that is read has a million bytes: who lies about its length costs nobody more."""
    assert check(GLOBAL[:7]) == "7 bytes cannot hold the header: truncated or not safetensors"
    assert check(GLOBAL[:20]) == "20 bytes cannot hold the header: truncated or not safetensors"
    assert "not one of safetensors" in str(check(bytes(8)))
    longest = forge("{" + " " * (MAX_HEADER_BYTES - 2) + "}", b"")
    assert "not in canonical form" in str(find_flaw(longest, LAYOUT, 1 << 21))
    longer = forge("{" + " " * MAX_HEADER_BYTES + "}", b"")
    assert "cannot hold the header" in str(find_flaw(longer, LAYOUT, 1 << 21))


def test_a_byte_too_many_is_noticed() -> None:
    assert "truncated or padded" in str(check(GLOBAL + b"\0"))


def test_a_pickle_is_named_and_never_opened(tmp_path: Path) -> None:
    trap = tmp_path / "opened"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (trap,)

    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert check(pickle.dumps(Trap(), protocol)) == "it is a pickle or zip, which is never opened"
    assert not trap.exists()


@pytest.mark.parametrize("start", [b"\x80\x01", b"\x80\x06", b"\x7f\x04", b"PK\x03\x05", b"\xff\xff"])
def test_only_a_pickle_or_zip_is_called_one(start: bytes) -> None:
    assert check((start + b"\xff" * 8)[:10]) == "10 bytes cannot hold the header: truncated or not safetensors"


def test_a_file_of_torch_save_is_named() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.pkl", b"")
    assert "pickle or zip" in str(check(file.getvalue()))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(value: float) -> None:
    assert check(change(bias=np.array([0, value], "<f4"))) == "tensor 'bias' has values that are not finite"


def test_another_shape_is_named() -> None:
    assert "shape (3, 2), the task's models (2, 3)" in str(check(change(weight=np.ones((3, 2), "<f4"))))


def test_another_dtype_is_named() -> None:
    assert "'bias' has dtype F16, the task's models F32" in str(check(change(bias=np.ones(2, "<f2"))))


def test_a_missing_and_an_extra_tensor_are_named() -> None:
    assert "'bias'" in str(check(encode({name: BASE[name] for name in ("steps", "weight")})))
    assert "'extra'" in str(check(change(extra=np.ones(1, "<f4"))))


def test_an_update_over_the_limit_is_refused_before_anything_reads_it() -> None:
    assert find_flaw(b"\xff" * 101, LAYOUT, 100) == "it has 101 bytes, the task allows 100"
    assert find_flaw(GLOBAL, LAYOUT, len(GLOBAL)) is None and find_flaw(GLOBAL, LAYOUT, len(GLOBAL) - 1)


def test_what_a_peer_calls_its_tensors_is_told_in_part() -> None:
    """However many and long the names are, a line of the log stays a line."""
    extra = {letter * 99: np.ones(1, "<f4") for letter in "dcba"}
    names = ", ".join(f"'{letter * 60}'" for letter in "abc")
    assert check(change(**extra)) == f"tensors {names} are in only one of it and the task's models"


def entry(start: int, end: int, shape: object, dtype: str = "F32") -> str:
    return json.dumps({"dtype": dtype, "shape": shape, "data_offsets": [start, end]}, separators=(",", ":"))


TRICKS = {
    "huge header length": b"\xff" * 8 + b"{}",
    "header of nothing": bytes(8),
    "not JSON": forge("{]", b""),
    "not an object": forge("[1, 2]", b""),
    "deep nesting": forge("[" * 5000, b""),
    "not UTF-8": (2).to_bytes(8, "little") + b"\xff\xfe",
    "lone surrogate": forge('{"\\ud800":' + entry(0, 4, [1]) + "}", bytes(4)),
    "duplicate key": forge('{"a":' + entry(0, 4, [1]) + ',"a":' + entry(0, 4, [1]) + "}", bytes(4)),
    "overlapping offsets": forge('{"a":' + entry(0, 4, [1]) + ',"b":' + entry(0, 4, [1]) + "}", bytes(4)),
    "a hole": forge('{"a":' + entry(4, 8, [1]) + "}", bytes(8)),
    "negative size": forge('{"a":' + entry(0, 4, [-1, -1]) + "}", bytes(4)),
    "fractional size": forge('{"a":' + entry(0, 4, [1.0]) + "}", bytes(4)),
    "size as truth": forge('{"a":' + entry(0, 4, [True]) + "}", bytes(4)),
    "huge number": forge('{"a":{"dtype":"F32","shape":[' + "9" * 5000 + '],"data_offsets":[0,4]}}', bytes(4)),
    "huge shape": forge('{"a":' + entry(0, 1 << 52, [1 << 25, 1 << 25]) + "}", bytes(4)),
    "many dimensions": forge('{"a":' + entry(0, 4, [1] * 100) + "}", bytes(4)),
    "shape that is none": forge('{"a":' + entry(0, 4, {"b": 1}) + "}", bytes(4)),
    "unknown dtype": forge('{"a":' + entry(0, 8, [1], "F64") + "}", bytes(8)),
    "dtype that is none": forge('{"a":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}}', bytes(4)),
    "metadata": forge('{"__metadata__":{"x":"y"},"a":' + entry(0, 4, [1]) + "}", bytes(4)),
    "spare spaces": forge('{"a":' + entry(0, 4, [1]) + "}" + " " * 64, bytes(4)),
}


@pytest.mark.parametrize("update", TRICKS.values(), ids=TRICKS.keys())
def test_a_trick_in_the_header_is_refused_in_words(update: bytes) -> None:
    assert check(update)


SHAPES = {
    "negative": [-1, -1],
    "zero": [0],
    "fraction": [1.0],
    "truth": [True],
    "nine dimensions": [1] * 9,
    "seventy dimensions": [1] * 70,
    "2^48": [1 << 48],
    "text": ["1"],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_shape_that_no_artifact_can_hold_is_named(shape: list[object]) -> None:
    """Otherwise its header would be the canonical one, and what it claims would fail in every voter."""
    with pytest.raises(ArtifactRefused, match="'a' has a shape that an artifact cannot hold"):
        decode(forge('{"a":' + entry(0, 4, shape) + "}", bytes(4)))


def test_eight_dimensions_are_a_shape() -> None:
    assert decode(forge('{"a":' + entry(0, 4, [1] * 8) + "}", bytes(4)))["a"].shape == (1,) * 8


def test_the_same_tensors_in_another_order_are_refused() -> None:
    """Two files for one model would have two digests."""
    length = int.from_bytes(GLOBAL[:8], "little")
    entries = json.loads(GLOBAL[8 : 8 + length])
    header = json.dumps(dict(reversed(entries.items())), separators=(",", ":")).ljust(length)
    assert "canonical" in str(check(GLOBAL[:8] + header.encode() + GLOBAL[8 + length :]))


def test_no_memory_is_taken_because_a_peer_says_so() -> None:
    tracemalloc.start()
    assert all(check(update) for update in TRICKS.values())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20


@settings(deadline=None)
@given(some.binary(max_size=300))
def test_random_bytes_are_refused(update: bytes) -> None:
    assert check(update)


@settings(deadline=None)
@given(some.lists(some.tuples(some.integers(0, len(GLOBAL) - 1), some.integers(0, 255)), min_size=1, max_size=4))
@example([(0, 255)])
@example([(9, 0)])
def test_an_update_with_changed_bytes_is_refused_or_still_a_whole_model(changes: list[tuple[int, int]]) -> None:
    update = bytearray(GLOBAL)
    for position, value in changes:
        update[position] = value
    if check(bytes(update)) is None:
        assert encode(decode(bytes(update))) == bytes(update)


@settings(deadline=None)
@given(some.text(max_size=200), some.binary(max_size=40))
def test_a_header_of_any_text_is_refused(header: str, data: bytes) -> None:
    assert check(forge(header, data))


JSON_VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(["dtype", "shape", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(some.dictionaries(some.text(max_size=5), JSON_VALUES, max_size=3), some.binary(max_size=40))
def test_a_header_of_any_json_is_refused(entries: dict[str, object], data: bytes) -> None:
    assert check(forge(json.dumps(entries), data))
