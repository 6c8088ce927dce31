"""The contracts as Brownie compiled them, put on a chain that ends with the run. `scripts/deploy.py` is for those that stay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.chain.endpoint import Endpoint
from orchestrator.errors import ConfigError
from orchestrator.protocol.types import Address

BUILD = Path(__file__).resolve().parents[3] / "build" / "contracts"
"""Of a checkout; an installed package has none."""


@dataclass(frozen=True)
class Contracts:
    """Where they are."""

    manager: Address
    lens: Address
    token: Address
    beacon: Address


def load_bytecode(name: str, build: Path = BUILD) -> str:
    """The creation code of a contract. Raises ConfigError if it is not compiled."""
    try:
        return str(json.loads((build / f"{name}.json").read_text())["bytecode"])
    except (OSError, ValueError, KeyError) as missing:
        hint = "run `make compile` in a checkout of the project"
        raise ConfigError(f"the contract {name} is not compiled in {build}", hint=hint) from missing


def deploy_contracts(endpoint: Endpoint, build: Path = BUILD) -> Contracts:
    """A manager, its lens, a beacon and a token that anybody can mint. Raises ConfigError if they are not compiled."""
    lens, token, beacon = (
        endpoint.deploy(name, load_bytecode(name, build)) for name in ("TaskLens", "TestToken", "FutureBlockBeacon")
    )
    code = bytes.fromhex(load_bytecode("FLTask", build).removeprefix("0x"))
    return Contracts(endpoint.deploy("TaskManager", load_bytecode("TaskManager", build), code, lens), lens, token, beacon)
