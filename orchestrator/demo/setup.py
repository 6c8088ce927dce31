"""Everything that must be there before the first round: chain, contracts, data, wallets, task and stakes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.anvil import Anvil
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.keystore import create_keystore, open_keystore
from orchestrator.adapters.processes import find_tool, run
from orchestrator.adapters.stores.ipfs import IpfsStore
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.adapters.torch_trainer import get_format, initial_model, set_threads
from orchestrator.data.dataset import Dataset, load_dataset
from orchestrator.data.partition import write_parts
from orchestrator.demo.plan import COIN, POOL_PER_ROUND, PUBLIC_DATA, ROOT, STAKE, Plan
from orchestrator.learning.definition import encode_definition
from orchestrator.ports import Storage
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address

KEY_ITERATIONS = 1
"""Of the key derivation: the passwords are random, and the accounts are worth nothing."""

Step = Callable[[str], AbstractContextManager[None]]
"""Shows one step of the set-up while it lasts."""


@dataclass(frozen=True)
class Wallet:
    """An account's encrypted key and the file with its password."""

    address: Address
    keystore: Path
    password: Path

    def open(self, chain: Anvil) -> Rpc:
        """The chain, with this account to sign."""
        return Rpc(chain.url, account=open_keystore(self.keystore, self.password.read_text().strip()))


@dataclass(frozen=True)
class Contracts:
    """What Brownie deployed."""

    chain_id: int
    manager: Address
    token: Address
    beacon: Address


@dataclass(frozen=True)
class Setup:
    """Ready for the first round."""

    plan: Plan
    folder: Path
    chain: Anvil
    contracts: Contracts
    storage: Storage
    store: str
    """The store as `--store` takes it."""
    creator: Wallet
    wallets: list[Wallet]
    datasets: list[Path]
    held_out: Dataset
    parameters: Parameters
    task: Address
    first_block: int
    """No event of the task is older."""


def set_up(plan: Plan, folder: Path, chain: Anvil, store: str, step: Step) -> Setup:
    """Prepare everything but the nodes; the stakes are made by `join`."""
    set_threads(1)
    storage = open_store(store)
    with step("deploy the contracts with Brownie"):
        contracts = deploy(chain, folder)
    with step(f"share the data out to {plan.nodes} nodes"):
        datasets, held_out = share_data(plan, folder)
    with step("make wallets and give them coin"):
        creator, *wallets = make_wallets(folder, plan.nodes)
        chain.give_coin([wallet.address for wallet in [creator, *wallets]], COIN)
    with step("publish the model, create the task, fill its pool"):
        parameters = publish(plan, contracts, storage)
        rpc = creator.open(chain)
        first_block = int(rpc.block()["number"])
        task = create_task(plan, rpc, contracts, parameters)
    return Setup(
        plan, folder, chain, contracts, storage, store, creator, wallets, datasets, held_out, parameters, task, first_block
    )


def open_store(store: str) -> Storage:
    """The store that `store` names, as the nodes' `--store` does."""
    kind, _, where = store.partition(":")
    return LocalStore(Path(where)) if kind == "local" else IpfsStore(where)


def deploy(chain: Anvil, folder: Path) -> Contracts:
    """What `brownie run deploy` writes, here into the demo's own folder."""
    endpoint = f"STARLING_RPC={chain.url}"  # Brownie's networks are in a file; its `endpoint` is the one that can be told
    target = folder / "deployments"
    command = ["env", endpoint, find_tool("brownie"), "run", "deploy", "main", str(target), "--network", "endpoint"]
    run(command, cwd=ROOT, log=folder / "deploy.log")
    (written,) = target.glob("*.json")
    known = json.loads(written.read_text())
    return Contracts(known["chain_id"], known["manager"], known["token"], known["beacon"])


def share_data(plan: Plan, folder: Path) -> tuple[list[Path], Dataset]:
    """A file for each node, and the test set that no node has."""
    recipe = plan.find_recipe()
    datasets = write_parts(recipe.name, PUBLIC_DATA, folder / "data", plan.nodes, seed=plan.seed, alpha=plan.alpha)
    return datasets, load_dataset(folder / "data" / "held-out.safetensors", get_format(recipe))


def make_wallets(folder: Path, nodes: int) -> list[Wallet]:
    """The creator's and each node's: an encrypted key, and a random password in a file that only its owner can read."""
    names = ["creator", *(f"node-{number}" for number in range(1, nodes + 1))]
    return [make_wallet(folder / "wallets" / f"{name}.json") for name in names]


def make_wallet(keystore: Path) -> Wallet:
    password = keystore.with_suffix(".password")
    keystore.parent.mkdir(parents=True, exist_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    return Wallet(create_keystore(keystore, password.read_text(), iterations=KEY_ITERATIONS), keystore, password)


def publish(plan: Plan, contracts: Contracts, storage: Storage) -> Parameters:
    """Put the model definition and the first global model into the store; the task's parameters, which name them."""
    definition = storage.put(encode_definition(plan.compose_definition()))
    model = storage.put(initial_model(plan.find_recipe(), plan.seed))
    return plan.compose_parameters(contracts.token, contracts.beacon, definition, model)


def create_task(plan: Plan, rpc: Rpc, contracts: Contracts, parameters: Parameters) -> Address:
    """The new task's address; its pool is filled."""
    task = TaskManager(rpc, contracts.manager).create_task(parameters)
    mint(rpc, contracts.token, POOL_PER_ROUND * plan.rounds)
    TaskActs(TaskReader(rpc, task)).fund(POOL_PER_ROUND * plan.rounds)
    return task


def mint(rpc: Rpc, token: Address, amount_wei: int) -> None:
    """Test tokens are free for everybody."""
    assert rpc.account is not None
    rpc.send(rpc.contract("TestToken", token).functions.mint(rpc.account.address, amount_wei))


def join(setup: Setup) -> None:
    """Every node's account stakes: the honest side by side, then the malicious ones."""
    endpoints = [wallet.open(setup.chain) for wallet in setup.wallets]
    honest = setup.plan.nodes - setup.plan.malicious
    with ThreadPoolExecutor(max_workers=len(endpoints)) as pool:
        list(pool.map(lambda rpc: mint(rpc, setup.contracts.token, STAKE), endpoints))
        list(pool.map(lambda rpc: _join(rpc, setup), endpoints[:honest]))
        list(pool.map(lambda rpc: _join(rpc, setup), endpoints[honest:]))


def _join(rpc: Rpc, setup: Setup) -> None:
    TaskActs(TaskReader(rpc, setup.task)).join(STAKE)
