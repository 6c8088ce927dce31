"""From an empty folder to the report: the demo, in order."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from orchestrator.adapters.anvil import Anvil
from orchestrator.adapters.processes import Interrupted
from orchestrator.adapters.stores.kubo import KuboDaemon
from orchestrator.config import ROOT
from orchestrator.demo.nodes import Nodes
from orchestrator.demo.plan import Plan
from orchestrator.demo.report import compose_report, find_failures
from orchestrator.demo.setup import Setup, join, set_up
from orchestrator.demo.tokens import read_tokens, tell_tokens
from orchestrator.demo.watcher import Watcher
from orchestrator.errors import Fatal, StarlingError, Transient
from orchestrator.protocol.events import Event
from orchestrator.terminal.picture import compose_svg
from orchestrator.terminal.scene import Scene, tell_event, tell_share
from orchestrator.terminal.screen import Screen
from orchestrator.terminal.tables import show_summary

FOLDERS = ROOT / ".starling" / "demo"
SETUP_STEPS = 6
LOOK_SECONDS = 0.4


def play(plan: Plan) -> None:
    """Run all of it, write the report, and say where that is.

    Raises a StarlingError if the plan or what came of it is not as it must be. Whatever it started has ended when it returns,
    with `plan.keep` all but the chain and the store.
    """
    console, started = Console(), time.monotonic()
    plan.check()
    with _new_folder() as folder:
        if failures := _play_in(folder, plan, Screen(console, steps=SETUP_STEPS)):
            raise Fatal("; ".join(failures), hint=f"see the report, {plan.report}")
    if plan.keep:
        console.print(f"folder of the nodes, their keys, data and logs: {folder}", highlight=False, soft_wrap=True)
    else:
        shutil.rmtree(folder)
    console.print(f"{time.monotonic() - started:.0f} s; report: {plan.report}", highlight=False, soft_wrap=True)


@contextmanager
def _new_folder() -> Iterator[Path]:
    """In the checkout. Raises Fatal if there is no checkout; names the folder in the hint of what goes wrong."""
    if not (ROOT / "brownie-config.yaml").exists():
        raise Fatal("the demo needs the checkout: contracts, scripts and data", hint="clone the repository and run `make demo`")
    folder = FOLDERS / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    except Interrupted:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except StarlingError as error:
        error.hint = "; ".join(filter(None, [error.hint, f"logs of the chain and of the nodes are in {folder}"]))
        raise


def _play_in(folder: Path, plan: Plan, screen: Screen) -> list[str]:
    """Why it has failed; nothing if it has not."""
    with ExitStack() as running:
        with screen.setting_up():
            with screen.step("start a chain" + (" and an IPFS daemon" if plan.store == "ipfs" else "")):
                store = running.enter_context(_running_store(plan, folder))
                chain = running.enter_context(Anvil(folder, port=plan.port, keep=plan.keep))
            setup = set_up(plan, folder, chain, store, screen.step)
            with screen.step("stake, and start the nodes"):
                join(setup)
                nodes = running.enter_context(Nodes(setup, screen.log))
        with Director(setup, nodes, screen) as director:
            director.run()
            failures = director.conclude()
        if plan.keep:
            screen.log(
                f"the chain goes on at {chain.url} until `kill {chain.pid}`; the task is {setup.task}, the store {store}"
            )
            screen.log(f"look at it with `starling task show {setup.task} --rpc {chain.url} --store {store}`")
        return failures


class Director:
    """Follows the rounds to the end, and says what it sees."""

    def __init__(self, setup: Setup, nodes: Nodes, screen: Screen) -> None:
        self._setup, self._nodes, self._screen = setup, nodes, screen
        self._watcher = Watcher(setup, self._on_event)
        self._told_rounds: set[int] = set()

    @property
    def scene(self) -> Scene:
        """As of the last look."""
        setup, watcher = self._setup, self._watcher
        return Scene(
            subject=setup.plan.recipe,
            task=setup.task,
            url=setup.chain.url,
            rows=[node.row for node in self._nodes.all],
            ledger=watcher.ledger,
            gas=watcher.gas,
            view=watcher.view,
            get_accuracy=watcher.get_accuracy,
        )

    def run(self) -> None:
        """Until the task is over and everybody has withdrawn."""
        with self._screen.open():
            while not self._is_over():
                ended = self._nodes.list_ended()
                try:
                    self._watcher.look()
                except Transient as passing:
                    self._screen.log(f"the chain is slow: {passing}")
                self._nodes.revive(ended, self._has_withdrawn)
                self._tell_accuracies()
                self._screen.refresh(self.scene)
                time.sleep(LOOK_SECONDS)

    def conclude(self) -> list[str]:
        """Send the rest of the pool back, write the report, show the summary; what is wrong."""
        setup, ledger = self._setup, self._watcher.ledger
        opened = setup.open_task(setup.creator)
        if self._watcher.view.pool:
            opened.refund()
            self._watcher.look()
        tokens = read_tokens(opened, setup.first_block)
        malicious = {node.account: node.is_malicious for node in self._nodes.all}
        contracts = {"manager": setup.contracts.manager, "beacon": setup.contracts.beacon, "token": setup.parameters.token}
        report = compose_report(
            self._compose_chain(),
            contracts | {"task": setup.task},
            ledger,
            malicious,
            tokens,
            self._get_accuracy,
            self._watcher.gas,
        )
        setup.plan.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
        self._tell_accuracies()
        summary = show_summary(self.scene, tell_tokens(tokens))
        self._screen.show(summary)
        if setup.plan.picture:
            setup.plan.picture.write_text(compose_svg([self._screen.busiest, "", summary], title="make demo"))
        return find_failures(ledger, len(malicious), tokens)

    def _on_event(self, event: Event) -> None:
        for sentence in tell_event(event, self.scene):
            self._screen.log(sentence)

    def _tell_accuracies(self) -> None:
        """As soon as they are measured: the rounds do not wait for that."""
        for round in self._watcher.ledger.rounds.values():
            if round.settled_at is None or round.number in self._told_rounds:
                continue
            before, after = (self._watcher.get_accuracy(model) for model in (round.model_before, round.model_after))
            if before is None or after is None:
                continue
            self._told_rounds.add(round.number)
            self._screen.log(f"round {round.number} accuracy {tell_share(before)} → {tell_share(after)}")

    def _is_over(self) -> bool:
        return self._watcher.view.phase.is_over and all(self._has_withdrawn(node.account) for node in self._nodes.all)

    def _has_withdrawn(self, account: str) -> bool:
        participant = self._watcher.ledger.participants.get(account)
        return participant is not None and participant.has_withdrawn

    def _get_accuracy(self, model: bytes) -> float | None:
        return self._watcher.get_accuracy(model, is_patient=True)

    def _compose_chain(self) -> dict[str, Any]:
        version = self._setup.chain.request("web3_clientVersion")
        blocks = int(self._watcher.rpc.block()["number"])
        return {"client": version, "id": self._setup.chain.chain_id, "blocks": blocks}

    def __enter__(self) -> Director:
        return self

    def __exit__(self, *error: Any) -> None:
        self._watcher.__exit__(*error)


@contextmanager
def _running_store(plan: Plan, folder: Path) -> Iterator[str]:
    """The store as `--store` takes it: a folder, or a Kubo daemon that runs as long as the chain does."""
    if plan.store == "local":
        yield f"local:{folder / 'store'}"
        return
    kubo = KuboDaemon(folder / "kubo")
    kubo.start()
    try:
        yield f"ipfs:{kubo.api}"
    except BaseException:
        kubo.stop()
        raise
    if not plan.keep:
        kubo.stop()
