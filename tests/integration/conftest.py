"""A real chain for each test file: Anvil with one-second blocks, and the contracts on it.

def test_something(anvil, deployment):
    rpc = Rpc(anvil.url, account=anvil.accounts[0])
    task = deployment.create_task(rpc, {"rounds": 3, "min_stake": 100 * 10**18})
    deployment.mint(rpc, rpc.account.address, 10**21)
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.protocol.parameters import Parameters

ROOT = Path(__file__).resolve().parents[2]
MNEMONIC = "test test test test test test test test test test test junk"
START_SECONDS = 30.0


def find_tool(name: str) -> str:
    """The executable beside this Python, else the one on PATH."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"there is no {name}: run the set-up"
    return found


@cache
def derive_accounts(count: int = 20) -> list[LocalAccount]:
    """The accounts that Anvil gives 10,000 coins each."""
    Account.enable_unaudited_hdwallet_features()
    return [Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}") for index in range(count)]


@dataclass(frozen=True)
class Anvil:
    """A running chain of one's own."""

    port: int
    process: subprocess.Popen[bytes]
    accounts: list[LocalAccount]
    """Funded with coin; the tokens are minted."""
    chain_id: int = 31337

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def request(self, method: str, *parameters: Any) -> Any:
        """The result of any JSON-RPC method."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = requests.post(self.url, json=body, timeout=30).json()
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def mine(self, blocks: int = 1) -> None:
        """Mine so many blocks at once, with the usual second between them."""
        self.request("anvil_mine", hex(blocks), hex(1))

    def increase_time(self, seconds: int) -> None:
        """Let the clock jump; the next block shows it, and is mined."""
        self.request("evm_increaseTime", hex(seconds))
        self.mine()

    @contextmanager
    def mining_at_once(self) -> Iterator[None]:
        """Inside, every transaction gets a block immediately."""
        self.request("evm_setAutomine", True)
        try:
            yield
        finally:
            self.request("evm_setAutomine", False)
            self.request("evm_setIntervalMining", 1)


@contextmanager
def run_anvil(*arguments: str) -> Iterator[Anvil]:
    """A fresh chain on a free port. `arguments` are added to Anvil's; `--block-time 1` unless they say how to mine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    pace = [] if {"--no-mining", "--block-time"} & set(arguments) else ["--block-time", "1"]
    states = tempfile.mkdtemp(prefix="anvil-")  # where it writes old states to, and leaves them
    command = [
        find_tool("anvil"),
        "--port",
        str(port),
        "--hardfork",
        "shanghai",
        "--quiet",
        "--cache-path",
        states,
        "--accounts",
        "20",
        *pace,
        *arguments,
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    anvil = Anvil(port, process, derive_accounts())
    try:
        wait_for_answer(anvil)
        yield anvil
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(states)


def wait_for_answer(anvil: Anvil) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            anvil.request("eth_chainId")
            return
        except requests.ConnectionError:
            assert anvil.process.poll() is None and time.monotonic() < deadline, "anvil does not start"
            time.sleep(0.05)


@dataclass(frozen=True)
class Deployment:
    """The contracts on the chain of `anvil`."""

    manager: str
    token: str
    beacon: str
    anvil: Anvil

    def create_task(self, creator: Rpc, parameters: Mapping[str, Any] | None = None) -> str:
        """Make a task; its address. `parameters` are fields of `protocol.parameters.Parameters` that differ from its defaults;
        without `definition` and `initial_model` these are digests of nothing that exists."""
        values = {"definition": sha256(b"definition").digest(), "initial_model": sha256(b"model").digest()} | dict(
            parameters or {}
        )
        with self.anvil.mining_at_once():
            return TaskManager(creator, self.manager).create_task(
                Parameters(**({"token": self.token, "beacon": self.beacon} | values))
            )

    def mint(self, payer: Rpc, account: str, amount_wei: int) -> None:
        """Give `account` so many wei of the token."""
        with self.anvil.mining_at_once():
            payer.send(payer.contract("TestToken", self.token).functions.mint(account, amount_wei))


def deploy_contracts(anvil: Anvil) -> Deployment:
    """The manager, a token and a beacon, from what Brownie compiled."""
    rpc = Rpc(anvil.url, account=anvil.accounts[0])
    with anvil.mining_at_once():
        manager, token, beacon = (
            rpc.deploy(name, load_bytecode(name)) for name in ("TaskManager", "TestToken", "FutureBlockBeacon")
        )
    return Deployment(manager, token, beacon, anvil)


def load_bytecode(name: str) -> str:
    artifact = ROOT / "build" / "contracts" / f"{name}.json"
    assert artifact.exists(), f"{artifact} is missing: run `make compile`"
    return str(json.loads(artifact.read_text())["bytecode"])


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with run_anvil() as chain:
        yield chain


@pytest.fixture(scope="module")
def deployment(anvil: Anvil) -> Deployment:
    return deploy_contracts(anvil)
