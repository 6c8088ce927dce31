"""The endpoint, against a real Anvil: readable errors, one nonce for one act, and nothing believed that makes no sense."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.account_queue import AccountQueue
from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.errors import ChainError, ConfigError, LostRace, StarlingError, Transient
from orchestrator.protocol.types import Phase
from tests.integration.conftest import Anvil, Deployment, deploy_contracts, run_anvil

TOKENS = 10**18


@pytest.fixture(scope="module")
def rpc(anvil: Anvil, deployment: Deployment) -> Rpc:
    rpc = Rpc(anvil.url, account=anvil.accounts[1])
    deployment.mint(rpc, anvil.accounts[1].address, 1000 * TOKENS)
    return rpc


def refusal(act: Callable[[], Any]) -> StarlingError:
    with pytest.raises(StarlingError) as caught:
        act()
    return caught.value


# ── errors ──


def test_a_refusal_by_the_state_of_the_chain_is_a_lost_race(rpc: Rpc, deployment: Deployment) -> None:
    chain = TaskChain(rpc, deployment.create_task(rpc), deployment.lens)
    error = refusal(chain.settle)
    assert isinstance(error, LostRace)
    assert str(error) == "settle: WrongPhase(expected=Settling, actual=Enrolling)"


def test_a_refusal_by_a_rule_says_what_was_expected_and_found(rpc: Rpc, deployment: Deployment) -> None:
    task = rpc.contract("FLTask", deployment.create_task(rpc, {"min_stake": 7}))
    error = refusal(lambda: rpc.send(task.functions.join(6, [])))
    assert isinstance(error, ChainError)
    assert str(error) == "join: StakeTooSmall(minimum=7, actual=6)"
    assert error.hint


def test_an_error_of_the_token_is_told_through_the_task(rpc: Rpc, deployment: Deployment) -> None:
    task = rpc.contract("FLTask", deployment.create_task(rpc))
    error = refusal(lambda: rpc.send(task.functions.join(100 * TOKENS, [])))
    assert isinstance(error, ChainError)
    assert "ERC20InsufficientAllowance" in str(error)


def test_a_task_that_could_not_run_is_refused_by_the_parameters_name(rpc: Rpc, deployment: Deployment) -> None:
    error = refusal(lambda: deployment.create_task(rpc, {"rounds": 0}))
    assert isinstance(error, ChainError)
    assert "InvalidParameter(name=rounds, limit=1, actual=0)" in str(error)


def test_another_chain_is_refused(anvil: Anvil) -> None:
    error = refusal(lambda: Rpc(anvil.url, chain_id=1))
    assert isinstance(error, ChainError)
    assert "is chain 31337, not chain 1" in str(error)


def test_an_endpoint_that_is_down_is_transient() -> None:
    assert isinstance(refusal(lambda: Rpc("http://127.0.0.1:9")), Transient)


def test_what_is_no_url_is_refused() -> None:
    assert isinstance(refusal(lambda: Rpc("localhost")), ConfigError)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("0x12", "not an address"),
        ("hello", "not an address"),
        ("5FbDB2315678afecb367f032d93F642f64180aa3", "not an address"),
        ("0x5FbDB2315678afecb367f032d93F642f64180aA3", "checksum"),
    ],
)
def test_a_malformed_address_is_refused(text: str, word: str) -> None:
    error = refusal(lambda: to_address(text))
    assert isinstance(error, ConfigError)
    assert word in str(error)


def test_an_address_without_code_is_refused(rpc: Rpc, anvil: Anvil, deployment: Deployment) -> None:
    assert "there is no contract" in str(refusal(lambda: TaskReader(rpc, anvil.accounts[5].address, deployment.lens)))


def test_another_contract_is_not_taken_for_a_task_token_or_manager(rpc: Rpc, deployment: Deployment) -> None:
    assert "is not a task" in str(refusal(lambda: TaskReader(rpc, deployment.token, deployment.lens)))
    assert "is no token" in str(refusal(lambda: Token(rpc, deployment.manager)))
    assert isinstance(refusal(lambda: TaskManager(rpc, deployment.token).list_tasks()), ChainError)


def test_an_account_without_coin_is_told_where_to_send_some(rpc: Rpc, anvil: Anvil, deployment: Deployment) -> None:
    poor = anvil.accounts[9]
    anvil.request("anvil_setBalance", poor.address, "0x0")
    token = rpc.contract("TestToken", deployment.token)
    error = refusal(lambda: Rpc(anvil.url, account=poor).send(token.functions.mint(poor.address, 1)))
    assert isinstance(error, ChainError)
    assert "cannot pay for gas" in str(error)
    assert poor.address in error.hint


# ── an endpoint that talks nonsense ──


class Nonsense(BaseHTTPRequestHandler):
    answer = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def nonsense() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), type("Answering", (Nonsense,), {}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>welcome</html>",
        b"[]",
        b"42",
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":1,"result":null}',
        b'{"jsonrpc":"2.0","id":1,"result":"elephant"}',
        b'{"jsonrpc":"2.0","id":1,"result":{"a":[]}}',
        b'{"jsonrpc":"2.0","id":1,"error":"no"}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"the moon is full"}}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"x","data":"0x08c379a0ff"}}',
        b"\xff\xfe\x00",
    ],
)
def test_nonsense_is_one_of_our_errors_whatever_it_is(nonsense: HTTPServer, answer: bytes) -> None:
    nonsense.RequestHandlerClass.answer = answer  # type: ignore[attr-defined]
    assert isinstance(refusal(lambda: Rpc(f"http://127.0.0.1:{nonsense.server_port}")), Transient | ChainError)


def test_a_header_of_a_proof_of_authority_chain_is_read(nonsense: HTTPServer) -> None:
    """N8: Polygon, BSC and Linea sign their blocks in `extraData`, which is longer than others'."""
    header = {"number": "0x7", "timestamp": "0x8", "hash": "0x" + "07" * 32, "extraData": "0x" + "ab" * 97}
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x1"}).encode()
    nonsense.RequestHandlerClass.answer = answer  # type: ignore[attr-defined]
    rpc = Rpc(f"http://127.0.0.1:{nonsense.server_port}")
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": header}).encode()
    nonsense.RequestHandlerClass.answer = answer  # type: ignore[attr-defined]
    assert rpc.block() == {"number": 7, "timestamp": 8, "hash": b"\x07" * 32}


# ── one nonce for one act ──


@pytest.fixture
def still() -> Iterator[tuple[Anvil, Deployment]]:
    """A chain that mines only when it is told to."""
    with run_anvil(mines=False) as anvil:
        deployment = deploy_contracts(anvil)
        anvil.request("evm_setAutomine", False)
        anvil.request("evm_setIntervalMining", 0)
        yield anvil, deployment


def wait_until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def pool_of(anvil: Anvil, account: str) -> dict[str, Any]:
    """Nonce → transaction, of what waits to be mined."""
    pending: dict[str, Any] = anvil.request("txpool_content")["pending"]
    return {key: value for owner, found in pending.items() if owner.lower() == account.lower() for key, value in found.items()}


def test_what_is_not_mined_in_time_is_replaced_at_a_higher_fee(still: tuple[Anvil, Deployment]) -> None:
    anvil, deployment = still
    told: list[str] = []
    account = anvil.accounts[1]
    rpc = Rpc(anvil.url, account=account, log=lambda event, **values: told.append(event), replace_after_seconds=1.0)
    token = rpc.contract("TestToken", deployment.token)
    with ThreadPoolExecutor() as background:
        sending = background.submit(rpc.send, token.functions.mint(account.address, 5))
        wait_until(lambda: bool(pool_of(anvil, account.address)))
        first = pool_of(anvil, account.address)
        wait_until(lambda: pool_of(anvil, account.address) != first)
        second = pool_of(anvil, account.address)
        assert first.keys() == second.keys()  # beside it there is nothing
        fees = [int(next(iter(found.values()))["maxFeePerGas"], 16) for found in (first, second)]
        assert fees[1] >= fees[0] * 1.1
        anvil.mine()
        assert sending.result(30)["status"] == 1
    assert "transaction.replaced" in told
    assert rpc.call(token.functions.balanceOf(account.address)) == 5


SENDER = """
import sys
from eth_account import Account
from orchestrator.adapters.chain.rpc import Rpc
rpc = Rpc(sys.argv[1], account=Account.from_key(sys.argv[2]))
rpc.send(rpc.contract("TestToken", sys.argv[3]).functions.mint(rpc.account.address, 5))
"""


def send_and_kill(anvil: Anvil, deployment: Deployment, account: Any) -> None:
    """A process of its own sends and is killed before there is a receipt."""
    command = [sys.executable, "-c", SENDER, anvil.url, account.key.hex(), deployment.token]
    process = subprocess.Popen(command)
    wait_until(lambda: bool(pool_of(anvil, account.address)))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_between_send_and_receipt_the_act_is_not_done_twice(still: tuple[Anvil, Deployment]) -> None:
    anvil, deployment = still
    account = anvil.accounts[1]
    send_and_kill(anvil, deployment, account)
    rpc = Rpc(anvil.url, account=account)
    token = rpc.contract("TestToken", deployment.token)
    with ThreadPoolExecutor() as background:
        sending = background.submit(rpc.send, token.functions.mint(account.address, 5))
        time.sleep(2)
        assert len(pool_of(anvil, account.address)) == 1
        anvil.mine()
        assert sending.result(30)["status"] == 1
    assert rpc.call(token.functions.balanceOf(account.address)) == 5


def test_an_earlier_transaction_that_is_stuck_gives_way_to_another_act(still: tuple[Anvil, Deployment]) -> None:
    anvil, deployment = still
    account = anvil.accounts[1]
    send_and_kill(anvil, deployment, account)
    rpc = Rpc(anvil.url, account=account)
    token = rpc.contract("TestToken", deployment.token)
    with ThreadPoolExecutor() as background:
        sending = background.submit(rpc.send, token.functions.mint(account.address, 7))
        wait_until(lambda: next(iter(pool_of(anvil, account.address).values()))["input"].endswith("7"))
        anvil.mine()
        assert sending.result(30)["status"] == 1
    assert rpc.call(token.functions.balanceOf(account.address)) == 7


def test_a_nonce_used_by_another_process_is_a_lost_race(still: tuple[Anvil, Deployment]) -> None:
    anvil, deployment = still
    account = anvil.accounts[1]
    rpc = Rpc(anvil.url, account=account, replace_after_seconds=20)
    token = rpc.contract("TestToken", deployment.token)
    with ThreadPoolExecutor() as background:
        sending = background.submit(rpc.send, token.functions.mint(account.address, 5))
        wait_until(lambda: bool(pool_of(anvil, account.address)))
        anvil.request("anvil_dropAllTransactions")
        other = background.submit(Rpc(anvil.url, account=account).send, token.functions.mint(account.address, 7))
        wait_until(lambda: bool(pool_of(anvil, account.address)))
        anvil.mine()
        assert other.result(30)["status"] == 1
        with pytest.raises(LostRace):
            sending.result(30)
    assert rpc.call(token.functions.balanceOf(account.address)) == 7


def test_what_is_sent_with_one_key_by_many_stands_in_a_queue(anvil: Anvil, deployment: Deployment, tmp_path: Path) -> None:
    """N7: each act has a nonce of its own, and none is replaced."""
    account, told = anvil.accounts[7], []
    token = Rpc(anvil.url).contract("TestToken", deployment.token)

    def send(number: int) -> int:
        queue = AccountQueue(tmp_path / "account.lock")
        rpc = Rpc(anvil.url, account=account, queue=queue, log=lambda event, **values: told.append(event))
        receipt = rpc.send(token.functions.approve(anvil.accounts[8].address, number))
        return int(receipt["status"])

    first = Rpc(anvil.url).count_mined(account.address)
    with ThreadPoolExecutor(4) as background:
        assert list(background.map(send, range(1, 5))) == [1] * 4
    assert Rpc(anvil.url).count_mined(account.address) == first + 4
    assert told == ["transaction.mined"] * 4


def test_what_another_machine_sent_is_outbid_from_what_it_offers(still: tuple[Anvil, Deployment]) -> None:
    """N8: the endpoint refuses what offers less, and shows what waits."""
    anvil, deployment = still
    account = anvil.accounts[1]
    transfer = {"from": account.address, "to": account.address, "nonce": hex(0), "gas": hex(21_000)}
    fees = {"maxPriorityFeePerGas": hex(50 * 10**9), "maxFeePerGas": hex(60 * 10**9)}
    anvil.request("eth_sendTransaction", transfer | fees)
    told: list[dict[str, Any]] = []
    rpc = Rpc(anvil.url, account=account, log=lambda event, **values: told.append(values | {"event": event}))
    with ThreadPoolExecutor() as background:
        sending = background.submit(rpc.send, rpc.contract("TestToken", deployment.token).functions.mint(account.address, 5))
        wait_until(lambda: next(iter(pool_of(anvil, account.address).values()))["input"].endswith("5"))
        anvil.mine()
        assert sending.result(30)["status"] == 1
    assert [line["event"] for line in told] == ["transaction.replaced", "transaction.mined"]
    assert told[0]["maxPriorityFeePerGas"] == 65 * 10**9 and told[0]["maxFeePerGas"] == 78 * 10**9


def test_what_the_chain_refuses_only_when_it_is_mined_is_a_lost_race(still: tuple[Anvil, Deployment]) -> None:
    """Two spenders take the same tokens: both are right when they look, one is late."""
    anvil, deployment = still
    owner, *spenders = anvil.accounts[1:4]
    deployment.mint(Rpc(anvil.url, account=owner), owner.address, 5)
    with anvil.mining_at_once():
        for spender in spenders:
            Token(Rpc(anvil.url, account=owner), deployment.token).approve(spender.address, 5)
    anvil.request("evm_setIntervalMining", 0)
    with ThreadPoolExecutor() as background:
        taking = []
        for spender in spenders:
            rpc = Rpc(anvil.url, account=spender)
            function = rpc.contract("TestToken", deployment.token).functions.transferFrom(owner.address, spender.address, 5)
            taking.append(background.submit(rpc.send, function))
        wait_until(lambda: all(pool_of(anvil, spender.address) for spender in spenders))
        anvil.mine()
        errors = [future.exception(30) for future in taking]
    assert sorted(type(error).__name__ for error in errors) == ["LostRace", "NoneType"]


# ── what a node reads ──


def test_the_view_of_a_new_task_is_read_in_our_words(rpc: Rpc, deployment: Deployment) -> None:
    chain = TaskChain(rpc, deployment.create_task(rpc, {"rounds": 7}), deployment.lens)
    view = chain.read_view()
    assert (view.phase, view.round, view.rounds, view.updates) == (Phase.ENROLLING, 1, 7, ())
    assert view.global_model == chain.parameters.initial_model
    assert chain.parameters.rounds == 7


def test_a_secret_depends_on_key_task_and_purpose_and_on_nothing_else(rpc: Rpc, anvil: Anvil, deployment: Deployment) -> None:
    one, other = deployment.create_task(rpc), deployment.create_task(rpc)
    stranger = Rpc(anvil.url, account=anvil.accounts[2])
    secrets = [
        TaskChain(rpc, one, deployment.lens).derive_secret("split"),
        TaskChain(rpc, one, deployment.lens).derive_secret("train"),
    ]
    secrets += [
        TaskChain(rpc, other, deployment.lens).derive_secret("split"),
        TaskChain(stranger, one, deployment.lens).derive_secret("split"),
    ]
    assert len(set(secrets)) == 4
    assert TaskChain(Rpc(anvil.url, account=anvil.accounts[1]), one, deployment.lens).derive_secret("split") == secrets[0]


def test_the_abis_are_there_without_brownie(tmp_path: Path) -> None:
    code = "import json, sys; from orchestrator.adapters.chain.abi import load_abi; print(json.dumps(len(load_abi('FLTask'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) > 0
