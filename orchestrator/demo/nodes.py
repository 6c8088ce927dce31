"""The nodes: a process each, watched as a supervisor would, and listened to: they tell what they do in lines of JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from orchestrator.adapters.processes import read_last_words, start, stop
from orchestrator.config import ROOT
from orchestrator.demo.commands import compose_command, compose_options, find_folder
from orchestrator.demo.setup import Setup
from orchestrator.errors import Fatal
from orchestrator.protocol.types import Address
from orchestrator.simulation.liar import prepare_liar
from orchestrator.telemetry import events
from orchestrator.terminal.scene import Doing, Row

MAX_RESTARTS = 3
"""Of one node. What fails so often fails for a reason that starting again does not remove."""


class NodeProcess:
    """One participant's node."""

    def __init__(self, number: int, setup: Setup) -> None:
        """`number` from 0. Nothing is started yet."""
        wallet = setup.wallets[number]
        self.name = f"node {number + 1}"
        self.account: Address = wallet.address
        self.is_malicious = setup.plan.is_malicious(number)
        self.restarts = 0
        self.doing: Doing | None = None
        self._folder = find_folder(number, setup)
        self._options = compose_options(number, setup)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def error_log(self) -> Path:
        return self._folder / "stderr.log"

    @property
    def has_ended(self) -> bool:
        """Whether its process is not there any more."""
        return self.process is not None and self.process.poll() is not None

    @property
    def row(self) -> Row:
        """How it looks in a picture."""
        remark = f"restarted {self.restarts}×" if self.restarts else ""
        return Row(self.account, self.name, "liar" if self.is_malicious else "", self.doing, remark)

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lies = self._folder / "options.json"
        command = prepare_liar(self._options, lies) if self.is_malicious else compose_command(self._options)
        with self.error_log.open("ab") as errors:
            self.process = start(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
        Thread(target=self._listen, args=(self.process,), daemon=True, name=self.name).start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Keep every line, and notice what the node is at."""
        assert process.stdout is not None
        with (self._folder / "node.jsonl").open("ab") as log, process.stdout as lines:
            for line in lines:
                log.write(line)
                log.flush()
                self.doing = find_doing(line, self.doing)
        self.doing = None


class Nodes:
    """All nodes of a demo. `with Nodes(setup, log) as nodes: …` ends whatever still runs."""

    def __init__(self, setup: Setup, log: Callable[[str], None]) -> None:
        """`log` is told when a node had to be started again. Nothing is started yet."""
        self.all = [NodeProcess(number, setup) for number in range(setup.plan.nodes)]
        self._log = log

    def list_ended(self) -> list[NodeProcess]:
        """Whose process is not there any more, whatever it ended for."""
        return [node for node in self.all if node.has_ended]

    def revive(self, ended: list[NodeProcess], has_withdrawn: Callable[[Address], bool]) -> None:
        """Start again who ended before its time. Raises Fatal for a node that cannot be kept alive."""
        for node in ended:
            if has_withdrawn(node.account):
                continue
            if node.restarts == MAX_RESTARTS:
                words = read_last_words(node.error_log)
                raise Fatal(f"{node.name} ends again and again: {words}", hint=f"look at {node.error_log.parent}")
            node.restarts += 1
            self._log(f"{node.name} ended too early and is started again")
            node.start()

    def __enter__(self) -> Self:
        try:
            for node in self.all:
                node.start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        stop([node.process for node in self.all if node.process])


def find_doing(line: bytes, before: Doing | None) -> Doing | None:
    """What a node is at after it has said `line`; `before` if that says nothing of it."""
    try:
        said = json.loads(line)
        match said["event"]:
            case events.PROGRESS:
                work, fraction = str(said["work"]), float(said["fraction"])
                return Doing("judge", 0.0) if (work, fraction) == ("fetch", 1.0) else Doing(work, fraction)
            case events.DUTY:
                return Doing(str(said["duty"]).lower(), 0.0) if said["duty"] in ("Train", "Judge") else None
            case events.BALLOT_MADE | events.TRANSACTION_MINED | events.STOPPED:
                return None
    except (ValueError, KeyError, TypeError):
        pass
    return before
