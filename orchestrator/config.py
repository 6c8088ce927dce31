"""Settings. The only file that reads the environment; everybody else is given what it needs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
"""The checkout, where there is one: contracts, scripts and data are beside the package."""
DEPLOYMENTS = ROOT / "orchestrator" / "deployments"
VARIABLES = {
    "STARLING_HOME": "folder for key, state and store; ~/.starling",
    "STARLING_RPC": "URL of the chain's JSON-RPC endpoint, or several with commas between them; http://127.0.0.1:8545",
    "STARLING_KEYSTORE": "key file; $STARLING_HOME/key.json",
    "STARLING_PASSWORD": "the key file's password",
    "STARLING_PASSWORD_FILE": "file with the key file's password",
    "STARLING_STORE": "local:DIR or ipfs:MULTIADDR; local:$STARLING_HOME/store",
    "STARLING_DEPLOYMENTS": "folder with <chain id>.json, what the contracts' addresses are; the one that comes with Starling",
}


@dataclass(frozen=True)
class Settings:
    """What is set in the environment, or the defaults. Options on the command line go first."""

    home: Path
    rpc: str
    keystore: Path
    store: str
    deployments: Path = DEPLOYMENTS
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None


@dataclass(frozen=True)
class Deployment:
    """Where the contracts of one chain are, as scripts/deploy.py wrote it."""

    manager: str
    beacon: str
    token: str | None = None
    """None on main nets, where no test token is deployed."""
    block: int = 0
    """No event of the task manager is older."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from STARLING_… variables. An empty variable is one that is not set."""
    values = {name: environment[name] for name in VARIABLES if environment.get(name)}
    home = Path(values.get("STARLING_HOME", "~/.starling")).expanduser()
    password_file = values.get("STARLING_PASSWORD_FILE")
    return Settings(
        home=home,
        rpc=values.get("STARLING_RPC", "http://127.0.0.1:8545"),
        keystore=Path(values.get("STARLING_KEYSTORE", home / "key.json")).expanduser(),
        store=values.get("STARLING_STORE", f"local:{home / 'store'}"),
        deployments=Path(values.get("STARLING_DEPLOYMENTS", DEPLOYMENTS)).expanduser(),
        password=values.get("STARLING_PASSWORD"),
        password_file=Path(password_file).expanduser() if password_file else None,
    )


def keep_ray_silent() -> None:
    """Ray, where it is used, tells its makers so unless it is told not to."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")


def read_deployment(chain_id: int, folder: Path = DEPLOYMENTS) -> Deployment:
    """The contracts of a chain. Raises ConfigError if nothing, or nonsense, is known of it."""
    path = folder / f"{chain_id}.json"
    try:
        values = json.loads(path.read_text())
        return Deployment(values["manager"], values["beacon"], values.get("token"), values.get("block", 0))
    except FileNotFoundError as missing:
        hint = "deploy the contracts, or name them with --manager (and, to create a task, --token and --beacon)"
        raise ConfigError(f"no contracts are known on chain {chain_id}: there is no {path}", hint=hint) from missing
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as malformed:
        raise ConfigError(f"{path} cannot be read as a deployment", hint="write it again with scripts/deploy.py") from malformed
