"""From the logs of a task to typed events: decoded here, once, so that nobody else sees names and numbers of the ABI."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any, get_args, get_type_hints

from orchestrator.adapters.chain.abi import compute_selector, load_abi, to_camel
from orchestrator.protocol.events import Event

KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Event)}


@cache
def compute_topic(kind: type) -> bytes:
    """What the logs of all events of this class begin with."""
    return compute_selector(next(entry for entry in load_abi("FLTask") if entry.get("name") == kind.__name__))


def to_event(log: Mapping[str, Any]) -> Event:
    """A log of a task as `decode_logs` gives it, in our words."""
    kind = KINDS[log["event"]]
    event: Event = kind(**{name: convert(log["args"][to_camel(name)]) for name, convert in _list_fields(kind).items()})
    return event


@cache
def _list_fields(kind: type) -> dict[str, type]:
    """The fields of a class of events, and what makes a value of each from web3's: an enum, bytes, or what it is already."""
    hints = get_type_hints(kind)
    assert all(hint in (str, int, bool, bytes) or issubclass(hint, IntEnum) for hint in hints.values())
    return hints
