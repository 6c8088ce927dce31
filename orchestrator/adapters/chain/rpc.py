"""A chain behind JSON-RPC: contracts, calls, blocks, logs and transactions, with readable errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, NoReturn, TypeVar

from eth_abi.abi import default_codec
from eth_abi.exceptions import DecodingError
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.abi import load_abi
from orchestrator.adapters.chain.addresses import NOBODY, to_address
from orchestrator.adapters.chain.bell import Bell
from orchestrator.adapters.chain.codec import Call, Contract, decode_logs, list_types, to_checksum
from orchestrator.adapters.chain.endpoint import LOG_BLOCKS, BlockTag, TooManyBlocks, Topic
from orchestrator.adapters.chain.endpoints import Endpoints
from orchestrator.adapters.chain.fees import PERCENTILES, Fees, Limits, Urgency, choose_fees
from orchestrator.adapters.chain.refusals import Complaint, Declined, classify_complaint, classify_refusal, is_rate_limit
from orchestrator.adapters.chain.transactions import Queue, Sender
from orchestrator.errors import ChainError, Fatal, LostRace, StarlingError, Transient
from orchestrator.ports import Log
from orchestrator.protocol.types import Address

REPLACE_AFTER_SECONDS = 30.0
FEE_BLOCKS = 10
"""Of so many of the last blocks the tips are looked at."""

Read = TypeVar("Read")


class Rpc:
    """A chain, and optionally the account that signs."""

    def __init__(
        self,
        urls: str | Sequence[str],
        *,
        chain_id: int | None = None,
        account: LocalAccount | None = None,
        log: Log | None = None,
        replace_after_seconds: float = REPLACE_AFTER_SECONDS,
        limits: Limits = Limits(),  # noqa: B008
        queue: Queue = nullcontext,
    ) -> None:
        """`urls`: one endpoint, or several in the order in which they are asked. `chain_id`: the chain that is meant; None
        takes what the first of them says. What is not mined `replace_after_seconds` after it was sent is sent again at a higher
        fee, as far as `limits` allow. In `queue` stands whoever else sends for the account.

        Raises ConfigError if one of `urls` is none, Transient if nothing answers there, ChainError if it is another chain.
        """
        self.account = account
        self.log = log or (lambda event, **values: None)
        self.urls = [urls] if isinstance(urls, str) else list(urls)
        self._endpoints = Endpoints(self.urls, self.log, chain_id=chain_id)
        self.chain_id = self._endpoints.chain_id
        self.log_blocks = LOG_BLOCKS
        self.bell = Bell()
        """What it hears, if anybody tells it, saves requests."""
        self._sender: Sender | None = None
        if account:
            self._sender = Sender(self, account, self.log, replace_after_seconds, limits, queue)

    @property
    def name(self) -> str:
        """Of the endpoint that answered last, as it may be told."""
        return self._endpoints.used.name

    # ── reading ──

    def contract(self, name: str, address: Address) -> Contract:
        """The contract `name` at `address`. Raises ConfigError for a malformed address, ChainError if no code is there."""
        checked = to_checksum(to_address(address))
        if not self._ask(_to_bytes, "eth_getCode", checked, "latest"):
            hint = f"check the address; this endpoint is chain {self.chain_id}"
            raise ChainError(f"there is no contract at {checked} on chain {self.chain_id}", hint=hint)
        return Contract(checked, name)

    def call(self, function: Call, *, block: int | BlockTag = "latest") -> Any:
        """What a function returns at `block`, with nothing sent. Raises as `send` does."""
        asked = {"from": self._viewer, "to": function.to, "data": _to_hex(function.data)}
        for _ in self.urls:
            answer = self._ask(_to_bytes, "eth_call", asked, _to_block(block), what=function.fn_name)
            try:
                return function.decode(answer)
            except (DecodingError, OverflowError):
                self._endpoints.doubt(f"{function.fn_name}: it knows no such contract")
        hint = "check the address and the version"
        raise ChainError(f"{function.fn_name}: the contract answers something else", hint=hint)

    @property
    def _viewer(self) -> Address:
        return str(self.account.address) if self.account else NOBODY

    def balance(self, address: Address) -> int:
        """In wei of the chain's own coin."""
        return self._ask(_to_int, "eth_getBalance", to_checksum(address), "latest")

    def gas_price(self) -> int:
        """What a unit of gas costs now, in wei of the chain's own coin."""
        return self._ask(_to_int, "eth_gasPrice")

    def block(self, number: int | str = "latest") -> dict[str, Any]:
        """A block's number, timestamp and hash, by these names. What else proof-of-authority chains put into a header does not
        matter here."""
        return self._ask(_to_header, "eth_getBlockByNumber", _to_block(number), False)

    def has_block(self, number: int, hash: bytes) -> bool:
        """Whether the chain still has this block, or a reorganisation has replaced it."""
        known = self.bell.has_block(number, hash)
        return bool(self.block(number)["hash"] == hash) if known is None else known

    def accept_head(self, number: int) -> bool:
        """Whether an answer as of block `number` is no older than one that was accepted before."""
        return self._endpoints.accept_head(number)

    def events(
        self, contract: Contract, *, first: int, last: int | None = None, topics: Sequence[Topic] | None = None
    ) -> list[dict[str, Any]]:
        """All events of `contract` that its ABI knows, in order, from block `first` to `last` or the latest.

        `topics`: only those that begin with these, the event's selector first; a list in place of one means any of it. Raises
        TooManyBlocks if the endpoints do not answer for so many, and remembers it: `log_blocks`.
        """
        asked: dict[str, Any] = {"address": contract.address, "fromBlock": hex(first)}
        asked["toBlock"] = "latest" if last is None else hex(last)
        if topics is not None:
            asked["topics"] = [list(map(_to_hex, one)) if isinstance(one, list) else _to_hex(one) for one in topics]
        try:
            return decode_logs(contract, self._ask(_to_logs, "eth_getLogs", asked))
        except Transient as failed:
            blocks = 0 if last is None else last - first + 1
            if blocks > 1 and isinstance(failed.__cause__, Declined) and not is_rate_limit(str(failed)):
                self.log_blocks = min(self.log_blocks, blocks // 2)
                raise TooManyBlocks(str(failed)) from failed
            raise

    def read_events(self, contract: Contract, receipt: Any) -> list[dict[str, Any]]:
        """The events of `contract` in one receipt, in order."""
        return decode_logs(contract, [log for log in receipt["logs"] if log["address"] == contract.address])

    def receipts(self, number: int) -> list[dict[str, Any]]:
        """The receipts of all transactions of a block."""
        return self._ask(lambda found: [_to_receipt(one) for one in found], "eth_getBlockReceipts", hex(number))

    # ── acting ──

    def send(self, function: Call, *, at: BlockTag = "latest") -> dict[str, Any]:
        """Simulate `at` that block, sign, send and wait; the receipt.

        Raises LostRace if the contract refuses because its state has moved on, ChainError for any other refusal, Transient when
        the endpoint fails; then the act may still be mined, and looking again will tell.
        """
        act = {"to": function.to, "data": _to_hex(function.data), "value": 0}
        receipt: dict[str, Any] = self._get_sender().send(act, function.fn_name, at)
        self.log("transaction.mined", act=function.fn_name, gas=receipt["gasUsed"], block=receipt["blockNumber"])
        if receipt["status"] != 1:
            raise LostRace(f"{function.fn_name} was refused when it was mined")
        return receipt

    def deploy(self, name: str, bytecode: str, *arguments: Any) -> Address:
        """Deploy a contract; its address."""
        inputs: list[dict[str, Any]] = next((entry["inputs"] for entry in load_abi(name) if entry["type"] == "constructor"), [])
        data = "0x" + bytecode.removeprefix("0x") + default_codec.encode(list_types(inputs), arguments).hex()
        receipt = self._get_sender().send({"data": data, "value": 0}, name)
        if receipt["status"] != 1:
            raise ChainError(f"{name} could not be deployed")
        return str(receipt["contractAddress"])

    @property
    def signer(self) -> LocalAccount:
        """The account that signs. Raises Fatal if there is none."""
        if self.account is None:
            raise Fatal("this needs a key", hint="give --keystore")
        return self.account

    def _get_sender(self) -> Sender:
        if self._sender is None:
            raise Fatal("this needs a key", hint="give --keystore")
        return self._sender

    # ── what a sender needs (`transactions.Mempool`) ──

    def count_mined(self, account: Address) -> int:
        """The account's transactions up to the latest block."""
        return self._ask(_to_int, "eth_getTransactionCount", account, "latest")

    def estimate_gas(self, transaction: dict[str, Any], what: str, at: str) -> int:
        """What it would use `at` a block. It is the simulation, too: raises what the contract's refusal is."""
        asked = transaction | {"value": hex(transaction["value"])}
        try:
            return self._ask(_to_int, "eth_estimateGas", asked, at, what=what)
        except ChainError:
            # Some endpoints tell why only when they are called.
            self._ask(_to_bytes, "eth_call", asked, at, what=what)
            raise

    def get_fees(self, urgency: Urgency) -> Fees:
        """What a transaction offers now, from what was paid in the last blocks."""
        try:
            return self._ask(_to_fees, "eth_feeHistory", hex(FEE_BLOCKS), "latest", [PERCENTILES[urgency]])
        except Transient:  # an older program, or a chain without base fees
            base = self._ask(lambda found: found.get("baseFeePerGas"), "eth_getBlockByNumber", "latest", False)
            return {"gasPrice": self.gas_price()} if base is None else choose_fees(_to_int(base), [])

    def find_pending_fees(self, account: Address, nonce: int) -> Fees:
        """What the account's transaction of this nonce offers that waits to be mined; empty if the endpoint shows none."""
        try:
            waiting = self._ask(lambda found: found["transactions"], "eth_getBlockByNumber", "pending", True)
            its = [one for one in waiting if to_checksum(one["from"]) == account and _to_int(one["nonce"]) == nonce]
            return {name: _to_int(its[0][name]) for name in FEE_FIELDS if its[0].get(name)} if its else {}
        except (StarlingError, KeyError, TypeError, ValueError, AttributeError):
            return {}

    def offer(self, raw: bytes) -> Complaint | None:
        """Offer a signed transaction; what the endpoint has against it, None if it takes it."""
        try:
            self._endpoints.ask("eth_sendRawTransaction", _to_hex(raw))
        except Declined as declined:
            complaint = classify_complaint(str(declined))
            if complaint in (Complaint.REVERTED, Complaint.OTHER):
                self._refuse("sending", declined)
            return complaint
        return None

    def find_receipt(self, transaction: bytes) -> dict[str, Any] | None:
        """The receipt, or None while it is not mined."""
        return self._ask(
            lambda found: found and _to_receipt(found), "eth_getTransactionReceipt", _to_hex(transaction), or_none=True
        )

    def get_head(self) -> int | None:
        """Number of the latest block where heads are heard."""
        return self.bell.head if self.bell.is_heard else None

    def wait_for_head(self, after: int, seconds: float) -> None:
        """Until a later one is heard than the number `after`."""
        self.bell.wait_for_head(after, seconds)

    # ── asking ──

    def _ask(self, read: Callable[[Any], Read], method: str, *parameters: Any, what: str = "", or_none: bool = False) -> Read:
        """What `read` makes of an answer. Raises one of our three families for anything else."""
        try:
            answer = self._endpoints.ask(method, *parameters)
        except Declined as declined:
            self._refuse(what or method, declined)
        try:
            if answer is None and not or_none:
                raise ValueError("nothing")
            return read(answer)
        except (DecodingError, OverflowError):
            raise
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as odd:
            raise self._endpoints.used.blame(method, odd) from odd

    def _refuse(self, what: str, declined: Declined) -> NoReturn:
        """Raises what an endpoint's no means."""
        complaint = classify_complaint(str(declined))
        if complaint is Complaint.POOR:
            hint = f"send some of the chain's coin to {self._viewer}"
            raise ChainError(f"{what}: the account cannot pay for gas", hint=hint) from declined
        if declined.data or complaint is Complaint.REVERTED:
            raise classify_refusal(what, declined.data, str(declined)) from declined
        raise Transient(f"{what}: {declined}") from declined


# ── from JSON, and to it ──

FEE_FIELDS = ("maxPriorityFeePerGas", "maxFeePerGas", "gasPrice")


def _to_hex(data: bytes) -> str:
    return "0x" + data.hex()


def _to_block(number: int | str) -> str:
    return hex(number) if isinstance(number, int) else number


def _to_int(text: Any) -> int:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"{text!r} is no number")
    return int(text, 16)


def _to_bytes(text: Any) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"{text!r} are no bytes")
    return bytes.fromhex(text[2:])


def _to_header(found: Any) -> dict[str, Any]:
    return {
        "number": _to_int(found["number"]),
        "timestamp": _to_int(found["timestamp"]),
        "hash": _to_bytes(found["hash"]),
    }


def _to_whereabouts(found: Any) -> dict[str, Any]:
    """Of a receipt or a log."""
    return {
        "blockNumber": _to_int(found["blockNumber"]),
        "blockHash": _to_bytes(found["blockHash"]),
        "transactionHash": _to_bytes(found["transactionHash"]),
    }


def _to_logs(found: Any) -> list[dict[str, Any]]:
    return [
        _to_whereabouts(log)
        | {
            "address": to_checksum(log["address"]),
            "topics": [_to_bytes(topic) for topic in log["topics"]],
            "data": _to_bytes(log["data"]),
        }
        for log in found
    ]


def _to_receipt(found: Any) -> dict[str, Any]:
    made = found.get("contractAddress")
    return _to_whereabouts(found) | {
        "status": _to_int(found["status"]),
        "gasUsed": _to_int(found["gasUsed"]),
        "contractAddress": to_checksum(made) if made else None,
        "logs": _to_logs(found["logs"]),
    }


def _to_fees(found: Any) -> Fees:
    """Of the history of fees, whose last base fee is the next block's."""
    base, tips = _to_int(found["baseFeePerGas"][-1]), found.get("reward") or []
    if base == 0:
        raise Transient("the chain has no base fee")
    return choose_fees(base, [_to_int(tip[0]) for tip in tips])
