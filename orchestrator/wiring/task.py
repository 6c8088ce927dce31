"""Which task is it, whose, and what can an account do in it?"""

from __future__ import annotations

from typing import Literal

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.config import Settings, read_deployment
from orchestrator.errors import ChainError, ConfigError
from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.types import NO_ACCOUNT, Address, RoundView
from orchestrator.wiring.connection import Connection


def find_manager(settings: Settings, connection: Connection, rpc: Rpc) -> TaskManager:
    """The manager named, or the one deployed on the chain. Raises ConfigError if none is known, ChainError if it is none."""
    address = connection.manager or read_deployment(rpc.chain_id, settings.deployments).manager
    found = TaskManager(rpc, address)
    try:
        found.is_task(address)
    except ChainError as other:
        hint = "check --manager, or deploy again: the chain may be a new one"
        raise ChainError(f"the contract at {found.address} is no task manager", hint=hint) from other
    return found


def find_deployed(settings: Settings, rpc: Rpc, name: Literal["token", "beacon"]) -> Address:
    """Raises ConfigError if none is deployed on the chain."""
    address: Address | None = getattr(read_deployment(rpc.chain_id, settings.deployments), name)
    if address is None:
        raise ConfigError(f"no {name} is deployed on chain {rpc.chain_id}", hint=f"name one with --{name}")
    return address


def open_task(
    settings: Settings,
    connection: Connection,
    rpc: Rpc,
    task: Address,
    *,
    account: Address | None = None,
    is_paying: bool = False,
) -> TaskActs:
    """Raises ConfigError or ChainError if there is none at the address, or if a manager is named that has not made it.

    `account`: for whom to act as operator, if not for the endpoint's own. `is_paying`: raises also if no manager is named,
    because any other contract could keep what it is given.
    """
    manager = find_manager(settings, connection, rpc)
    reader = TaskReader(rpc, task, manager.get_lens())
    if is_paying or connection.manager:
        manager.check_task(reader.address)
    return TaskActs(reader, account)


def check_operator(view: RoundView, account: Address, signer: Address) -> None:
    """Raises ChainError, before anything is sent, unless `signer` may act in rounds for `account`, whose view it is (R6a)."""
    if signer in (account, view.operator):
        return
    named = "nobody" if view.operator == NO_ACCOUNT else view.operator
    hint = f"name it with that account's own key: `starling operator set TASK {signer}`"
    raise ChainError(f"{signer} is not the operator of {account}, which has named {named}", hint=hint)


def check_balance(rpc: Rpc, token: Token, amount_wei: int) -> None:
    """Raises ChainError, before anything is sent, if the endpoint's account has less than `amount_wei` of the token."""
    account = rpc.signer.address
    if (found := token.balance(account)) < amount_wei:
        has, needs = (format_amount(amount, token.decimals) for amount in (found, amount_wei))
        hint = f"get more of the token {token.address}"
        raise ChainError(f"{account} has {has} {token.symbol}, {needs} are needed", hint=hint)


def mint(rpc: Rpc, token: Address, account: Address, amount_wei: int) -> None:
    """Give `account` so much of a test token, which is free for everybody."""
    rpc.send(rpc.contract("TestToken", token).functions.mint(account, amount_wei))
