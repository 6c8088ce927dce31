"""How does a node run? From its options to the end of its task, with lock, log and bell."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

from orchestrator.adapters.chain.bell import listen, to_websocket
from orchestrator.adapters.chain.past import TaskPast
from orchestrator.adapters.notebook import FileNotebook
from orchestrator.adapters.processes import Interrupted, interruptible
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.effects import World
from orchestrator.errors import ConfigError, StarlingError
from orchestrator.node import Node
from orchestrator.ports import Chain, Log
from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.duties import Policy
from orchestrator.telemetry.log import EventLog, tell_all
from orchestrator.wiring.account import AskPassword
from orchestrator.wiring.options import NodeOptions
from orchestrator.wiring.preflight import OpenTrainer, Preflight, open_honest_trainer

WrapChain = Callable[[Chain], Chain]
"""What a node acts through in place of the chain itself."""


def run_node(
    options: NodeOptions,
    *,
    ask: AskPassword | None = None,
    open_trainer: OpenTrainer = open_honest_trainer,
    wrap_chain: WrapChain = lambda chain: chain,
) -> None:
    """Run until the task is over and everything is withdrawn, or until SIGINT or SIGTERM.

    Either may come at any instruction: whatever is lost is done again by the next run. Raises a StarlingError for what looking
    again cannot help.
    """
    with interruptible(signal.SIGINT, signal.SIGTERM), _listening(options) as log:
        try:
            _set_threads(options.threads)
            parts = Preflight(options, ask, open_trainer, log)
            parts.open()
            _run(parts, wrap_chain(parts.chain), log)
        except Interrupted as interrupted:
            log("stopped", why=f"received {interrupted}")


@contextmanager
def _listening(options: NodeOptions) -> Iterator[Log]:
    """What is said is written, and counted where somebody may ask. Raises ConfigError if the port cannot be had."""
    log = EventLog(options.log_format)
    if options.metrics is None:
        yield log
        return
    from orchestrator.telemetry.server import Health, Metrics, serving  # only who asks for it loads it

    host, port = parse_address(options.metrics)
    metrics, health = Metrics(), Health()
    with ExitStack() as stack:
        try:
            address = stack.enter_context(serving(metrics, health, host, port))
        except OSError as taken:
            hint = "give another port with --metrics"
            raise ConfigError(f"cannot listen on {host}:{port}: {taken.strerror}", hint=hint) from taken
        log("opened", part="metrics", found=f"{address}/metrics, /healthz and /readyz")
        yield tell_all(metrics, health, log)  # what is written has been counted


def parse_address(text: str) -> tuple[str, int]:
    """PORT or HOST:PORT; a port alone is on this machine only. Raises ConfigError for anything else."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise ConfigError(f"{text!r} is no port to listen on", hint="give --metrics 9100, or 0.0.0.0:9100 to let others ask")
    return host or "127.0.0.1", int(port)


def _run(parts: Preflight, chain: Chain, log: Log) -> None:
    options, rpc, task = parts.options, parts.rpc, parts.chain.task
    folder, name = options.state or options.settings.home / "state", f"{rpc.chain_id}-{task}-{parts.account}"
    ended = Event()
    with _holding(folder / f"{name}.lock"):
        listen([options.ws] if options.ws else list(map(to_websocket, rpc.urls)), task, rpc.bell, ended.is_set, log)
        world = World(
            chain=chain,
            storage=parts.storage,
            drafts=LocalStore(folder / f"{name}.drafts"),
            trainer=parts.trainer,
            definition=parts.definition,
            layout=parts.trainer.layout,
            secret=parts.chain.derive_secret("train"),
            log=log,
            margin_seconds=options.margin_seconds,
            past=TaskPast(parts.chain.reader, parts.account, parts.signer),
            tell_amount=partial(format_amount, decimals=parts.chain.token.decimals),
        )
        policy = Policy(options.turn_seconds, withdraws=options.withdraws, leave_after=options.leave_after, tells_rounds=True)
        log("started", account=parts.account, task=task, chain_id=rpc.chain_id, pid=os.getpid())
        try:
            node = Node(world, FileNotebook(folder / f"{name}.json"), policy)
            node.run(rpc.bell, lambda: False, poll_seconds=options.poll_seconds)
        except StarlingError as failed:
            log("failed", why=str(failed), hint=failed.hint)
            raise
        finally:
            ended.set()


@contextmanager
def _holding(path: Path) -> Iterator[None]:
    """One node per task and account on a machine: two would fight for nonces. The lock ends with the process, at the latest."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as failed:
        raise ConfigError(f"cannot write {path}: {failed.strerror}", hint="give another folder with --state") from failed
    with os.fdopen(descriptor, "w"):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            hint = "stop the other one, or give this one a task or key of its own"
            raise ConfigError("a node for this task and account runs already", hint=hint) from held
        yield


def _set_threads(threads: int | None) -> None:
    if threads:
        from orchestrator.adapters.torch_trainer import set_threads  # torch takes seconds to load

        set_threads(threads)
