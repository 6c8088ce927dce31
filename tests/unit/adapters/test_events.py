"""Every event of the contract has a class, with the same fields of the same kinds, and is decoded once."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from orchestrator.adapters.chain.abi import load_abi, to_camel, to_snake
from orchestrator.adapters.chain.events import KINDS, to_event
from orchestrator.protocol.events import Funded, RoundSettled, Slashed
from orchestrator.protocol.types import Fault, Outcome

ABI = {entry["name"]: entry["inputs"] for entry in load_abi("FLTask") if entry["type"] == "event"}
TYPES = {"address": "str", "uint256": "int", "int256": "int", "bytes32": "bytes", "bool": "bool"}
ACCOUNT = "0x" + "11" * 20


def tell_type(item: dict[str, Any]) -> str:
    """The Python type of one argument of an event."""
    internal = str(item["internalType"])
    return internal.removeprefix("enum ") if internal.startswith("enum ") else TYPES[item["type"]]


def log(name: str, **arguments: Any) -> dict[str, Any]:
    return {"event": name, "args": arguments}


def test_every_event_has_a_class_and_every_class_an_event() -> None:
    assert KINDS.keys() == ABI.keys()


@pytest.mark.parametrize("name", ABI)
def test_the_fields_of_a_class_are_the_arguments_of_the_event(name: str) -> None:
    """R22: in the same order, of the same types, enums by their own class."""
    expected = {to_snake(item["name"]): tell_type(item) for item in ABI[name]}
    assert {field: hint.__name__ for field, hint in get_type_hints(KINDS[name]).items()} == expected
    assert [to_camel(field) for field in expected] == [item["name"] for item in ABI[name]]


def test_numbers_become_enums() -> None:
    amounts = {"weightFor": 3, "weightAgainst": 1, "reward": 7, "turnout": 4, "condemned": 5}
    event = to_event(log("RoundSettled", round=2, outcome=1, winner=b"w" * 32, **amounts))
    assert event == RoundSettled(2, Outcome.ACCEPTED, b"w" * 32, 3, 1, 7, 4, 5)
    assert isinstance(event, RoundSettled) and isinstance(event.outcome, Outcome)
    slashed = to_event(log("Slashed", round=2, account=ACCOUNT, fault=3, amount=5, slasher=ACCOUNT, slasherShare=1))
    assert isinstance(slashed, Slashed) and slashed.fault is Fault.MINORITY


def test_what_python_keeps_for_itself_has_an_underscore() -> None:
    assert to_event(log("Funded", **{"from": ACCOUNT, "amount": 5})) == Funded(ACCOUNT, 5)


@pytest.mark.parametrize("odd", [log("Elephant"), log("Funded", amount=5), log("Slashed", round=1)])
def test_what_is_no_event_of_a_task_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        to_event(odd)


def test_a_value_that_no_enum_has_is_refused() -> None:
    with pytest.raises(ValueError):
        to_event(log("Slashed", round=1, account=ACCOUNT, fault=9, amount=5, slasher=ACCOUNT, slasherShare=1))
