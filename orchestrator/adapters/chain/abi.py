"""The ABIs of the contracts: what they select by, and what their names are in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from keyword import iskeyword
from typing import Any

from eth_utils.crypto import keccak


@cache
def load_abi(name: str) -> list[dict[str, Any]]:
    """The ABI of contract `name`, as scripts/export_abi.py wrote it."""
    abi: list[dict[str, Any]] = json.loads(resources.files("orchestrator").joinpath("abi", f"{name}.json").read_text())
    return abi


def compute_selector(entry: Mapping[str, Any]) -> bytes:
    """What an error, function or event of an ABI hashes to; the leading 4 bytes select an error, all 32 an event."""
    return keccak(text=f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})")


@cache
def to_snake(name: str) -> str:
    """`fromRound` as `from_round`. What Python keeps for itself gets an underscore behind it: `from_`."""
    snake = re.sub("([A-Z])", lambda letter: "_" + letter[1].lower(), name)
    return snake + "_" if iskeyword(snake) else snake


def to_camel(name: str) -> str:
    """The way back."""
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
