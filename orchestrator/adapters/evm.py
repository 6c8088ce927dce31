"""A chain in this process: the compiled contracts in an EVM, behind the same calls as an endpoint (`chain/endpoint.py`).

For simulation, and for tests that hold contracts beside their twins. Nothing is signed and nothing is waited for: an act is
done when `send` returns, in the block that `Evm.mine` opened last. The only file that imports pyrevm.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

from eth_abi.abi import default_codec
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from orchestrator.adapters.chain.abi import compute_selector, load_abi
from orchestrator.adapters.chain.addresses import NOBODY, to_address
from orchestrator.adapters.chain.endpoint import BlockTag, Topic
from orchestrator.adapters.chain.refusals import classify_refusal
from orchestrator.errors import ChainError, Fatal
from orchestrator.ports import Log
from orchestrator.protocol.types import Address

CHAIN_ID = 31337
START = 1_700_000_000
BLOCK_GAS = 30_000_000
COINS = 10**18
"""What every account has of the chain's own coin, of which nothing here costs any."""
_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")

to_checksum = cache(to_checksum_address)


class Refused(Exception):
    """A contract refused; `data` is what it returned."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        output = _OUTPUT.search(text)
        self.data = bytes.fromhex(output[1]) if output else b""


class Evm:
    """The chain: its clock, its contracts, and what they have logged. Time passes only by `mine`."""

    def __init__(self, *, first_block: int = 1000, timestamp: int = START) -> None:
        """Hashes of blocks follow from their numbers: another `first_block` is another throw of all dice."""
        self._evm = EVM(spec_id="SHANGHAI", env=Env(cfg=CfgEnv(chain_id=CHAIN_ID)))
        self.number, self.timestamp = first_block, timestamp
        self._times = {first_block: timestamp}
        self._logs: dict[Address, list[dict[str, Any]]] = {}
        self._acts = 0
        self.mine(0)

    def mine(self, blocks: int = 1, *, seconds: int = 1) -> None:
        """So many more blocks, each `seconds` after the one before."""
        for _ in range(blocks):
            self.number += 1
            self.timestamp += seconds
            self._times[self.number] = self.timestamp
        self._evm.set_block_env(BlockEnv(number=self.number, timestamp=self.timestamp, gas_limit=BLOCK_GAS, basefee=0))

    def block(self, number: int) -> dict[str, Any]:
        """Number, time and hash of a block since the first. Raises ChainError if there is none."""
        if number not in self._times:
            raise ChainError(f"there is no block {number}")
        return {"number": number, "timestamp": self._times[number], "hash": bytes(self._evm.block_hash(number))}

    def has_code(self, address: Address) -> bool:
        """Whether there is a contract."""
        return bool(self._evm.get_code(address))

    def deploy(self, code: bytes) -> Address:
        """Deploy a contract by its creation code with arguments. Raises Refused."""
        with _translated():
            return to_checksum(self._evm.deploy(NOBODY, code))

    def view(self, caller: Address, to: Address, data: bytes) -> bytes:
        """What a call returns, with nothing changed. Raises Refused."""
        before = self._evm.snapshot()
        try:
            return self._run(caller, to, data)
        finally:
            self._evm.revert(before)

    def act(self, caller: Address, to: Address, data: bytes) -> dict[str, Any]:
        """Do it; its receipt. Raises Refused."""
        self._run(caller, to, data)
        result = self._evm.result
        assert result is not None
        self._acts += 1
        where = {
            "blockNumber": self.number,
            "blockHash": self.block(self.number)["hash"],
            "transactionHash": self._acts.to_bytes(32, "big"),
        }
        logs = []
        for log in result.logs:
            topics, told = log.data
            logs.append({**where, "address": to_checksum(log.address), "topics": topics, "data": told})
            self._logs.setdefault(logs[-1]["address"], []).append(logs[-1])
        return {**where, "status": 1, "gasUsed": result.gas_used, "logs": logs}

    def logs(self, address: Address, first: int, last: int) -> list[dict[str, Any]]:
        """What a contract has logged from block `first` to `last`, in order."""
        its = self._logs.get(address, [])
        start, end = (bisect_left(its, number, key=lambda log: log["blockNumber"]) for number in (first, last + 1))
        return its[start:end]

    def _run(self, caller: Address, to: Address, data: bytes) -> bytes:
        with _translated():
            return bytes(self._evm.message_call(caller, to, data))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RuntimeError as refused:
        raise Refused(str(refused)) from None


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a contract with its arguments."""

    to: Address
    fn_name: str
    data: bytes
    decode: Callable[[bytes], Any]


@dataclass(frozen=True)
class EvmContract:
    """A contract, called as `contract.functions.name(…)`."""

    address: Address
    name: str

    @cached_property
    def functions(self) -> _Functions:
        """All of its ABI's."""
        return _Functions(self)


class _Functions:
    def __init__(self, contract: EvmContract) -> None:
        self._contract = contract

    def __getattr__(self, name: str) -> Callable[..., Call]:
        to, codec = self._contract.address, _load_codecs(self._contract.name)[name]
        make: Callable[..., Call] = lambda *arguments: Call(to, name, codec.encode(arguments), codec.decode)  # noqa: E731
        self.__dict__[name] = make
        return make


class EvmRpc:
    """The chain for one account, as `Rpc` is across the network. What is not explained here, `Endpoint` explains."""

    url = "this process"

    def __init__(self, evm: Evm, account: LocalAccount | None = None, log: Log | None = None) -> None:
        self.evm, self.account = evm, account
        self.chain_id = CHAIN_ID
        self.log = log or (lambda event, **values: None)
        self._address: Address = str(account.address) if account else NOBODY

    @property
    def signer(self) -> LocalAccount:
        if self.account is None:
            raise Fatal("this needs a key")
        return self.account

    def contract(self, name: str, address: Address) -> EvmContract:
        checked = to_checksum(to_address(address))
        if not self.evm.has_code(checked):
            raise ChainError(f"there is no contract at {checked} in {self.url}", hint="check the address")
        return EvmContract(checked, name)

    def call(self, function: Call) -> Any:
        with _classified(function.fn_name):
            return function.decode(self.evm.view(self._address, function.to, function.data))

    def send(self, function: Call, *, at: BlockTag = "latest") -> dict[str, Any]:
        with _classified(function.fn_name):
            receipt = self.evm.act(self.signer.address, function.to, function.data)
        self.log("transaction.mined", act=function.fn_name, gas=receipt["gasUsed"], block=receipt["blockNumber"])
        return receipt

    def deploy(self, name: str, bytecode: str, *arguments: Any) -> Address:
        inputs: list[dict[str, Any]] = next((entry["inputs"] for entry in load_abi(name) if entry["type"] == "constructor"), [])
        code = bytes.fromhex(bytecode.removeprefix("0x"))
        with _classified(name):
            return self.evm.deploy(code + default_codec.encode(_list_types(inputs), arguments))

    def block(self, number: int | str = "latest") -> dict[str, Any]:
        return self.evm.block(self.evm.number if isinstance(number, str) else number)

    def balance(self, address: Address) -> int:
        """Gas costs nothing here, so everybody has enough."""
        return COINS

    def gas_price(self) -> int:
        """Nothing."""
        return 0

    def events(
        self, contract: EvmContract, *, first: int, last: int | None = None, topics: Sequence[Topic] | None = None
    ) -> list[dict[str, Any]]:
        logs = self.evm.logs(contract.address, first, self.evm.number if last is None else last)
        return _decode_logs(contract, logs if topics is None else [log for log in logs if _matches(log["topics"], topics)])

    def read_events(self, contract: EvmContract, receipt: Any) -> list[dict[str, Any]]:
        return _decode_logs(contract, [log for log in receipt["logs"] if log["address"] == contract.address])


@contextmanager
def _classified(what: str) -> Iterator[None]:
    """Turns a refusal into one of our three families."""
    try:
        yield
    except Refused as refused:
        raise classify_refusal(what, refused.data, str(refused)) from refused


def _matches(has: Sequence[bytes], wanted: Sequence[Topic]) -> bool:
    pairs = zip(has, wanted, strict=False)
    return len(has) >= len(wanted) and all(topic in (one if isinstance(one, list) else [one]) for topic, one in pairs)


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
        return self.selector + default_codec.encode(_list_types(self.inputs), values)

    def decode(self, answer: bytes) -> Any:
        if self._readers is not None:
            named = [read(answer, offset) for offset, read in self._readers]
        else:
            values = default_codec.decode(_list_types(self.outputs), answer)
            named = [_name(item, value) for item, value in zip(self.outputs, values, strict=True)]
        return named[0] if len(named) == 1 else tuple(named)


@cache
def _load_codecs(name: str) -> dict[str, _Codec]:
    functions = [entry for entry in load_abi(name) if entry["type"] == "function"]
    return {entry["name"]: _Codec(_compute_selector(entry), entry["inputs"], entry["outputs"]) for entry in functions}


def _compute_selector(entry: dict[str, Any]) -> bytes:
    """Of a function: structs count by their fields."""
    typed = {**entry, "inputs": [{"type": kind} for kind in _list_types(entry["inputs"])]}
    return compute_selector(typed)[:4]


def _list_types(items: Sequence[dict[str, Any]]) -> list[str]:
    return [
        f"({','.join(_list_types(item['components']))}){item['type'].removeprefix('tuple')}"
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


# What is a word each, as nearly everything here is, eth_abi takes far longer over than the EVM over the act.


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


def _decode_logs(contract: EvmContract, logs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    known = _load_events(contract.name)
    pairs = ((log, known.get(bytes(log["topics"][0]))) for log in logs)
    return [{**log, "event": codec.name, "args": codec.decode(log)} for log, codec in pairs if codec]
