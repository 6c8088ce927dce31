"""What a task costs in all, for three ways of deploying it: `python scripts/benchmarks/task_deployment.py [rounds]`.

A task with 20 members (4 proposers, 16 voters) on Anvil: making it, joining, funding, every act of every round. Everybody acts
and agrees, each transaction is on its own. Gas is exact, so one run is enough.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

ROOT = Path(__file__).resolve().parents[2]
MEMBERS, PROPOSERS = 20, 4
FOREVER = 10**6
STAKE, POOL = 10**19, 10**22
AGGREGATE, SALT, LOSSES = b"\x07" * 32, b"\x05" * 32, (10**9, 9 * 10**8)


@contextmanager
def run_anvil() -> Iterator[Web3]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["anvil", "--port", str(port), "--hardfork", "shanghai", "--accounts", str(MEMBERS + 1), "--quiet"]
    command[0] = str(Path(sys.executable).parent / "anvil")
    process = subprocess.Popen(command)
    try:
        web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        while not web3.is_connected():
            time.sleep(0.1)
        yield web3
    finally:
        process.kill()


class Bench:
    """One chain; adds up the gas of what it sends."""

    def __init__(self, web3: Web3) -> None:
        self.web3, self.gas = web3, 0
        self.creator, *self.members = web3.eth.accounts

    def send(self, function: Any, sender: str, gas: int = 3_000_000) -> Any:
        sent = function.transact({"from": sender, "gas": gas})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)
        assert receipt["status"] == 1, function
        self.gas += receipt["gasUsed"]
        return receipt

    def load(self, name: str, address: str) -> Any:
        return self.web3.eth.contract(address=Web3.to_checksum_address(address), abi=artifact(name)["abi"])

    def deploy(self, name: str, *arguments: Any) -> Any:
        known = artifact(name)
        constructor = self.web3.eth.contract(abi=known["abi"], bytecode=known["bytecode"]).constructor(*arguments)
        return self.load(name, self.send(constructor, self.creator, 29_000_000)["contractAddress"])


def artifact(name: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((ROOT / "build" / "contracts" / f"{name}.json").read_text())
    return known


def compose_parameters(token: str, beacon: str, rounds: int) -> tuple[Any, ...]:
    counts = (10**18, rounds, MEMBERS, MEMBERS, PROPOSERS, 0, 5000, 500, 3000, 1000, 2000, 1000)
    return (token, beacon, b"\1" * 32, b"\2" * 32, bytes(32), *counts, FOREVER, FOREVER, FOREVER, 10, 3600)


def make_task(bench: Bench, variant: str, parameters: tuple[Any, ...]) -> Any:
    """The task; only what each new task costs is counted, not what is deployed once for all."""
    if variant == "full deployment":
        bench.gas = 0
        return bench.deploy("FullTask", parameters, bench.creator)
    if variant == "plain clone":
        implementation, clones = bench.deploy("StoredTask"), bench.deploy("PlainClones")
        bench.gas = 0
        receipt = bench.send(clones.functions.clone(implementation.address, parameters), bench.creator)
        return bench.load("FLTask", clones.events.Cloned().process_receipt(receipt)[0]["args"]["task"])
    manager = bench.deploy("TaskManager")
    bench.gas = 0
    bench.send(manager.functions.createTask(parameters), bench.creator)
    return bench.load("FLTask", manager.functions.tasksFrom(0, 1).call()[0])


def enrol(bench: Bench, task: Any, token: Any) -> None:
    for account, amount in [(bench.creator, POOL), *((member, STAKE) for member in bench.members)]:
        before = bench.gas
        bench.send(token.functions.mint(account, amount), account)
        bench.send(token.functions.approve(task.address, amount), account)
        bench.gas = before
    bench.send(task.functions.fund(POOL), bench.creator)
    for member in bench.members:
        bench.send(task.functions.join(STAKE, []), member)


def play_round(bench: Bench, task: Any, round: int) -> None:
    bench.web3.provider.make_request("anvil_mine", ["0x3"])  # type: ignore[arg-type]
    bench.send(task.functions.draw(), bench.creator)
    roles = {member: task.functions.roleOf(member, round).call() for member in bench.members}
    for member in (member for member, role in roles.items() if role == 1):
        bench.send(task.functions.submitUpdate(Web3.keccak(text=f"{round} {member}")), member)
    voters = [member for member, role in roles.items() if role == 2]
    for voter in voters:
        commitment = task.functions.commitmentOf(round, voter, AGGREGATE, 1, *LOSSES, SALT).call()
        bench.send(task.functions.commitVote(commitment), voter)
    for voter in voters:
        bench.send(task.functions.revealVote(AGGREGATE, 1, *LOSSES, SALT), voter)
    bench.send(task.functions.settle(), bench.creator)


def measure(variant: str, rounds: int) -> tuple[int, int, int]:
    """Gas of making the task, of a round when all is warm, and of everything."""
    with run_anvil() as web3:
        bench = Bench(web3)
        token, beacon = bench.deploy("TestToken"), bench.deploy("FutureBlockBeacon")
        task = make_task(bench, variant, compose_parameters(token.address, beacon.address, rounds))
        made = bench.gas
        enrol(bench, task, token)
        before = bench.gas
        for round in range(1, rounds + 1):
            before = bench.gas
            play_round(bench, task, round)
        return made, bench.gas - before, bench.gas


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{MEMBERS} members, {PROPOSERS} proposers, {rounds} rounds; gas")
    print(f"{'':32}{'making it':>12}{'last round':>12}{'in all':>14}")
    for variant in ("clone with immutable arguments", "plain clone", "full deployment"):
        made, last, total = measure(variant, rounds)
        print(f"{variant:32}{made:>12,}{last:>12,}{total:>14,}")


if __name__ == "__main__":
    main()
