"""A task and an account's part in it, as documents. Amounts are whole tokens, times seconds since 1970."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import NO_ACCOUNT, NO_DIGEST, Address, Digest, RoundView
from orchestrator.wiring.dangers import find_dangers


def compose_digest(digest: Digest) -> dict[str, str]:
    """An artifact's address, as the chain has it and as people have it."""
    return {"cid": to_cid(digest), "digest": "0x" + digest.hex()}


def compose_task(reader: TaskReader, view: RoundView, token: Token) -> dict[str, Any]:
    """Where the task is, at one block."""
    return {
        "task": reader.address,
        "creator": reader.creator,
        "phase": view.phase.name.lower(),
        "phase_ends": view.phase_end,
        "block": view.block_number,
        "time": view.timestamp,
        "round": view.round,
        "rounds": view.rounds,
        "decided": view.decided,
        "rejected_in_row": view.rejected_in_row,
        "members": view.member_count,
        "proposers": view.proposers,
        "voters": view.voters,
        "updates": len(view.updates),
        "commits": view.commits,
        "reveals": view.reveals,
        "pool": format_amount(view.pool, token.decimals),
        "token": token.symbol,
        "global_model": compose_digest(view.global_model),
    }


def compose_account(account: Address, view: RoundView, token: Token) -> dict[str, Any]:
    """What the account does and has."""
    amounts = {"stake": view.stake, "topped_up": view.topped_up, "rewards": view.rewards}
    return {
        "account": account,
        "operator": None if view.operator == NO_ACCOUNT else view.operator,
        "is_member": view.is_member,
        "is_in_draw": view.is_in_draw,
        "role": view.role.name.lower(),
        "has_submitted": view.has_submitted,
        "has_committed": view.has_committed,
        "has_revealed": view.has_revealed,
        **{name: format_amount(amount, token.decimals) for name, amount in amounts.items()},
        "can_withdraw": view.can_withdraw,
        "exit_at": view.exit_at or None,
    }


def compose_parameters(parameters: Parameters, token: Token) -> dict[str, Any]:
    """The parameters, with names and units as in `Parameters`; amounts are whole tokens."""
    values = asdict(parameters)
    for name in ("definition", "initial_model"):
        values[name] = to_cid(values[name])
    values["admitted"] = None if parameters.admitted == NO_DIGEST else "0x" + parameters.admitted.hex()
    values["min_stake"] = format_amount(parameters.min_stake, token.decimals)
    values["max_stake"] = format_amount(parameters.max_stake, token.decimals) if parameters.max_stake else None
    return values


def compose_dangers(parameters: Parameters) -> dict[str, str]:
    """What is dangerous of the parameters, and why: who thinks of staking should know it before."""
    return {f"{danger.name} is {danger.when}": danger.why for danger in find_dangers(parameters)}
