"""The bounds of a task's parameters are those that the task manager checks: the last value on either side, and one beyond."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_manager import to_struct
from orchestrator.errors import ChainError
from orchestrator.protocol.parameters import PARAMETERS, Parameters, Unit, compute_most
from tests.integration.conftest import Anvil, Deployment

NUMBERS = [name for name, parameter in PARAMETERS.items() if parameter.unit not in (Unit.ADDRESS, Unit.DIGEST)]
UNCHECKED = {"voters"}
"""Whatever more than may join is never drawn."""


@pytest.fixture(scope="module")
def rpc(anvil: Anvil) -> Rpc:
    return Rpc(anvil.url, account=anvil.accounts[1])


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def read_refusal(rpc: Rpc, deployment: Deployment, **values: Any) -> str | None:
    """What the manager says of a task with these parameters, but for the call itself; None if it would make it."""
    given: dict[str, Any] = {"token": deployment.token, "beacon": deployment.beacon, "min_participants": 2, "min_stake": 1}
    given |= {"definition": b"d" * 32, "initial_model": b"m" * 32, "max_participants": 65}
    try:
        parameters = Parameters(**given | values)
        rpc.call(rpc.contract("TaskManager", deployment.manager).functions.createTask(to_struct(parameters)))
    except ChainError as refused:
        return str(refused)
    return None


def test_every_number_has_bounds() -> None:
    assert len(NUMBERS) == 17
    assert all(PARAMETERS[name].least is not None and PARAMETERS[name].most is not None for name in NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
def test_the_bounds_are_those_of_the_manager(rpc: Rpc, deployment: Deployment, name: str) -> None:
    """R1: the least and the most are accepted, one less and one more are refused by the parameter's name."""
    least, most = PARAMETERS[name].least, compute_most(name, 65)
    assert least is not None and most is not None
    assert [read_refusal(rpc, deployment, **{name: value}) for value in (least, most)] == [None, None]
    if name not in UNCHECKED:
        for limit, beyond in [(most, most + 1)] + ([(least, least - 1)] if least else []):
            told = f"InvalidParameter(name={camel(name)}, limit={limit}, actual={beyond})"
            assert told in (read_refusal(rpc, deployment, **{name: beyond}) or "it is accepted")


@pytest.mark.parametrize("name", [name for name, parameter in PARAMETERS.items() if parameter.unit is Unit.DIGEST])
def test_a_digest_is_not_zero_where_the_bounds_say_so(rpc: Rpc, deployment: Deployment, name: str) -> None:
    """R1: a task needs a definition and a model; without a Merkle root everybody may join."""
    refusal = read_refusal(rpc, deployment, **{name: bytes(32)})
    if PARAMETERS[name].least:
        assert f"InvalidParameter(name={camel(name)}, limit=1, actual=0)" in (refusal or "it is accepted")
    else:
        assert refusal is None


def test_the_defaults_are_a_task_that_can_run(rpc: Rpc, deployment: Deployment) -> None:
    defaults = Parameters(token=deployment.token, beacon=deployment.beacon, definition=b"d" * 32, initial_model=b"m" * 32)
    changed = {name: getattr(defaults, name) for name in NUMBERS}
    assert read_refusal(rpc, deployment, **changed) is None
