"""A federation for tests: real wallets, datasets and `node run` processes on a real chain, and a hand that kills them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.adapters.keystore import create_keystore
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.config import Settings
from orchestrator.data.partition import write_parts
from orchestrator.demo.commands import compose_command
from orchestrator.simulation.liar import prepare_liar
from orchestrator.wiring.account import open_account
from orchestrator.wiring.connection import Connection, connect
from orchestrator.wiring.options import NodeOptions
from orchestrator.wiring.publish import compose_definition, publish
from tests.integration.conftest import ROOT, Anvil, Deployment

STAKE = 1000 * 10**18
POOL = 3000 * 10**18
PASSWORD = "only for this test"
LOOK_SECONDS = 0.02
DEADLINE_SECONDS = 500.0


@dataclass
class Participant:
    """One account and its node's process."""

    rpc: Rpc
    options: NodeOptions
    log: Path
    is_liar: bool = False
    process: subprocess.Popen[bytes] | None = None
    read: int = 0

    @property
    def address(self) -> str:
        assert self.rpc.account is not None
        return str(self.rpc.account.address)

    def start(self) -> None:
        options = self.options
        command = prepare_liar(options, self.log.with_suffix(".json")) if self.is_liar else compose_command(options)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self) -> None:
        """As a power failure would: no signal handler, no clean-up."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def read_new(self) -> list[dict[str, Any]]:
        """What the node has logged since the last look; lines cut short by a kill are dropped."""
        text = self.log.read_bytes() if self.log.exists() else b""
        whole = text[self.read : text.rfind(b"\n") + 1]
        self.read += len(whole)
        return [document for line in whole.splitlines() if isinstance(document := _parse(line), dict)]


@dataclass
class Federation:
    """A task of `digits` whose participants have staked; nodes are started by `run`."""

    reader: TaskReader
    creator: Rpc
    token: Token
    participants: list[Participant]
    store: LocalStore
    liar: Participant
    killed: dict[str, Participant] = field(default_factory=dict)
    """Which node was killed in the middle of which duty."""

    def run(self, duties_to_die_in: set[str]) -> None:
        """Start all nodes, kill one in each of these duties and start it again, until everybody has withdrawn."""
        for participant in self.participants:
            participant.start()
        deadline = time.monotonic() + DEADLINE_SECONDS
        try:
            while any(participant.process and participant.process.poll() is None for participant in self.participants):
                assert time.monotonic() < deadline, f"not over in {DEADLINE_SECONDS} s: {self.tell()}"
                for participant in self.participants:
                    self._watch(participant, duties_to_die_in)
                time.sleep(LOOK_SECONDS)
        finally:
            for participant in self.participants:
                if participant.process:
                    participant.process.kill()
                    participant.process.wait()
        assert all(participant.process and participant.process.returncode == 0 for participant in self.participants), (
            self.tell()
        )

    def _watch(self, participant: Participant, duties_to_die_in: set[str]) -> None:
        for said in participant.read_new():
            duty = str(said.get("duty", ""))
            if said.get("event") == "duty" and duty in duties_to_die_in - set(self.killed):
                participant.kill()
                self.killed[duty] = participant
                participant.start()

    def tell(self) -> str:
        """The end of every log, for a failure's message."""
        return "\n".join(f"{node.address}: {node.log.read_text()[-600:]}" for node in self.participants)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the task announced under `name`, in order."""
        found = self.creator.events(self.reader.contract, first=0)
        return [dict(event["args"]) for event in found if event["event"] == name]

    def refund(self) -> None:
        TaskActs(self.reader).refund()


def build_federation(anvil: Anvil, deployment: Deployment, folder: Path, *, nodes: int, rounds: int) -> Federation:
    """Make wallets, data, model and task, let everybody stake, and draw the first round, so that the liar can be a voter."""
    store = LocalStore(folder / "store")
    definition, model = publish(store, compose_definition("digits"), seed=1)
    creator = Rpc(anvil.url, account=anvil.accounts[1])
    parameters = {
        "definition": definition,
        "initial_model": model,
        "rounds": rounds,
        "min_participants": nodes,
        "max_participants": nodes,
        "proposers": 2,
        "train_window": 120,
        "commit_window": 120,
        "reveal_window": 120,
        "exit_delay": 20,
        "stall_timeout": 3600,
    }
    address = deployment.create_task(creator, parameters)
    datasets = write_parts("digits", folder, folder / "data", nodes, seed=3)
    token = Token(creator, deployment.token)
    deployment.mint(creator, creator.account.address, POOL)  # type: ignore[union-attr]
    participants = [
        _make_participant(number, dataset, address, anvil, deployment, folder) for number, dataset in enumerate(datasets)
    ]
    with anvil.mining_at_once():
        reader = TaskReader(creator, address, deployment.lens)
        TaskActs(reader).fund(POOL)
        for participant in participants:
            TaskActs(TaskReader(participant.rpc, address, deployment.lens)).join(STAKE)
        anvil.mine(3)
        TaskActs(reader).draw()
    voters = [node for node in participants if reader.read_view(node.address).role.name == "VOTER"]
    voters[0].is_liar = True
    return Federation(reader, creator, token, participants, store, liar=voters[0])


def _make_participant(number: int, dataset: Path, task: str, anvil: Anvil, deployment: Deployment, folder: Path) -> Participant:
    keystore, password = folder / f"key-{number}.json", folder / "password"
    password.write_text(PASSWORD)
    address = create_keystore(keystore, PASSWORD, iterations=1)
    settings = Settings(folder, anvil.url, keystore, f"local:{folder / 'store'}", password_file=password)
    connection = Connection((anvil.url,), anvil.chain_id, keystore, password, deployment.manager)
    rpc = connect(settings, connection, open_account(settings, connection))
    anvil.request("anvil_setBalance", address, hex(10**18))
    deployment.mint(rpc, address, STAKE)
    options = NodeOptions(
        settings,
        connection,
        task,
        dataset,
        settings.store,
        state=folder / f"state-{number}",
        threads=1,
        turn_seconds=4,
        poll_seconds=1,
        log_format="json",
    )
    return Participant(rpc, options, folder / f"node-{number}.log")


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
