"""A chain in this process: the compiled contracts in an EVM, behind the same calls as an endpoint (`chain/endpoint.py`).

For simulation, and for tests that hold contracts beside their twins. Nothing is signed and nothing is waited for: an act is
done when `send` returns, in the block that `Evm.mine` opened last. The only file that imports pyrevm.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from eth_abi.abi import default_codec
from eth_account.signers.local import LocalAccount
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from orchestrator.adapters.chain.abi import load_abi
from orchestrator.adapters.chain.addresses import NOBODY, to_address
from orchestrator.adapters.chain.codec import Call, Contract, decode_logs, list_types, to_checksum
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


class EvmRpc:
    """The chain for one account, as `Rpc` is across the network. What is not explained here, `Endpoint` explains."""

    url = "this process"
    log_blocks = sys.maxsize

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

    def contract(self, name: str, address: Address) -> Contract:
        checked = to_checksum(to_address(address))
        if not self.evm.has_code(checked):
            raise ChainError(f"there is no contract at {checked} in {self.url}", hint="check the address")
        return Contract(checked, name)

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
            return self.evm.deploy(code + default_codec.encode(list_types(inputs), arguments))

    def block(self, number: int | str = "latest") -> dict[str, Any]:
        return self.evm.block(self.evm.number if isinstance(number, str) else number)

    def accept_head(self, number: int) -> bool:
        return True

    def has_block(self, number: int, hash: bytes) -> bool:
        return bool(self.block(number)["hash"] == hash)

    def balance(self, address: Address) -> int:
        """Gas costs nothing here, so everybody has enough."""
        return COINS

    def gas_price(self) -> int:
        """Nothing."""
        return 0

    def events(
        self, contract: Contract, *, first: int, last: int | None = None, topics: Sequence[Topic] | None = None
    ) -> list[dict[str, Any]]:
        logs = self.evm.logs(contract.address, first, self.evm.number if last is None else last)
        return decode_logs(contract, logs if topics is None else [log for log in logs if _matches(log["topics"], topics)])

    def read_events(self, contract: Contract, receipt: Any) -> list[dict[str, Any]]:
        return decode_logs(contract, [log for log in receipt["logs"] if log["address"] == contract.address])


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
