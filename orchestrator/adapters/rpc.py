"""A JSON-RPC endpoint: contracts, simulated and sent acts, readable errors. The only file that imports web3."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any

import requests
from eth_abi import decode
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract, ContractFunction
from web3.exceptions import (
    BadFunctionCallOutput,
    ContractCustomError,
    ContractLogicError,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)

from orchestrator.errors import ChainError, Fatal, LostRace, Transient
from orchestrator.protocol.types import Address

REQUEST_SECONDS = 20.0
REPLACE_AFTER_SECONDS = 30.0
MAX_REPLACEMENTS = 5
FEE_BUMP = 1.3
GAS_MARGIN = 1.25
"""State may move between the estimate and the block: dues to apply, a leader to compare with."""
LATE = {
    "WrongPhase",
    "AlreadyDone",
    "SeedNotReady",
    "Nothing",
    "WrongRole",
    "WrongRound",
    "TooEarly",
    "WrongState",
    "NoCommitment",
}
"""Refusals that say that the state has moved on, or is not there yet."""


def load_abi(name: str) -> list[dict[str, Any]]:
    """The ABI of contract `name`, as scripts/export_abi.py wrote it."""
    text = resources.files("orchestrator").joinpath("abi", f"{name}.json").read_text()
    abi: list[dict[str, Any]] = json.loads(text)
    return abi


def is_address(text: str) -> bool:
    """Whether `text` is 20 bytes in hex, with a right checksum if it has one."""
    return Web3.is_address(text)


def to_address(text: str) -> Address:
    """`text` with its checksum. Raises ChainError if it is not an address."""
    if not is_address(text):
        raise ChainError(
            f"{text!r} is not an address", hint="an address is 0x and 40 hex digits; mixed case carries a checksum"
        )
    return str(Web3.to_checksum_address(text))


class Rpc:
    """One endpoint, and optionally the account that signs."""

    def __init__(
        self,
        url: str,
        *,
        chain_id: int | None = None,
        account: LocalAccount | None = None,
        report: Callable[..., None] | None = None,
    ) -> None:
        """`chain_id`: the chain the operator means; None takes what the endpoint says.

        Raises Transient if nothing answers at `url`, ChainError if it is another chain.
        """
        if not re.match(r"https?://", url):
            raise ChainError(f"{url!r} is no RPC endpoint", hint="give an http:// or https:// URL")
        self.url = url
        self.account = account
        self.report = report or (lambda event, **values: None)
        self._web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": REQUEST_SECONDS}))
        self.chain_id = self._check_chain(chain_id)
        self._errors = {
            _selector(entry): entry for name in ("FLTask", "TaskManager", "TestToken") for entry in _errors_of(name)
        }

    def _check_chain(self, expected: int | None) -> int:
        with self._translated("eth_chainId"):
            actual = self._web3.eth.chain_id
        if expected is not None and actual != expected:
            hint = "point --rpc at a node of the chain you mean, or change --chain-id"
            raise ChainError(f"{self.url} is chain {actual}, not chain {expected}", hint=hint)
        return actual

    # ── reading ──

    def contract(self, name: str, address: Address) -> Contract:
        """The contract `name` at `address`. Raises ChainError if no code is there."""
        checked = to_address(address)
        with self._translated("eth_getCode"):
            code = self._web3.eth.get_code(Web3.to_checksum_address(checked))
        if not code:
            hint = f"check the address; this endpoint is chain {self.chain_id}"
            raise ChainError(f"there is no contract at {checked} on chain {self.chain_id}", hint=hint)
        return self._web3.eth.contract(address=Web3.to_checksum_address(checked), abi=load_abi(name), decode_tuples=True)

    def call(self, function: ContractFunction, *, block: int | None = None) -> Any:
        """What a view function returns, at `block` or the latest."""
        with self._translated(function.fn_name):
            return function.call({"from": self._sender()}, block_identifier="latest" if block is None else block)

    def balance(self, address: Address) -> int:
        """In wei of the chain's own coin."""
        with self._translated("eth_getBalance"):
            return self._web3.eth.get_balance(Web3.to_checksum_address(address))

    def block(self, number: int | str = "latest") -> Any:
        """A block's header and transaction hashes."""
        with self._translated("eth_getBlockByNumber"):
            return self._web3.eth.get_block(number)  # type: ignore[arg-type]

    def events(self, contract: Contract, *, first: int, last: int | None = None) -> list[Any]:
        """All events of `contract` that its ABI knows, in order, from block `first` to `last`."""
        with self._translated("eth_getLogs"):
            logs = self._web3.eth.get_logs({"address": contract.address, "fromBlock": first, "toBlock": last or "latest"})  # type: ignore[typeddict-item]
        known = {_selector(entry, 32): contract.events[entry["name"]]() for entry in contract.abi if entry["type"] == "event"}
        return [known[topic].process_log(log) for log in logs if (topic := bytes(log["topics"][0])) in known]

    def receipts(self, number: int) -> list[Any]:
        """The receipts of all transactions of a block."""
        with self._translated("eth_getBlockReceipts"):
            return list(self._web3.eth.get_block_receipts(number))

    # ── acting ──

    def send(self, function: ContractFunction) -> Any:
        """Simulate, sign, send and wait; the receipt.

        Raises LostRace if the contract refuses because its state has moved on, ChainError for any other refusal, Transient when
        the endpoint fails; then the act may still be mined, and looking again will tell.
        """
        self.call(function)
        with self._translated(function.fn_name):
            receipt = self._send(function)
        self.report("transaction.mined", act=function.fn_name, gas=receipt["gasUsed"], block=receipt["blockNumber"])
        if receipt["status"] != 1:
            raise LostRace(f"{function.fn_name} was refused when it was mined")
        return receipt

    def deploy(self, name: str, bytecode: str, *arguments: Any) -> Address:
        """Deploy a contract; its address."""
        function = self._web3.eth.contract(abi=load_abi(name), bytecode=bytecode).constructor(*arguments)
        with self._translated(name):
            return str(self._send(function)["contractAddress"])

    def _send(self, function: Any) -> Any:
        """One nonce, one act: what is not mined in time is replaced at a higher fee, never sent beside itself."""
        if self.account is None:
            raise Fatal("this needs a key", hint="give --keystore")
        sender = self.account.address
        fields = {"from": sender, "chainId": self.chain_id, "nonce": self._web3.eth.get_transaction_count(sender, "latest")}
        fields |= {"gas": int(function.estimate_gas({"from": sender}) * GAS_MARGIN), **self._fees()}
        sent = []
        for _ in range(MAX_REPLACEMENTS):
            raw = self.account.sign_transaction(function.build_transaction(fields)).raw_transaction
            try:
                sent.append(self._web3.eth.send_raw_transaction(raw))
            except Web3RPCError as refused:
                if not re.search("underpriced|already known|already imported|nonce too low|replacement", str(refused), re.I):
                    raise
                if "nonce too low" in str(refused).lower() and not sent:
                    raise LostRace("another transaction of this account was mined in between") from refused
            if receipt := self._await(sent):
                return receipt
            fields |= {key: int(value * FEE_BUMP) for key, value in fields.items() if "ee" in key or key == "gasPrice"}
            self.report("transaction.replaced", fees={key: value for key, value in fields.items() if "ee" in key})
        raise Transient(f"no transaction of {sender} is mined", hint="the endpoint may be behind; the act is looked at again")

    def _fees(self) -> dict[str, int]:
        base = self._web3.eth.get_block("latest").get("baseFeePerGas")
        if base is None:
            return {"gasPrice": self._web3.eth.gas_price}
        tip = self._web3.eth.max_priority_fee
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base + tip}

    def _await(self, sent: Sequence[Any]) -> Any:
        """The receipt of whichever of `sent` is mined, or None if none is in time."""
        deadline = time.monotonic() + (REPLACE_AFTER_SECONDS if sent else 1.0)
        while time.monotonic() < deadline:
            for transaction in sent:
                try:
                    return self._web3.eth.get_transaction_receipt(transaction)
                except TransactionNotFound:
                    continue
            time.sleep(0.2)
        return None

    # ── errors ──

    def _sender(self) -> Any:
        return self.account.address if self.account else "0x0000000000000000000000000000000000000001"

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Turns what web3 and the network raise into one of our three families."""
        try:
            yield
        except (requests.RequestException, TimeoutError, ConnectionError) as failed:
            hint = "is the endpoint running, and --rpc right?"
            raise Transient(f"{self.url} does not answer ({type(failed).__name__})", hint=hint) from failed
        except (ContractCustomError, ContractLogicError) as refused:
            raise self._refusal(what, refused) from refused
        except BadFunctionCallOutput as nothing:
            raise ChainError(
                f"{what}: the contract answers something else", hint="check the address and the version"
            ) from nothing
        except Web3RPCError as failed:
            if "insufficient funds" in str(failed).lower():
                hint = f"send some of the chain's coin to {self._sender()}"
                raise ChainError(f"{what}: the account cannot pay for gas", hint=hint) from failed
            raise self._refusal(what, failed) if self._error_data(failed) else Transient(f"{what}: {failed}") from failed
        except (Web3Exception, ValueError, KeyError, TypeError) as odd:
            hint = "is --rpc an Ethereum JSON-RPC endpoint?"
            raise Transient(f"{what}: {self.url} answers nonsense ({odd})", hint=hint) from odd

    def _refusal(self, what: str, refused: Exception) -> LostRace | ChainError:
        name, text = self._explain(self._error_data(refused)) or ("", str(refused))
        return LostRace(f"{what}: {text}") if name in LATE else ChainError(f"{what}: {text}", hint=_HINTS.get(name, ""))

    @staticmethod
    def _error_data(refused: Exception) -> bytes:
        response = (getattr(refused, "rpc_response", None) or {}).get("error", {}).get("data")
        data = getattr(refused, "data", None) or response
        if isinstance(data, dict):
            data = data.get("data") or data.get("result")
        return bytes.fromhex(data[2:]) if isinstance(data, str) and re.fullmatch("0x[0-9a-fA-F]{8,}", data) else b""

    def _explain(self, data: bytes) -> tuple[str, str] | None:
        """A custom error's name, and the error as one reads it: `WrongPhase(expected=2, actual=5)`."""
        if data[:4] == bytes.fromhex("08c379a0"):
            return "Error", str(decode(["string"], data[4:])[0])
        entry = self._errors.get(data[:4])
        if entry is None:
            return None
        values = decode([item["type"] for item in entry["inputs"]], data[4:])
        told = ", ".join(f"{item['name']}={_tell(item, value)}" for item, value in zip(entry["inputs"], values, strict=True))
        return entry["name"], f"{entry['name']}({told})"


_HINTS = {
    "NotAdmitted": "ask the task's creator to be admitted, and give the proof",
    "StakeTooSmall": "stake at least the minimum",
    "TaskFull": "wait until somebody leaves",
    "UnsoundToken": "the token takes a fee or rebases; such tokens cannot be staked",
    "ERC20InsufficientBalance": "get more of the task's token",
    "ERC20InsufficientAllowance": "approve the task to take the amount",
    "AlreadyMember": "this account has a stake in the task; use top-up, or withdraw first",
    "NotMember": "stake first",
}
_ENUMS = {
    "enum Phase": "Enrolling Drawing Training Committing Revealing Settling Completed Closed".split(),
    "enum Role": "None Proposer Voter".split(),
}


def _tell(item: dict[str, Any], value: Any) -> str:
    names = _ENUMS.get(item.get("internalType", ""))
    return names[value] if names and value < len(names) else "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _errors_of(name: str) -> list[dict[str, Any]]:
    return [entry for entry in load_abi(name) if entry["type"] == "error"]


def _selector(entry: dict[str, Any], length: int = 4) -> bytes:
    signature = f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
    return bytes(Web3.keccak(text=signature)[:length])
