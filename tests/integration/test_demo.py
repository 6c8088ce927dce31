"""The demo itself, small: real chain, real contracts, real nodes, a node that dies, and an end at any time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NODES, ROUNDS = 5, 3
ROUND_KEYS = {
    "number",
    "outcome",
    "winner",
    "weight_for",
    "weight_against",
    "reward",
    "turnout",
    "condemned",
    "proposers",
    "voters",
    "accuracy_before",
    "accuracy_after",
    "seconds_per_phase",
    "gas",
}
PARTICIPANT_KEYS = {
    "address",
    "malicious",
    "roles",
    "stake_start",
    "stake_end",
    "rewards",
    "slashed",
    "withdrawn",
    "faults",
}
FIRST_FAULTS = 10**18 * 1000 * (50 + 500) // 10_000
"""What a first fault as a voter and a first condemnation cost of a stake of 1,000 tokens."""


@contextmanager
def running_demo(report: Path) -> Iterator[subprocess.Popen[str]]:
    options = [
        "--recipe",
        "digits",
        "--nodes",
        str(NODES),
        "--rounds",
        str(ROUNDS),
        "--malicious",
        "1",
        "--report",
        str(report),
    ]
    command = [sys.executable, "-m", "orchestrator.cli.main", "demo", *options]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield demo
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGTERM)
            demo.wait()


def read_until(demo: subprocess.Popen[str], word: str) -> list[str]:
    """The lines up to the first that holds `word`, or to the end."""
    assert demo.stdout is not None
    lines: list[str] = []
    for line in demo.stdout:
        lines.append(line)
        if word in line:
            break
    return lines


def list_descendants(pid: int) -> dict[int, str]:
    """Process id → command line of everything that `pid` has started, however deep."""
    listing = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        children = {int(child): command for child, its_parent, command in rows if int(its_parent) == parent}
        found |= children
        waiting += children
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_demo_ends_with_everything_settled_withdrawn_and_paid_although_a_node_dies(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with running_demo(path) as demo:
        said = read_until(demo, "training")
        nodes = [pid for pid, command in list_descendants(demo.pid).items() if " node run " in command or ".liar " in command]
        assert len(nodes) == NODES
        os.kill(nodes[0], signal.SIGKILL)
        said += read_until(demo, "nothing says this")
        assert demo.wait() == 0, "".join(said)
    assert any("node 1 ended too early and is started again" in line for line in said)
    check_report(json.loads(path.read_text()))


def check_report(report: dict[str, Any]) -> None:
    assert list(report) == ["chain", "contracts", "rounds", "participants", "tokens"]
    assert report["chain"]["client"].startswith("anvil") and report["chain"]["id"] == 31337 and report["chain"]["blocks"] > 0
    assert list(report["contracts"]) == ["manager", "beacon", "token", "task"]
    check_rounds(report["rounds"], {participant["address"] for participant in report["participants"]})
    check_money(report)
    check_verdicts(report)


def check_rounds(rounds: list[dict[str, Any]], accounts: set[str]) -> None:
    assert [round["number"] for round in rounds] == list(range(1, len(rounds) + 1))
    assert len([round for round in rounds if round["outcome"] != "void"]) == ROUNDS
    for round in rounds:
        assert set(round) == ROUND_KEYS
        assert round["outcome"] in {"accepted", "rejected", "void"}
        assert round["winner"] is not None or round["outcome"] == "void"
        assert set(round["condemned"]) <= set(round["proposers"])
        assert int(round["turnout"]) > 0
        assert set(round["proposers"]) | set(round["voters"]) <= accounts
        assert not set(round["proposers"]) & set(round["voters"])
        assert round["gas"] > 0
        assert list(round["seconds_per_phase"]) == ["drawing", "training", "committing", "revealing", "settling"]
    for earlier, later in pairwise(rounds):
        assert later["accuracy_before"] == earlier["accuracy_after"]
    # Only honest nodes are in the first draw, so what they learn is accepted.
    assert rounds[0]["outcome"] == "accepted" and rounds[0]["accuracy_after"] > 0.6 > rounds[0]["accuracy_before"]


def check_money(report: dict[str, Any]) -> None:
    participants, tokens = report["participants"], {name: int(amount) for name, amount in report["tokens"].items()}
    assert [participant["malicious"] for participant in participants] == [False] * (NODES - 1) + [True]
    for participant in participants:
        assert set(participant) == PARTICIPANT_KEYS
        assert int(participant["stake_end"]) == int(participant["stake_start"]) - int(participant["slashed"])
        assert int(participant["withdrawn"]) == int(participant["stake_end"]) + int(participant["rewards"])
    assert tokens["in"] == tokens["out"] + tokens["dust"]
    assert 0 <= tokens["dust"] <= NODES * len(report["rounds"])
    assert sum(int(participant["withdrawn"]) for participant in participants) <= tokens["out"]


def check_verdicts(report: dict[str, Any]) -> None:
    """R17a, R19, I10: an honest node loses no more than a first fault; a liar has one for everything it says or makes."""
    *honest, liar = report["participants"]
    assert sum(int(node["slashed"]) for node in honest) <= FIRST_FAULTS
    assert sum(node["faults"].get("minority", 0) for node in honest) <= 1
    duties = [number for number, role in liar["roles"].items() if role != "none"]
    decided = {str(round["number"]) for round in report["rounds"] if round["outcome"] != "void"}
    assert sum(liar["faults"].values()) >= len(decided.intersection(duties)) - 1
    assert int(liar["stake_end"]) < int(liar["stake_start"]) or not decided.intersection(duties)


def test_ctrl_c_ends_every_process_that_the_demo_started(tmp_path: Path) -> None:
    with running_demo(tmp_path / "report.json") as demo:
        said = read_until(demo, "training")
        started = list_descendants(demo.pid)
        assert len(started) >= NODES + 1, "".join(said)
        demo.send_signal(signal.SIGINT)
        assert demo.wait() == 130
    assert not [command for pid, command in started.items() if is_alive(pid)]
    assert not (tmp_path / "report.json").exists()
