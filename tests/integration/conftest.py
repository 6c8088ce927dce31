"""A real chain for each test file: Anvil with one-second blocks, and the contracts on it.

def test_something(anvil, deployment):
    rpc = Rpc(anvil.url, account=anvil.accounts[0])
    task = deployment.create_task(rpc, {"rounds": 3, "min_stake": 100 * 10**18})
    deployment.mint(rpc, rpc.account.address, 10**21)
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.anvil import Anvil
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.stores.kubo import find_kubo
from orchestrator.errors import Fatal
from orchestrator.protocol.parameters import Parameters
from orchestrator.wiring.task import mint

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def run_anvil(*, mines: bool = True) -> Iterator[Anvil]:
    """A fresh chain on a free port; what it writes goes with it."""
    with tempfile.TemporaryDirectory(prefix="anvil-") as folder, Anvil(Path(folder), mines=mines) as chain:
        yield chain


@dataclass(frozen=True)
class Deployment:
    """The contracts on the chain of `anvil`."""

    manager: str
    lens: str
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
            mint(payer, self.token, account, amount_wei)


def deploy_contracts(anvil: Anvil) -> Deployment:
    """The manager, its lens, a token and a beacon, from what Brownie compiled."""
    rpc = Rpc(anvil.url, account=anvil.accounts[0])
    with anvil.mining_at_once():
        lens, token, beacon = (rpc.deploy(name, load_bytecode(name)) for name in ("TaskLens", "TestToken", "FutureBlockBeacon"))
        manager = deploy_manager(rpc, lens)
    return Deployment(manager, lens, token, beacon, anvil)


def deploy_manager(rpc: Rpc, lens: str) -> str:
    """It carries the task's code, and knows the lens."""
    return rpc.deploy("TaskManager", load_bytecode("TaskManager"), bytes.fromhex(load_bytecode("FLTask")), lens)


def load_bytecode(name: str) -> str:
    artifact = ROOT / "build" / "contracts" / f"{name}.json"
    assert artifact.exists(), f"{artifact} is missing: run `make compile`"
    return str(json.loads(artifact.read_text())["bytecode"]).removeprefix("0x")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with run_anvil() as chain:
        yield chain


@pytest.fixture(scope="module")
def deployment(anvil: Anvil) -> Deployment:
    return deploy_contracts(anvil)


@pytest.fixture(scope="session")
def binary(request: pytest.FixtureRequest) -> Path:
    """Kubo, from .starling/bin (where the set-up builds it) or PATH. Tests that need it are skipped without it, unless
    STARLING_REQUIRE_KUBO=1 says that they must run."""
    built = ROOT / ".starling" / "bin" / "ipfs"
    try:
        return find_kubo(built if built.exists() else None)
    except Fatal as error:
        reason = f"{error}: {error.hint}"
        if os.environ.get("STARLING_REQUIRE_KUBO") == "1":
            pytest.fail(f"STARLING_REQUIRE_KUBO=1, but {reason}", pytrace=False)
        with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
            print(f"\nskipped: {reason}")
        pytest.skip(reason)
