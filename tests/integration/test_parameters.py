"""The bounds of a task's parameters are those that the task manager checks: the last value on either side, and one beyond."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account

from orchestrator.adapters.chain.abi import to_camel
from orchestrator.adapters.chain.deploying import Contracts, deploy_contracts
from orchestrator.adapters.chain.task_manager import to_struct
from orchestrator.adapters.evm import Evm, EvmRpc
from orchestrator.errors import ChainError
from orchestrator.protocol import parameters
from orchestrator.protocol.parameters import PARAMETERS, Parameters, Unit, compute_least, compute_most

NUMBERS = [name for name, parameter in PARAMETERS.items() if parameter.unit not in (Unit.ADDRESS, Unit.DIGEST)]
GIVEN: dict[str, Any] = {"definition": b"d" * 32, "initial_model": b"m" * 32, "min_stake": 10, "max_participants": 65}
CHOSEN = {"proposers": 2, "min_participants": 5}
LIMITS = {
    "MIN_PARTICIPANTS": "MIN_PARTICIPANTS",
    "MIN_VOTERS": "MIN_VOTERS",
    "MAX_PROPOSERS": "MAX_PROPOSERS",
    "MAX_COUNT": "MAX_COUNT",
    "MAX_ROUNDS": "MAX_ROUNDS",
    "MAX_PATIENCE": "MAX_PATIENCE",
    "MAX_AMOUNT": "MAX_AMOUNT",
    "MAX_TIME": "MAX_SECONDS",
    "MIN_STALL": "MIN_STALL_SECONDS",
}
"""Of the manager, and what they are called here."""


@pytest.fixture(scope="module")
def rpc() -> EvmRpc:
    return EvmRpc(Evm(), Account.from_key(b"k" * 32))


@pytest.fixture(scope="module")
def contracts(rpc: EvmRpc) -> Contracts:
    return deploy_contracts(rpc)


def read_refusal(rpc: EvmRpc, contracts: Contracts, **values: Any) -> str | None:
    """What the manager says of a task with these parameters, but for the call itself; None if it would make it."""
    where = {"token": contracts.token, "beacon": contracts.beacon}
    try:
        chosen = Parameters(**where | GIVEN | CHOSEN | values)
        rpc.call(rpc.contract("TaskManager", contracts.manager).functions.createTask(to_struct(chosen)))
    except ChainError as refused:
        return str(refused)
    return None


def test_every_number_has_bounds() -> None:
    assert len(NUMBERS) == 18
    assert all(PARAMETERS[name].least is not None and PARAMETERS[name].most is not None for name in NUMBERS)


@pytest.mark.parametrize("limit", LIMITS)
def test_the_limits_are_those_of_the_manager(rpc: EvmRpc, contracts: Contracts, limit: str) -> None:
    """R1."""
    manager = rpc.contract("TaskManager", contracts.manager)
    assert rpc.call(getattr(manager.functions, limit)()) == getattr(parameters, LIMITS[limit])


@pytest.mark.parametrize("name", NUMBERS)
def test_the_bounds_are_those_of_the_manager(rpc: EvmRpc, contracts: Contracts, name: str) -> None:
    """R1: the least and the most are accepted, one less and one more are refused by the parameter's name."""
    least = compute_least(name, proposers=CHOSEN["proposers"], min_stake=GIVEN["min_stake"])
    most = compute_most(name, GIVEN["max_participants"])
    assert least is not None and most is not None
    with_it = {"max_participants": 5} if name == "max_participants" else {}  # no fewer than must come
    if name == "max_participants":
        least = 5
    if name == "proposers":
        with_it = {"min_participants": 2 * most + 1}
    assert [read_refusal(rpc, contracts, **with_it | {name: value}) for value in (least, most)] == [None, None]
    beyond = [(most, most + 1)] if name != "max_stake" else []  # whatever it is, no more than this enters
    beyond += [(least, least - 1)] if least and name != "max_participants" else []
    for limit, value in beyond:
        told = f"InvalidParameter(name={to_camel(name)}, limit={limit}, actual={value})"
        assert told in (read_refusal(rpc, contracts, **with_it | {name: value}) or "it is accepted")


@pytest.mark.parametrize("name", [name for name in NUMBERS if PARAMETERS[name].least == 0])
def test_zero_is_accepted_where_it_stands_for_none(rpc: EvmRpc, contracts: Contracts, name: str) -> None:
    """R1: no limit of a stake, all who do not propose, no penalty, no delay, no patience."""
    assert read_refusal(rpc, contracts, **{name: 0}) is None


def test_no_fewer_may_join_than_a_task_needs(rpc: EvmRpc, contracts: Contracts) -> None:
    """R1: and no fewer than four."""
    told = read_refusal(rpc, contracts, max_participants=3, min_participants=3, proposers=1)
    assert "InvalidParameter(name=maxParticipants, limit=4, actual=3)" in (told or "")
    told = read_refusal(rpc, contracts, max_participants=4, min_participants=3, proposers=1)
    assert "InvalidParameter(name=minParticipants, limit=4, actual=3)" in (told or "")


@pytest.mark.parametrize("name", [name for name, parameter in PARAMETERS.items() if parameter.unit is Unit.DIGEST])
def test_a_digest_is_not_zero_where_the_bounds_say_so(rpc: EvmRpc, contracts: Contracts, name: str) -> None:
    """R1: a task needs a definition and a model; without a Merkle root everybody may join."""
    refusal = read_refusal(rpc, contracts, **{name: bytes(32)})
    if PARAMETERS[name].least:
        assert f"InvalidParameter(name={to_camel(name)}, limit=1, actual=0)" in (refusal or "it is accepted")
    else:
        assert refusal is None


def test_the_defaults_are_a_task_that_can_run(rpc: EvmRpc, contracts: Contracts) -> None:
    defaults = Parameters(token=contracts.token, beacon=contracts.beacon, definition=b"d" * 32, initial_model=b"m" * 32)
    changed = {name: getattr(defaults, name) for name in NUMBERS}
    assert read_refusal(rpc, contracts, **changed) is None
