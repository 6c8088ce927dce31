"""A JSON-RPC endpoint: contracts, calls, blocks and logs, with readable errors. The only file that imports web3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
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

from orchestrator.adapters.chain.abi import decode_logs, load_abi
from orchestrator.adapters.chain.addresses import NOBODY, to_address
from orchestrator.adapters.chain.endpoint import BlockTag, Topic
from orchestrator.adapters.chain.refusals import Complaint, classify_complaint, classify_refusal
from orchestrator.adapters.chain.transactions import Sender
from orchestrator.errors import ChainError, ConfigError, Fatal, LostRace, Transient
from orchestrator.ports import Log
from orchestrator.protocol.types import Address

REQUEST_SECONDS = 20.0
REPLACE_AFTER_SECONDS = 30.0


class Rpc:
    """One endpoint, and optionally the account that signs."""

    def __init__(
        self,
        url: str,
        *,
        chain_id: int | None = None,
        account: LocalAccount | None = None,
        log: Log | None = None,
        replace_after_seconds: float = REPLACE_AFTER_SECONDS,
    ) -> None:
        """`chain_id`: the chain that is meant; None takes what the endpoint says. What is not mined
        `replace_after_seconds` after it was sent is sent again at a higher fee.

        Raises ConfigError if `url` is none, Transient if nothing answers there, ChainError if it is another chain.
        """
        if not re.match(r"https?://[^/]", url):
            raise ConfigError(f"{url!r} is no RPC endpoint", hint="give an http:// or https:// URL")
        self.url = url
        self._name = urlsplit(url).netloc.rpartition("@")[2]
        """Without what may be a secret."""
        self.account = account
        self.log = log or (lambda event, **values: None)
        self._replace_after_seconds = replace_after_seconds
        # Whoever asks decides whether to ask again: a node has its own, slower rhythm. Middleware would ask for the chain's id
        # before every call, and costs more than the call.
        provider = HTTPProvider(url, request_kwargs={"timeout": REQUEST_SECONDS}, exception_retry_configuration=None)
        self._web3 = Web3(provider, middleware=())
        self.chain_id = self._check_chain(chain_id)

    def _check_chain(self, expected: int | None) -> int:
        with self._translated("eth_chainId"):
            actual = self._web3.eth.chain_id
            if not isinstance(actual, int):
                raise ValueError(f"chain {actual!r}")
        if expected is not None and actual != expected:
            hint = "point --rpc at a node of the chain you mean, or change --chain-id"
            raise ChainError(f"{self.url} is chain {actual}, not chain {expected}", hint=hint)
        return actual

    # ── reading ──

    def contract(self, name: str, address: Address) -> Contract:
        """The contract `name` at `address`. Raises ConfigError for a malformed address, ChainError if no code is there."""
        checked = Web3.to_checksum_address(to_address(address))
        with self._translated("eth_getCode"):
            code = self._web3.eth.get_code(checked)
        if not code:
            hint = f"check the address; this endpoint is chain {self.chain_id}"
            raise ChainError(f"there is no contract at {checked} on chain {self.chain_id}", hint=hint)
        return self._web3.eth.contract(address=checked, abi=load_abi(name), decode_tuples=True)

    def call(self, function: ContractFunction, *, block: int | BlockTag = "latest") -> Any:
        """What a function returns at `block`, with nothing sent. Raises as `send` does."""
        with self._translated(function.fn_name):
            return function.call({"from": self._viewer}, block_identifier=block)

    @property
    def _viewer(self) -> Address:
        return str(self.account.address) if self.account else NOBODY

    def balance(self, address: Address) -> int:
        """In wei of the chain's own coin."""
        with self._translated("eth_getBalance"):
            return self._web3.eth.get_balance(Web3.to_checksum_address(address))

    def gas_price(self) -> int:
        """What a unit of gas costs now, in wei of the chain's own coin."""
        with self._translated("eth_gasPrice"):
            return self._web3.eth.gas_price

    def block(self, number: int | str = "latest") -> Any:
        """A block's header and transaction hashes."""
        with self._translated("eth_getBlockByNumber"):
            return self._web3.eth.get_block(number)  # type: ignore[arg-type]

    def events(
        self, contract: Contract, *, first: int, last: int | None = None, topics: Sequence[Topic] | None = None
    ) -> list[Any]:
        """All events of `contract` that its ABI knows, in order, from block `first` to `last` or the latest.

        `topics`: only those that begin with these, the event's selector first; a list in place of one means any of it.
        """
        asked: Any = {"address": contract.address, "fromBlock": first, "toBlock": "latest" if last is None else last}
        if topics is not None:
            asked["topics"] = list(topics)
        with self._translated("eth_getLogs"):
            logs = self._web3.eth.get_logs(asked)
        return decode_logs(contract, logs)

    def read_events(self, contract: Contract, receipt: Any) -> list[Any]:
        """The events of `contract` in one receipt, in order."""
        return decode_logs(contract, [log for log in receipt["logs"] if log["address"] == contract.address])

    def receipts(self, number: int) -> list[Any]:
        """The receipts of all transactions of a block."""
        with self._translated("eth_getBlockReceipts"):
            return list(self._web3.eth.get_block_receipts(number))

    # ── acting ──

    def send(self, function: ContractFunction, *, at: BlockTag = "latest") -> Any:
        """Simulate `at` that block, sign, send and wait; the receipt.

        Raises LostRace if the contract refuses because its state has moved on, ChainError for any other refusal, Transient when
        the endpoint fails; then the act may still be mined, and looking again will tell.
        """
        self.call(function, block=at)
        with self._translated(function.fn_name):
            receipt = self._sender.send(function, at)
        self.log("transaction.mined", act=function.fn_name, gas=receipt["gasUsed"], block=receipt["blockNumber"])
        if receipt["status"] != 1:
            raise LostRace(f"{function.fn_name} was refused when it was mined")
        return receipt

    def deploy(self, name: str, bytecode: str, *arguments: Any) -> Address:
        """Deploy a contract; its address."""
        constructor = self._web3.eth.contract(abi=load_abi(name), bytecode=bytecode).constructor(*arguments)
        with self._translated(name):
            return str(self._sender.send(constructor)["contractAddress"])

    @property
    def signer(self) -> LocalAccount:
        """The account that signs. Raises Fatal if there is none."""
        if self.account is None:
            raise Fatal("this needs a key", hint="give --keystore")
        return self.account

    @property
    def _sender(self) -> Sender:
        return Sender(self, self.signer, self.log, self._replace_after_seconds)

    # ── what a sender needs (`transactions.Mempool`); errors are translated around it ──

    def count_mined(self, account: Address) -> int:
        """The account's transactions up to the latest block."""
        return self._web3.eth.get_transaction_count(Web3.to_checksum_address(account), "latest")

    def get_fees(self) -> dict[str, int]:
        """What a transaction offers now. Twice the base fee covers six full blocks in a row."""
        base = self._web3.eth.get_block("latest").get("baseFeePerGas")
        if base is None:
            return {"gasPrice": self._web3.eth.gas_price}
        tip = self._web3.eth.max_priority_fee
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base + tip}

    def offer(self, raw: bytes) -> bool:
        """Whether the endpoint has the transaction now; False when another of the same nonce stands in its way."""
        try:
            self._web3.eth.send_raw_transaction(raw)
        except Web3RPCError as refused:
            match classify_complaint(str(refused)):
                case Complaint.KNOWN:
                    return True
                case Complaint.IN_THE_WAY:
                    return False
            raise
        return True

    def find_receipt(self, transaction: bytes) -> Any:
        """The receipt, or None while it is not mined."""
        try:
            return self._web3.eth.get_transaction_receipt(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None

    # ── errors ──

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Turns what web3 and the network raise into one of our three families."""
        try:
            yield
        except (requests.RequestException, TimeoutError, ConnectionError) as failed:
            self.log("rpc.failed", endpoint=self._name, why=type(failed).__name__)
            hint = "is the endpoint running, and --rpc right?"
            raise Transient(f"{self.url} does not answer ({type(failed).__name__})", hint=hint) from failed
        except (ContractCustomError, ContractLogicError) as refused:
            raise classify_refusal(what, _get_data(refused), str(refused.message or refused)) from refused
        except BadFunctionCallOutput as nothing:
            hint = "check the address and the version"
            raise ChainError(f"{what}: the contract answers something else", hint=hint) from nothing
        except Web3RPCError as failed:
            raise self._classify_complaint(what, failed) from failed
        except (Web3Exception, ValueError, KeyError, TypeError, AttributeError) as odd:
            self.log("rpc.failed", endpoint=self._name, why=f"{what}: {type(odd).__name__}")
            hint = "is --rpc an Ethereum JSON-RPC endpoint?"
            raise Transient(f"{what}: {self.url} answers nonsense ({str(odd)[:200]})", hint=hint) from odd

    def _classify_complaint(self, what: str, failed: Web3RPCError) -> LostRace | ChainError | Transient:
        if classify_complaint(str(failed)) is Complaint.POOR:
            hint = f"send some of the chain's coin to {self._viewer}"
            return ChainError(f"{what}: the account cannot pay for gas", hint=hint)
        if data := _get_data(failed):
            return classify_refusal(what, data, str(failed.message))
        return Transient(f"{what}: {failed.message}")


def _get_data(refused: Any) -> bytes:
    """What a contract returned with its refusal. Endpoints put it in different places."""
    answer: Mapping[str, Any] = getattr(refused, "rpc_response", None) or {}
    data = getattr(refused, "data", None) or (answer.get("error") or {}).get("data")
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    return bytes.fromhex(data[2:]) if isinstance(data, str) and re.fullmatch("0x([0-9a-fA-F]{2}){4,}", data) else b""
