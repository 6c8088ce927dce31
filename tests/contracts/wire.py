"""The chain without ceremony: for tests that send thousands of transactions, each at a time of the test's choosing."""

from __future__ import annotations

from time import monotonic
from typing import Any

from brownie import web3
from brownie.exceptions import decode_typed_error
from brownie.network.state import _notify_registry
from eth_abi import decode
from eth_utils import keccak, to_checksum_address
from web3.middleware import Web3Middleware

WAIT_SECONDS = 30.0
SLOW = ("eth_getTransactionByHash", "eth_getTransactionReceipt")


def ask(method: str, *values: Any) -> Any:
    """One JSON-RPC request."""
    answer = web3.provider.make_request(method, list(values))
    assert "result" in answer, answer
    return answer["result"]


class Waiting(Web3Middleware):
    """Anvil forgets a transaction while it moves from the pool to the block, and counts it among its sender's before it has a
    receipt: the longer, the more state there is. Brownie takes it for dropped then.
    """

    def wrap_make_request(self, make_request: Any) -> Any:
        def ask_again(method: str, params: Any) -> Any:
            answer = make_request(method, params)
            until = monotonic() + (WAIT_SECONDS if method in SLOW else 0)
            while answer.get("result") is None and monotonic() < until:
                ask("eth_blockNumber")
                answer = make_request(method, params)
            return answer

        return ask_again


def now() -> int:
    return int(ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def height() -> int:
    return int(ask("eth_blockNumber"), 16)


def mark() -> str:
    """A point to `rewind` to. Unlike Brownie's own, such points nest."""
    return str(ask("evm_snapshot"))


def rewind(mark: str) -> None:
    """Brownie must forget what it saw since, or it waits for nonces that never come."""
    ask("evm_revert", mark)
    _notify_registry(height())


def send(account: Any, contract: Any, method: str, *values: Any, time: int | None = None) -> tuple[str | None, dict[str, Any]]:
    """The name of the error it reverted with, or None, and the receipt."""
    if time is not None:
        ask("evm_setNextBlockTimestamp", time)
    data = getattr(contract, method).encode_input(*values)
    call = {"from": str(account), "to": str(contract), "data": data, "gas": hex(5_000_000)}
    sent = ask("eth_sendTransaction", call)
    while (receipt := ask("eth_getTransactionReceipt", sent)) is None:
        pass
    if receipt["status"] == "0x1":
        return None, receipt
    trace = ask("debug_traceTransaction", receipt["transactionHash"], {"tracer": "callTracer"})
    return decode_typed_error(trace.get("output", "0x")).partition(":")[0], receipt


def mine(blocks: int) -> None:
    ask("anvil_mine", hex(blocks), "0x1")


def seed_in(receipt: dict[str, Any]) -> int | None:
    """The seed that `RoundDrawn` tells, if it was drawn."""
    topic = "0x" + keccak(text="RoundDrawn(uint256,bytes32,uint256)").hex()
    for log in receipt["logs"]:
        if log["topics"][0] == topic:
            return int.from_bytes(decode(["bytes32", "uint256"], bytes.fromhex(log["data"][2:]))[0], "big")
    return None


def read(contract: Any, method: str, *values: Any, gas: int = 29_000_000) -> Any:
    """A call, decoded by the ABI; structs come as tuples."""
    function = getattr(contract, method)
    call = {"to": str(contract), "data": function.encode_input(*values), "gas": hex(gas)}
    answer = ask("eth_call", call, "latest")
    return decode([_type_of(output) for output in function.abi["outputs"]], bytes.fromhex(answer[2:]))


def _type_of(output: dict[str, Any]) -> str:
    if not output["type"].startswith("tuple"):
        return str(output["type"])
    return "(" + ",".join(_type_of(part) for part in output["components"]) + ")" + output["type"][5:]


def events(contract: Any, wanted: str, **values: Any) -> list[dict[str, Any]]:
    """All events of that name so far, whose arguments have these values."""
    logs = ask("eth_getLogs", {"address": str(contract), "fromBlock": "0x0", "toBlock": "latest"})
    found = [told for name, told in (decode_event(contract, log) for log in logs) if name == wanted]
    return [told for told in found if all(str(told[name]) == str(value) for name, value in values.items())]


def decode_event(contract: Any, log: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and values of one raw log, by the contract's ABI; addresses with their checksums."""
    for item in contract.abi:
        if item["type"] != "event":
            continue
        types = [part["type"] for part in item["inputs"]]
        if "0x" + keccak(text=f"{item['name']}({','.join(types)})").hex() != log["topics"][0]:
            continue
        indexed = [part for part in item["inputs"] if part["indexed"]]
        others = [part for part in item["inputs"] if not part["indexed"]]
        values = [
            decode([part["type"]], bytes.fromhex(topic[2:]))[0] for part, topic in zip(indexed, log["topics"][1:], strict=True)
        ]
        values += decode([part["type"] for part in others], bytes.fromhex(log["data"][2:]))
        named = zip(indexed + others, values, strict=True)
        return item["name"], {p["name"]: to_checksum_address(v) if p["type"] == "address" else v for p, v in named}
    raise AssertionError(f"no event has the topic {log['topics'][0]}")
