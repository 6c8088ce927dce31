"""How many blocks does a round take when there is next to nothing to learn, and how many draws are sent for one that is needed?

    python scripts/benchmarks/blocks.py [--nodes 8] [--rounds 8] [--block-seconds 1 2]

Node processes on Anvil, which makes a block every so many seconds whatever is sent. The recipe is `digits`: training takes some
tenths of a second. Counted on the chain: blocks from one settling to the next, and transactions that nodes have sent to the
task, refused ones too, beside those that did something.
Needs `make compile`.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


from orchestrator.adapters.anvil import Anvil  # noqa: E402
from orchestrator.demo.nodes import Nodes  # noqa: E402
from orchestrator.demo.plan import Plan  # noqa: E402
from orchestrator.demo.setup import Setup, join, set_up  # noqa: E402

PATIENCE_SECONDS = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--block-seconds", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    print(
        "| block, s | rounds | blocks a round: least, median, mean, most | draws sent | needed | transactions sent | needed |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for block_seconds in options.block_seconds:
        print(measure(options.nodes, options.rounds, block_seconds), flush=True)


def measure(nodes: int, rounds: int, block_seconds: int) -> str:
    """A row of the table. Rounds are those after the first: it waits for the nodes to start."""
    with tempfile.TemporaryDirectory() as folder, Anvil(Path(folder), block_seconds=block_seconds) as chain:
        plan = Plan(nodes=nodes, rounds=rounds, malicious=0, recipe="digits", report=Path(folder) / "report.json")
        setup = set_up(plan, Path(folder), chain, f"local:{folder}/store", _quietly)
        join(setup)
        with Nodes(setup, print) as running:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not all(node.has_ended for node in running.all):
                if time.monotonic() > deadline:
                    raise SystemExit(f"not over in {PATIENCE_SECONDS} s: look at the nodes")
                time.sleep(1)
        events = setup.open(setup.creator).events(setup.open_task(setup.creator).reader.contract, first=0)
        settled = [event["blockNumber"] for event in events if event["event"] == "RoundSettled"]
        drawn = sum(event["event"] == "RoundDrawn" for event in events)
        blocks = [later - earlier for earlier, later in itertools.pairwise(settled)]
        figures = f"{min(blocks)}, {statistics.median(blocks):g}, {statistics.mean(blocks):.2f}, {max(blocks)}"
        draws, sent, done = count_sent(setup)
        return f"| {block_seconds} | {len(blocks)} | {figures} | {draws} | {drawn} | {sent} | {done} |"


def count_sent(setup: Setup) -> tuple[int, int, int]:
    """Of the transactions that nodes have sent to the task: those that call `draw`, all, and those that were not refused."""
    task = setup.open_task(setup.creator).reader.contract
    draw, chain = "0x" + task.functions.draw().data.hex(), setup.chain
    draws = sent = done = 0
    for number in range(setup.first_block, int(chain.request("eth_blockNumber"), 16) + 1):
        transactions = chain.request("eth_getBlockByNumber", hex(number), True)["transactions"]
        receipts = chain.request("eth_getBlockReceipts", hex(number)) if transactions else []
        for transaction, receipt in zip(transactions, receipts, strict=True):
            if (transaction.get("to") or "").lower() == task.address.lower():
                draws += transaction["input"] == draw
                sent += 1
                done += receipt["status"] == "0x1"
    return draws, sent, done


@contextmanager
def _quietly(step: str) -> Iterator[None]:
    print(step, file=sys.stderr)
    yield


if __name__ == "__main__":
    main()
