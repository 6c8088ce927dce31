"""What does a node cost its machine and its endpoint, but for learning?

    python scripts/benchmarks/node_cost.py [--nodes 8] [--rounds 6] [--block-seconds 1] [--idle SECONDS]

The nodes' own code on Anvil: rounds, signatures, artifacts, aggregation and public tests, with a trainer that answers at once.
All nodes are threads of this process, so that its CPU time is theirs. Requests are counted where they are sent. With `--idle`
instead: what nodes ask for that wait in a task for one more member, one of them without a bell. Needs `make compile`.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar

import numpy as np
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from orchestrator.adapters.anvil import Anvil  # noqa: E402
from orchestrator.adapters.chain.bell import listen  # noqa: E402
from orchestrator.adapters.chain.deploying import deploy_contracts  # noqa: E402
from orchestrator.adapters.chain.rpc import Rpc  # noqa: E402
from orchestrator.adapters.chain.task_chain import TaskChain  # noqa: E402
from orchestrator.adapters.chain.task_manager import TaskManager  # noqa: E402
from orchestrator.adapters.notebook import FileNotebook  # noqa: E402
from orchestrator.adapters.stores.local import LocalStore  # noqa: E402
from orchestrator.effects import World  # noqa: E402
from orchestrator.learning.artifact import decode, encode, read_layout  # noqa: E402
from orchestrator.learning.definition import Definition, encode_definition  # noqa: E402
from orchestrator.node import Node  # noqa: E402
from orchestrator.ports import Losses, Progress  # noqa: E402
from orchestrator.protocol.duties import Policy  # noqa: E402
from orchestrator.protocol.parameters import Parameters  # noqa: E402
from orchestrator.wiring.publish import compose_definition  # noqa: E402

STAKE = 10**20
WARM_UP_SECONDS = 75
PARAMETERS = 2410
"""Of the model: as many as `digits` has."""


class InstantTrainer:
    """Learns nothing: every update moves in a direction of its own, and all models are as good."""

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        dice = np.random.default_rng(seed)
        return encode(
            {name: value + dice.normal(size=value.shape).astype("float32") for name, value in decode(global_model).items()}
        )

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        return [Losses(1.0, 1.0) for _ in models]


class CountingSession(requests.Session):
    """Counts what is asked, by method."""

    asked: ClassVar[Counter[str]] = Counter()

    def post(self, url: Any, data: Any = None, json: Any = None, **options: Any) -> requests.Response:
        text = data if isinstance(data, bytes) else str(data).encode()
        self.asked[text.split(b'"method": "')[-1].split(b'"')[0].decode()] += 1
        return super().post(url, data, json, **options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--block-seconds", type=int, default=1)
    parser.add_argument("--idle", type=int, metavar="SECONDS")
    options = parser.parse_args()
    requests.Session = CountingSession  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        if options.idle:
            measure_idle(options.nodes, options.block_seconds, options.idle, Path(folder))
        else:
            measure(options.nodes, options.rounds, options.block_seconds, Path(folder))


def measure_idle(nodes: int, block_seconds: int, seconds: int, folder: Path) -> None:
    """After a time to get there: who hears no bell looks ever less often."""
    with Anvil(folder, block_seconds=block_seconds) as chain:
        members, definition, store, model = set_up(chain, folder, nodes, 1, nodes + 1)
        for is_heard, one in ((True, members[0]), (False, members[1])):
            world = make_world(one, folder, 0 if is_heard else 1, definition, store, model)
            node, bell, ended = (
                Node(world, FileNotebook(folder / f"notes-{is_heard}.json"), Policy()),
                one.reader.rpc.bell,
                Event(),
            )
            if is_heard:
                listen([chain.ws_url], one.task, bell, ended.is_set, world.log)
            run = Thread(target=node.run, args=(bell, ended.is_set), daemon=True)
            run.start()
            time.sleep(WARM_UP_SECONDS)
            CountingSession.asked.clear()
            time.sleep(seconds)
            count = sum(CountingSession.asked.values())
            ended.set()
            print(
                f"idle among {nodes} members, {'with' if is_heard else 'without'} a bell: {count} requests in {seconds} s, "
                f"{count * 86_400 / seconds:.0f} a day: {dict(CountingSession.asked)}"
            )


def measure(nodes: int, rounds: int, block_seconds: int, folder: Path) -> None:
    with Anvil(folder, block_seconds=block_seconds) as chain:
        chains, definition, store, model = set_up(chain, folder, nodes, rounds, nodes)
        runs = []
        ended = Event()
        for number, one in enumerate(chains):
            world = make_world(one, folder, number, definition, store, model)
            node, bell = Node(world, FileNotebook(folder / f"notes-{number}.json"), Policy(turn_seconds=1)), one.reader.rpc.bell
            listen([chain.ws_url], one.task, bell, ended.is_set, world.log)
            runs.append(Thread(target=node.run, args=(bell, lambda: False), kwargs={"poll_seconds": 1.0}))
        CountingSession.asked.clear()
        cpu, clock = time.process_time(), time.monotonic()
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        cpu, clock = time.process_time() - cpu, time.monotonic() - clock
        ended.set()
    asked, shares = CountingSession.asked, nodes * rounds
    print(f"{nodes} nodes, {rounds} rounds, blocks of {block_seconds} s, {clock:.0f} s")
    print(f"a participant's round: {sum(asked.values()) / shares:.1f} requests, {cpu / shares:.3f} CPU s")
    for method, count in asked.most_common():
        print(f"  {count / shares:6.2f} {method}")


def set_up(
    chain: Anvil, folder: Path, nodes: int, rounds: int, needed: int
) -> tuple[list[TaskChain], Definition, LocalStore, bytes]:
    """A task with so many members of those that it needs."""
    store, model = LocalStore(folder / "store"), encode({"weight": np.zeros(PARAMETERS, "float32")})
    definition = compose_definition("digits")
    creator = Rpc(chain.url, account=chain.accounts[0])
    with chain.mining_at_once():
        contracts = deploy_contracts(creator)
        parameters = Parameters(
            token=contracts.token,
            beacon=contracts.beacon,
            definition=store.put(encode_definition(definition)),
            initial_model=store.put(model),
            rounds=rounds,
            min_participants=needed,
            max_participants=needed,
            exit_delay=1,
        )
        task = TaskManager(creator, contracts.manager).create_task(parameters)
        return [join(chain, number, task, contracts) for number in range(nodes)], definition, store, model


def make_world(one: TaskChain, folder: Path, number: int, definition: Definition, store: LocalStore, model: bytes) -> World:
    drafts, secret = LocalStore(folder / f"drafts-{number}"), one.derive_secret("train")
    return World(one, store, drafts, InstantTrainer(), definition, read_layout(model), secret, lambda event, **values: None)


def join(chain: Anvil, number: int, task: str, contracts: Any) -> TaskChain:
    rpc = Rpc(chain.url, account=chain.accounts[1 + number])
    rpc.send(rpc.contract("TestToken", contracts.token).functions.mint(rpc.signer.address, STAKE))
    one = TaskChain(rpc, task, contracts.lens)
    one.join(STAKE)
    return one


if __name__ == "__main__":
    main()
