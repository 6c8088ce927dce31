"""What do calls, answers and logs look like in bytes? Calls go to an endpoint, or into an EVM of this process.

Named tuples and checksums are as web3 makes them; its own codec takes fifteen times as long over a view.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

from eth_abi.abi import default_codec
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from orchestrator.adapters.chain.abi import compute_selector, load_abi
from orchestrator.protocol.types import Address

to_checksum = cache(to_checksum_address)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a contract with its arguments."""

    to: Address
    fn_name: str
    data: bytes
    decode: Callable[[bytes], Any]


@dataclass(frozen=True)
class Contract:
    """A contract, called as `contract.functions.name(…)`."""

    address: Address
    name: str

    @cached_property
    def functions(self) -> _Functions:
        """All of its ABI's."""
        return _Functions(self)


class _Functions:
    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def __getattr__(self, name: str) -> Callable[..., Call]:
        codec = _load_codecs(self._contract.name).get(name)
        if codec is None:
            raise AttributeError(name)
        to = self._contract.address
        make: Callable[..., Call] = lambda *arguments: Call(to, name, codec.encode(arguments), codec.decode)  # noqa: E731
        self.__dict__[name] = make
        return make


# ── codecs: an ABI's types, and named tuples as web3 makes them ──

Reader = Callable[[bytes, int], Any]
"""A value from the words that begin at an offset."""


@dataclass(frozen=True)
class _Codec:
    """Encodes the arguments of a function and decodes what it returns."""

    selector: bytes
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]

    @cached_property
    def _writers(self) -> list[Callable[[Any], bytes]] | None:
        writers = [_make_writer(item["type"]) for item in self.inputs]
        return None if None in writers else [writer for writer in writers if writer]

    @cached_property
    def _readers(self) -> list[tuple[int, Reader]] | None:
        return _lay_out(self.outputs)

    def encode(self, arguments: Sequence[Any]) -> bytes:
        if self._writers is not None:
            pairs = zip(self._writers, arguments, strict=True)
            return self.selector + b"".join([write(value) for write, value in pairs])
        values = [_flatten(item, value) for item, value in zip(self.inputs, arguments, strict=True)]
        return self.selector + default_codec.encode(list_types(self.inputs), values)

    @cached_property
    def _size(self) -> int:
        """Of an answer, in bytes, at least."""
        return 32 * sum(map(_count_words, self.outputs))

    def decode(self, answer: bytes) -> Any:
        """What the function returns. Raises DecodingError for anything else, also an answer that is too short."""
        if len(answer) < self._size:
            raise DecodingError(f"{len(answer)} bytes instead of {self._size}")
        if self._readers is not None:
            named = [read(answer, offset) for offset, read in self._readers]
        else:
            values = default_codec.decode(list_types(self.outputs), answer)
            named = [_name(item, value) for item, value in zip(self.outputs, values, strict=True)]
        return named[0] if len(named) == 1 else tuple(named)


@cache
def _load_codecs(name: str) -> dict[str, _Codec]:
    functions = [entry for entry in load_abi(name) if entry["type"] == "function"]
    return {entry["name"]: _Codec(_compute_selector(entry), entry["inputs"], entry["outputs"]) for entry in functions}


def _compute_selector(entry: dict[str, Any]) -> bytes:
    """Of a function: structs count by their fields."""
    typed = {**entry, "inputs": [{"type": kind} for kind in list_types(entry["inputs"])]}
    return compute_selector(typed)[:4]


def list_types(items: Sequence[dict[str, Any]]) -> list[str]:
    """The types of an ABI's inputs or outputs, as an encoder names them."""
    return [
        f"({','.join(list_types(item['components']))}){item['type'].removeprefix('tuple')}"
        if item["type"].startswith("tuple")
        else item["type"]
        for item in items
    ]


def _flatten(item: dict[str, Any], value: Any) -> Any:
    """A struct given by the names of its fields, as the encoder wants it."""
    if item["type"] == "tuple" and isinstance(value, dict):
        return tuple(_flatten(part, value[part["name"]]) for part in item["components"])
    return value


def _name(item: dict[str, Any], value: Any) -> Any:
    """A decoded value as web3 gives it: addresses with their checksum, structs as named tuples."""
    kind = item["type"]
    if kind.endswith("[]"):
        one = {**item, "type": kind.removesuffix("[]")}
        return [_name(one, each) for each in value]
    if kind == "tuple":
        parts = item["components"]
        make = _make_tuple(tuple(part["name"] for part in parts))
        return make(*(_name(part, each) for part, each in zip(parts, value, strict=True)))
    return to_checksum(value) if kind == "address" else value


@cache
def _make_tuple(names: tuple[str, ...]) -> Any:
    return namedtuple("Struct", names)


# What is a word each, as nearly everything here is, eth_abi takes longer over than an EVM in this process over the act.


def _make_writer(kind: str) -> Callable[[Any], bytes] | None:
    """What makes a word of a value; None: the type takes more than a word. What does not fit raises OverflowError."""
    if kind == "address":
        return lambda value: bytes.fromhex(value[2:]).rjust(32, b"\0")
    if kind == "bytes32":
        return _write_bytes
    if found := re.fullmatch(r"(u?)int(\d+)", kind):
        size, is_signed = int(found[2]) // 8, not found[1]
        return lambda value: value.to_bytes(size, "big", signed=is_signed).rjust(32, b"\xff" if value < 0 else b"\0")
    return None


def _write_bytes(value: bytes) -> bytes:
    if len(value) != 32:
        raise ValueError(f"{len(value)} bytes are no word")
    return value


def _make_reader(kind: str) -> Reader | None:
    """What makes a value of a word; None: the type takes more than a word."""
    if kind == "address":
        return lambda data, at: to_checksum("0x" + data[at + 12 : at + 32].hex())
    if kind == "bool":
        return lambda data, at: data[at + 31] != 0
    if kind == "bytes32":
        return lambda data, at: data[at : at + 32]
    if found := re.fullmatch(r"(u?)int\d+", kind):
        is_signed = not found[1]
        return lambda data, at: int.from_bytes(data[at : at + 32], "big", signed=is_signed)
    return None


def _lay_out(items: Sequence[dict[str, Any]], start: int = 0) -> list[tuple[int, Reader]] | None:
    """Where each value begins, and what reads it; None if one of them has no fixed size."""
    found: list[tuple[int, Reader]] = []
    for item in items:
        reader, words = _make_reader(item["type"]), 1
        if item["type"] == "tuple":
            reader, words = _make_struct_reader(item["components"]), _count_words(item)
        if reader is None:
            return None
        found.append((start, reader))
        start += 32 * words
    return found


def _make_struct_reader(parts: Sequence[dict[str, Any]]) -> Reader | None:
    readers, make = _lay_out(parts), _make_tuple(tuple(part["name"] for part in parts))
    if readers is None:
        return None
    return lambda data, at: make(*[read(data, at + offset) for offset, read in readers])


def _count_words(item: dict[str, Any]) -> int:
    return sum(map(_count_words, item["components"])) if item["type"] == "tuple" else 1


@dataclass(frozen=True)
class _EventCodec:
    """Decodes an event. None here has a value of more than a word."""

    name: str
    inputs: list[dict[str, Any]]

    @cached_property
    def _plan(self) -> list[tuple[str, int, Reader]]:
        """Of each argument its name, where it is (of the topics, counted from one; else 0) and what reads it there."""
        plan, topic, offset = [], 0, 0
        for item in self.inputs:
            reader = _make_reader(item["type"])
            assert reader is not None
            if item["indexed"]:
                topic += 1
                plan.append((item["name"], topic, reader))
            else:
                plan.append((item["name"], 0, partial(_read_at, reader, offset)))
                offset += 32
        return plan

    def decode(self, log: dict[str, Any]) -> dict[str, Any]:
        topics, data = log["topics"], log["data"]
        return {name: read(topics[topic] if topic else data, 0) for name, topic, read in self._plan}


def _read_at(read: Reader, offset: int, data: bytes, at: int) -> Any:
    return read(data, at + offset)


@cache
def _load_events(name: str) -> dict[bytes, _EventCodec]:
    events = [entry for entry in load_abi(name) if entry["type"] == "event"]
    return {compute_selector(entry): _EventCodec(entry["name"], entry["inputs"]) for entry in events}


def decode_logs(contract: Contract, logs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the ABI of `contract` makes of logs: their `event`, `args` and place. What it does not know is left out."""
    known = _load_events(contract.name)
    pairs = ((log, known.get(log["topics"][0])) for log in logs if log["topics"])
    return [{**log, "event": codec.name, "args": codec.decode(log)} for log, codec in pairs if codec]
