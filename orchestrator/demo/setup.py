"""Everything that must be there before the first round: chain, contracts, data, wallets, task and stakes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.anvil import Anvil
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.files import put_file
from orchestrator.adapters.keystore import create_keystore
from orchestrator.adapters.processes import find_tool, run
from orchestrator.adapters.torch_trainer import get_format, set_threads
from orchestrator.config import ROOT, Deployment, Settings, read_deployment
from orchestrator.data.dataset import Dataset, load_dataset
from orchestrator.data.partition import write_parts
from orchestrator.demo.plan import COIN, POOL_PER_ROUND, PUBLIC_DATA, STAKE, Plan
from orchestrator.ports import Storage
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address
from orchestrator.wiring.account import open_account
from orchestrator.wiring.connection import Connection, connect
from orchestrator.wiring.publish import publish
from orchestrator.wiring.store import open_store
from orchestrator.wiring.task import find_manager, mint, open_task

KEY_ITERATIONS = 1
"""Of the key derivation: the passwords are random, and the accounts are worth nothing."""

Step = Callable[[str], AbstractContextManager[None]]
"""Shows one step of the set-up while it lasts."""


@dataclass(frozen=True)
class Wallet:
    """An account, its encrypted key, and the file with its password."""

    address: Address
    connection: Connection


@dataclass(frozen=True)
class Setup:
    """Ready for the first round."""

    plan: Plan
    settings: Settings
    """As a participant would have them whose home is the demo's folder."""
    chain: Anvil
    contracts: Deployment
    storage: Storage
    creator: Wallet
    wallets: list[Wallet]
    datasets: list[Path]
    held_out: Dataset
    parameters: Parameters
    task: Address
    first_block: int
    """No event of the task is older."""

    def open(self, wallet: Wallet) -> Rpc:
        """The chain, with this account to sign."""
        return open_wallet(self.settings, wallet)

    def open_task(self, wallet: Wallet) -> TaskActs:
        """The task, as this account sees it."""
        return open_task(self.settings, wallet.connection, self.open(wallet), self.task)


def set_up(plan: Plan, folder: Path, chain: Anvil, store: str, step: Step) -> Setup:
    """Prepare everything but the nodes; the stakes are made by `join`."""
    set_threads(1)
    keystore, deployments = folder / "wallets" / "creator.json", folder / "deployments"
    settings = Settings(folder, chain.url, keystore, store, deployments)
    storage = open_store(store)
    with step("deploy the contracts with Brownie"):
        contracts = deploy(chain, settings)
    with step(f"share the data out to {plan.nodes} nodes"):
        datasets, held_out = share_data(plan, folder)
    with step("make wallets and give them coin"):
        creator, *wallets = make_wallets(keystore.parent, plan.nodes)
        chain.give_coin([wallet.address for wallet in [creator, *wallets]], COIN)
    with step("publish the model, create the task, fill its pool"):
        definition, model = publish(storage, plan.compose_definition(), plan.seed)
        parameters = plan.compose_parameters(find_test_token(contracts), contracts.beacon, definition, model)
        rpc = open_wallet(settings, creator)
        first_block = int(rpc.block()["number"])
        task = create_task(plan, settings, rpc, parameters)
    return Setup(plan, settings, chain, contracts, storage, creator, wallets, datasets, held_out, parameters, task, first_block)


def open_wallet(settings: Settings, wallet: Wallet) -> Rpc:
    return connect(settings, wallet.connection, open_account(settings, wallet.connection))


def deploy(chain: Anvil, settings: Settings) -> Deployment:
    """What `brownie run deploy` writes, here into the demo's own folder."""
    endpoint = f"STARLING_RPC={chain.url}"  # Brownie's networks are in a file; its `endpoint` is the one that can be told
    target = ["run", "deploy", "main", str(settings.deployments), "--network", "endpoint"]
    run(["env", endpoint, find_tool("brownie"), *target], cwd=ROOT, log=settings.home / "deploy.log")
    return read_deployment(chain.chain_id, settings.deployments)


def find_test_token(contracts: Deployment) -> Address:
    assert contracts.token is not None, "the deployment script makes one on every chain but main nets"
    return contracts.token


def share_data(plan: Plan, folder: Path) -> tuple[list[Path], Dataset]:
    """A file for each node, and the test set that no node has."""
    recipe = plan.find_recipe()
    datasets = write_parts(recipe.name, PUBLIC_DATA, folder / "data", plan.nodes, seed=plan.seed, alpha=plan.alpha)
    return datasets, load_dataset(folder / "data" / "held-out.safetensors", get_format(recipe))


def make_wallets(folder: Path, nodes: int) -> list[Wallet]:
    """The creator's and each node's: an encrypted key, and a random password in a file that only its owner can read."""
    names = ["creator", *(f"node-{number}" for number in range(1, nodes + 1))]
    return [make_wallet(folder / f"{name}.json") for name in names]


def make_wallet(keystore: Path) -> Wallet:
    password, file = secrets.token_urlsafe(24), keystore.with_suffix(".password")
    keystore.parent.mkdir(parents=True, exist_ok=True)
    put_file(file, password.encode(), mode=0o600)
    address = create_keystore(keystore, password, iterations=KEY_ITERATIONS)
    return Wallet(address, Connection(keystore=keystore, password_file=file))


def create_task(plan: Plan, settings: Settings, rpc: Rpc, parameters: Parameters) -> Address:
    """The new task's address; its pool is filled."""
    task = find_manager(settings, Connection(), rpc).create_task(parameters)
    opened = open_task(settings, Connection(), rpc, task)
    mint(rpc, parameters.token, rpc.signer.address, POOL_PER_ROUND * plan.rounds)
    opened.fund(POOL_PER_ROUND * plan.rounds)
    return task


def join(setup: Setup) -> None:
    """Every node's account stakes: the honest side by side, then the malicious ones."""
    honest = setup.plan.nodes - setup.plan.malicious_nodes
    with ThreadPoolExecutor(max_workers=setup.plan.nodes) as pool:
        tasks = list(pool.map(setup.open_task, setup.wallets))
        list(pool.map(lambda wallet: mint(setup.open(wallet), setup.parameters.token, wallet.address, STAKE), setup.wallets))
        list(pool.map(lambda task: task.join(STAKE), tasks[:honest]))
        list(pool.map(lambda task: task.join(STAKE), tasks[honest:]))
