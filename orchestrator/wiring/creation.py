"""How does a task come to be? Its definition and first model are published, it is made, and its pool is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.errors import Fatal, StarlingError
from orchestrator.learning.definition import Definition
from orchestrator.ports import Storage
from orchestrator.protocol.amounts import parse_amount
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address, Digest
from orchestrator.wiring.connection import measure_block_seconds
from orchestrator.wiring.dangers import Danger, find_dangers
from orchestrator.wiring.publish import publish
from orchestrator.wiring.task import check_balance


@dataclass(frozen=True)
class Offer:
    """What a task's creator has chosen. Amounts are as people type them, in whole tokens."""

    definition: Definition
    seed: int
    """Of the first global model."""
    parameters: Mapping[str, Any]
    """The task's, but for what the other fields say."""
    admitted: Digest
    pool: str | None
    token: Address
    beacon: Address


@dataclass(frozen=True)
class Made:
    """A new task."""

    task: Address
    parameters: Parameters
    token: Token
    pool_wei: int


def make_task(rpc: Rpc, manager: TaskManager, storage: Storage, offer: Offer, warn: Callable[[Danger], None]) -> Made:
    """`warn` is told of each danger before the task is made. Raises ConfigError, DefinitionError or ChainError before anything
    is sent, and Fatal, which names the task, if its pool could not be filled."""
    token = Token(rpc, offer.token)
    pool_wei = parse_amount(offer.pool, token.decimals) if offer.pool else 0
    amounts = {
        "min_stake": parse_amount(offer.parameters["min_stake"], token.decimals),
        "max_stake": _parse_limit(offer.parameters["max_stake"], token.decimals),
    }
    check_balance(rpc, token, pool_wei)
    definition, initial_model = publish(storage, offer.definition, offer.seed)
    fixed: dict[str, Any] = {
        "token": token.address,
        "beacon": offer.beacon,
        "definition": definition,
        "initial_model": initial_model,
        "admitted": offer.admitted,
    }
    parameters = Parameters(**{**offer.parameters, **amounts, **fixed})
    for danger in find_dangers(parameters, offer.definition, block_seconds=measure_block_seconds(rpc)):
        warn(danger)
    task = manager.create_task(parameters)
    try:
        if pool_wei:
            TaskActs(TaskReader(rpc, task, manager.get_lens())).fund(pool_wei)
    except StarlingError as failed:
        hint = f"fund it with `starling task fund {task} AMOUNT`"
        raise Fatal(f"task {task} is made, but its pool could not be filled: {failed}", hint=hint) from failed
    return Made(task, parameters, token, pool_wei)


def _parse_limit(amount: str, decimals: int) -> int:
    """0 stands for no limit; anything else is an amount."""
    return 0 if amount.strip("0") in ("", ".") and amount.strip() else parse_amount(amount, decimals)
