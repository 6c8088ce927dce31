"""`starling node run`: real nodes, their logs, how they end."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from safetensors.numpy import load_file

from orchestrator.data.partition import write_parts
from orchestrator.protocol.cid import compute_digest, to_cid
from tests.integration.cli_harness import Cli, make_cli
from tests.integration.conftest import Anvil, Deployment


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, anvil: Anvil, deployment: Deployment) -> Cli:
    return make_cli(tmp_path_factory.mktemp("home"), anvil, deployment)


@pytest.fixture(scope="module")
def datasets(cli: Cli) -> list[Path]:
    return write_parts("digits", cli.home, cli.home / "data", 4, seed=1)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """What a test starts ends with it."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def read_events(text: str) -> list[dict[str, Any]]:
    """One JSON document a line, each with a time and a name."""
    events = [json.loads(line) for line in text.splitlines()]
    assert all(event["time"].endswith("+00:00") and event["event"] for event in events)
    return events


def test_four_nodes_train_a_model_and_are_paid(
    cli: Cli, anvil: Anvil, datasets: list[Path], started: list[subprocess.Popen[str]]
) -> None:
    with anvil.mining_at_once():
        task = cli.create_task(
            *("--rounds", 1, "--proposers", 1, "--min-participants", 4, "--exit-delay", 0, "--pool", 90),
            *("--train-window", 120, "--commit-window", 120, "--reveal-window", 120),
        )
        for key in (1, 2, 3, 4):
            cli.json("stake", task, 100, key=key)
        operator = anvil.accounts[5].address
        cli.json("operator", "set", task, operator, key=2)
    for key, dataset in enumerate(datasets, start=1):
        options = ["--log", "json", "--threads", 1, "--turn", 1, "--poll", 1, *(["--no-withdraw"] if key == 1 else [])]
        if key == 2:  # by its operator (R6a)
            options += ["--account", anvil.accounts[key].address]
        started.append(cli.start("node", "run", task, "--data", dataset, *options, key=5 if key == 2 else key))
    logs = []
    for process in started:
        out, err = process.communicate(timeout=100)
        assert (process.returncode, err) == (0, ""), (out, err)
        logs.append(read_events(out))
    for log in logs:
        assert [event["event"] for event in log if event["event"] in ("started", "stopped")] == ["started", "stopped"]
        assert log[-1]["why"] == "the task is over"
    votes = [event for log in logs for event in log if event["event"] == "ballot.made"]
    assert len(votes) == 3 and {vote["score"] for vote in votes} == {1}
    for log in logs:  # one line a round: what it was, and by which rule
        (line,) = (event for event in log if event["event"] == "round.settled")
        assert (line["round"], line["outcome"], line["earned"], line["penalty"]) == (1, "accepted", "22.5", "0")
        assert (line["rule"], line["fault"]) == ("R18", "")
        assert [event["event"] for event in log].count("alive") == 1
    with anvil.mining_at_once():
        assert cli.json("claim", task, key=1)["amount"] == "22.5"
        assert cli.json("withdraw", task, key=1)["stake"] == "100"
    assert [cli.json("wallet", "show", key=key)["token"] for key in (1, 2, 3, 4)] == ["1022.5"] * 4
    output = cli.home / "model.safetensors"
    pulled = cli.json("model", "pull", task, "--output", output)
    assert pulled["global_model"]["cid"] == to_cid(compute_digest(output.read_bytes()))
    assert pulled["global_model"]["digest"] == "0x" + votes[0]["aggregate"]
    assert load_file(output)["output.bias"].shape == (10,)
    # Started again after the end, a node has nothing to do and says so.
    again = cli("node", "run", task, "--data", datasets[0], key=1)
    assert again.code == 0 and "the task is over" in again.out and "round.settled" not in again.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_node_stops_when_it_is_told_to(
    cli: Cli, anvil: Anvil, datasets: list[Path], started: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    with anvil.mining_at_once():
        task = cli.create_task()
        cli.json("stake", task, 100, key=4)
    node = cli.start("node", "run", task, "--data", datasets[0], "--log", "json", "--metrics", 0, key=4)
    started.append(node)
    assert node.stdout
    first = json.loads(node.stdout.readline())
    assert first["part"] == "metrics" and first["found"].startswith("http://127.0.0.1:")
    while json.loads(node.stdout.readline())["event"] != "alive":
        pass
    address = first["found"].removesuffix("/metrics, /healthz and /readyz")
    assert '"is_ok": true' in requests.get(f"{address}/readyz", timeout=10).text
    assert 'starling_phase{phase="enrolling"} 1.0' in requests.get(f"{address}/metrics", timeout=10).text
    second = cli("node", "run", task, "--data", datasets[0], key=4)
    assert second.code == 1 and "runs already" in second.err
    node.send_signal(number)
    out, err = node.communicate(timeout=20)
    assert (node.returncode, err) == (0, "")
    assert (read_events(out)[-1]["event"], read_events(out)[-1]["why"]) == ("stopped", f"received {number.name}")
