"""What has happened in a task? All its events, from the block on in which its manager was deployed."""

from __future__ import annotations

from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.config import Settings, read_deployment
from orchestrator.errors import ConfigError
from orchestrator.protocol.events import Happened
from orchestrator.protocol.ledger import Ledger


def read_history(settings: Settings, rpc: Rpc, reader: TaskReader, *, to: int | None = None) -> tuple[list[Happened], Ledger]:
    """Everything up to block `to` or the latest, in order, and what it adds up to. Raises ConfigError for a block to come."""
    latest = int(rpc.block()["number"])
    if to is not None and to > latest:
        raise ConfigError(f"block {to} is still to come: the chain is at block {latest}", hint="give an earlier one with --to")
    history = History(rpc, reader, first=_find_first_block(settings, rpc, reader))
    told = [happened for page in history.read_new(to=latest if to is None else to) for happened in page]
    ledger = Ledger(reader.parameters)
    for happened in told:
        ledger.apply(happened)
    return told, ledger


def _find_first_block(settings: Settings, rpc: Rpc, reader: TaskReader) -> int:
    """No task of the manager that is deployed on the chain is older than it; of another manager nothing is known."""
    try:
        deployment = read_deployment(rpc.chain_id, settings.deployments)
    except ConfigError:
        return 0
    contract = rpc.contract("TaskManager", deployment.manager)
    return deployment.block if rpc.call(contract.functions.isTask(reader.address)) else 0
