"""`starling node`: run a node, or check that one could run."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Any

import typer

from orchestrator.adapters.chain.bell import ring_on_events, to_websocket
from orchestrator.adapters.notebook import FileNotebook
from orchestrator.cli.options import (
    ChainOption,
    JsonOption,
    KeystoreOption,
    ManagerOption,
    PasswordOption,
    RpcOption,
    StoreOption,
    TaskArgument,
)
from orchestrator.config import Settings
from orchestrator.effects import World
from orchestrator.errors import ConfigError, Fatal, StarlingError
from orchestrator.node import Node
from orchestrator.protocol.duties import Policy
from orchestrator.simulation.contrary_chain import ContraryChain
from orchestrator.telemetry.log import EventLog, Format
from orchestrator.terminal.documents import show_checks
from orchestrator.wiring.parts import Connection
from orchestrator.wiring.preflight import NodeOptions, Preflight

app = typer.Typer(no_args_is_help=True, help="Run a node, or check that one could run.")
DataOption = Annotated[
    Path,
    typer.Option(
        "--data", metavar="FILE", help="Your own data: a safetensors file with inputs and labels.", show_default=False
    ),
]


class Stopped(BaseException):
    """Whoever runs the node has had enough. Not an Exception: nothing on the way may take it for a failure of its own."""


@app.command()
def run(
    ctx: typer.Context,
    task: TaskArgument,
    data: DataOption,
    store: StoreOption = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where notes are kept. (default: ~/.starling/state)")
    ] = None,
    ws: Annotated[
        str | None, typer.Option("--ws", metavar="URL", help="WebSocket endpoint for events. (default: --rpc with ws:)")
    ] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Threads to train with. (default: all cores)", min=1)] = None,
    turn_seconds: Annotated[int, typer.Option("--turn", help="Seconds to wait for each whose turn is first.", min=0)] = 12,
    margin: Annotated[
        int, typer.Option("--margin", help="Seconds before a vote's deadline after which missing updates are left out.", min=0)
    ] = 10,
    poll: Annotated[float, typer.Option("--poll", help="Seconds between looks when no event comes.", min=0.1)] = 2.0,
    log_format: Annotated[Format, typer.Option("--log", help="json: one document a line; text: for people.")] = "text",
    no_withdraw: Annotated[bool, typer.Option("--no-withdraw", help="Leave stake and rewards in the task at its end.")] = False,
    malicious: Annotated[bool, typer.Option("--malicious", hidden=True)] = False,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    manager: ManagerOption = None,
) -> None:
    """Run a node of a task until the task is over and everything is withdrawn, or until it is told to stop (Ctrl-C)."""
    settings: Settings = ctx.obj
    log = EventLog(log_format)
    bell, ended = Event(), Event()
    with _stopping_on_signals(log):
        _set_threads(threads)
        options = NodeOptions(
            settings, Connection(rpc, chain_id, keystore, password_file, manager), task, data, store, malicious
        )
        parts = Preflight(options, log)
        parts.open()
        chain = parts.chain
        name = f"{parts.rpc.chain_id}-{chain.task}-{chain.account}"
        folder = state or settings.home / "state"
        with _holding(folder / f"{name}.lock"):
            ring_on_events(ws or to_websocket(parts.rpc.url), chain.task, bell, ended.is_set, log)
            acting = ContraryChain(chain) if malicious else chain
            secret = chain.derive_secret("train")
            world = World(acting, parts.storage, parts.trainer, parts.definition, parts.layout, secret, log, margin)
            node = Node(world, FileNotebook(folder / f"{name}.json"), Policy(turn_seconds, withdraws=not no_withdraw))
            log("started", account=chain.account, task=chain.task, chain_id=parts.rpc.chain_id, pid=os.getpid())
            _run(node, bell, ended, poll, log)


@app.command()
def check(
    ctx: typer.Context,
    task: TaskArgument,
    data: DataOption,
    store: StoreOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    manager: ManagerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything that a node needs, without acting. Exit code 1 if anything is missing."""
    connection = Connection(rpc, chain_id, keystore, password_file, manager)
    parts = Preflight(NodeOptions(ctx.obj, connection, task, data, store), lambda event, **values: None)
    checks = list(_check(parts))
    show_checks(checks, as_json=as_json)
    if not all(done["is_ok"] for done in checks):
        raise typer.Exit(1)


def _run(node: Node, bell: Event, ended: Event, poll_seconds: float, log: EventLog) -> None:
    try:
        node.run(bell, lambda: False, poll_seconds=poll_seconds)
    except StarlingError as failed:
        log("failed", why=str(failed), hint=failed.hint)
        raise
    finally:
        ended.set()


def _check(parts: Preflight) -> Iterator[dict[str, Any]]:
    failed: set[str] = set()
    for name, needs, step in parts.iterate_steps():
        try:
            if missing := failed.intersection(needs):
                raise Fatal(f"not looked at: {', '.join(sorted(missing))} must be right first")
            yield {"check": name, "is_ok": True, "found": step(), "hint": ""}
        except StarlingError as failed_step:
            failed.add(name)
            yield {"check": name, "is_ok": False, "found": str(failed_step), "hint": failed_step.hint}


@contextmanager
def _stopping_on_signals(log: EventLog) -> Iterator[None]:
    """SIGINT and SIGTERM end the run at any instruction, cleanly: whatever is lost is done again by the next run."""
    received: list[str] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not received:
            received.append(signal.Signals(number).name)
            raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Stopped:
        log("stopped", why=f"received {received[0]}")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _holding(path: Path) -> Iterator[None]:
    """One node per task and account on a machine: two would fight for nonces. The lock ends with the process, at the latest."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as failed:
        raise ConfigError(f"cannot write {path}: {failed.strerror}", hint="give another folder with --state") from failed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as held:
        hint = "stop the other one, or give this one a task or key of its own"
        raise ConfigError("a node for this task and account runs already", hint=hint) from held
    finally:
        os.close(descriptor)


def _set_threads(threads: int | None) -> None:
    if threads:
        from orchestrator.adapters.torch_trainer import set_threads  # torch takes seconds to load

        set_threads(threads)
