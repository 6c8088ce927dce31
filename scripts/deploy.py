"""Deploys the contracts: `brownie run deploy [main FOLDER] [--network NAME]`.

Writes `FOLDER/<chain id>.json` (FOLDER: orchestrator/deployments) with chain_id, block, beacon, lens, manager and token. Where
that file names contracts that have the code of this checkout, it says so and changes nothing; what is missing or has another
code is deployed, and a manager whose tasks have another code or another lens is another one, too. On main nets there is no test
token, and `token` is null.

The chain of `--network development` ends with the run. It has a chain id of its own (1337, scripts/networks.yaml), so that its
file never stands in for that of a chain that still runs (Anvil's: 31337).

The endpoint's first unlocked account pays; where there is none, the Brownie account `deployer` (`brownie accounts new
deployer`).
"""

import json
import threading
from pathlib import Path
from typing import Any

from brownie import FLTask, FutureBlockBeacon, TaskLens, TaskManager, TestToken, accounts, chain, rpc, web3

FOLDER = Path(__file__).resolve().parent.parent / "orchestrator" / "deployments"
TEST_CHAINS = {1337, 5777, 31337, 17000, 80002, 84532, 421614, 560048, 11155111, 11155420}
"""Local chains, and the public test nets of Ethereum, Polygon, Base, Arbitrum and Optimism."""
CONTRACTS = {"beacon": FutureBlockBeacon, "lens": TaskLens, "manager": TaskManager, "token": TestToken}
"""In the order of deploying: the manager is told of the lens."""


def main(folder: str = str(FOLDER)) -> dict[str, Any]:
    path = Path(folder) / f"{chain.id}.json"
    known = read_known(path)
    wanted = {name: container for name, container in CONTRACTS.items() if name != "token" or chain.id in TEST_CHAINS}
    missing = [name for name, container in wanted.items() if not has_code(known.get(name), container)]
    if "manager" not in missing and ("lens" in missing or not makes_our_tasks(known["manager"], known["lens"])):
        missing.append("manager")
    if not missing:
        print(f"{path}: all contracts are there, nothing to do")
        return known
    first_block = web3.eth.block_number if "manager" in missing else known["block"]
    deployer = accounts[0] if len(accounts) else accounts.load("deployer")
    addresses: dict[str, str] = {}
    for name, container in wanted.items():
        values = (FLTask.bytecode, addresses["lens"]) if name == "manager" else ()
        addresses[name] = deploy(container, deployer, *values) if name in missing else known[name]
    wait_for_brownie()
    return write(path, {"chain_id": chain.id, "block": first_block, "token": None} | addresses)


def read_known(path: Path) -> dict[str, Any]:
    """What an earlier run wrote for this chain; nothing if there is no such file, or none that can be read."""
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) and known.get("chain_id") == chain.id else {}


def has_code(address: Any, container: Any) -> bool:
    """Whether `container`'s code is at `address`; immutable values, which the artifact holds as zeros, may be anything."""
    if not isinstance(address, str) or not web3.is_address(address):
        return False
    expected, actual = bytes.fromhex(container._build["deployedBytecode"]), bytes(web3.eth.get_code(address))
    return len(actual) == len(expected) and all(want in (0, found) for want, found in zip(expected, actual, strict=True))


def makes_our_tasks(manager: str, lens: str) -> bool:
    """Whether the task manager makes tasks of this checkout's code and names this lens: both are immutable values."""
    functions = web3.eth.contract(address=web3.to_checksum_address(manager), abi=TaskManager.abi).functions
    told = (bytes(functions.taskCodeHash().call()), functions.lens().call())
    return told == (bytes(web3.keccak(hexstr=FLTask.bytecode)), web3.to_checksum_address(lens))


def deploy(container: Any, deployer: Any, *values: Any) -> str:
    """The new address. Not `deployer.deploy`: that keeps files by address, over which the next local chain stumbles."""
    transaction = deployer.transfer(data=container.deploy.encode_input(*values), silent=True)
    if transaction.status != 1:
        raise RuntimeError(f"{container._name} could not be deployed: {transaction.revert_msg}")
    print(f"{container._name}: {transaction.contract_address} (gas {transaction.gas_used})")
    return str(transaction.contract_address)


def write(path: Path, deployment: dict[str, Any]) -> dict[str, Any]:
    """`block`: no event of the task manager is older."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(deployment, indent=2) + "\n")
    print(f"wrote {path}")
    return deployment


def wait_for_brownie() -> None:
    """On a chain of its own Brownie notes transactions in threads, which must not find that chain gone."""
    if not rpc.is_active():
        return
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        thread.join(1.0)
