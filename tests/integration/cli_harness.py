"""`starling` with a home, keys and data of its own, on the chain of a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from typer.testing import CliRunner

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.cli.main import app
from tests.integration.conftest import Anvil, Deployment

TOKENS = 10**18
PASSWORD = "correct horse"
STARLING = [sys.executable, "-m", "orchestrator.cli.main"]


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    def expect_error(self, *words: str) -> None:
        """Exit code 1, nothing on stdout, one clear sentence and no traceback on stderr, with `words` in it."""
        assert self.code == 1, self
        assert self.out == "", self
        assert "error: " in self.err and "Traceback" not in self.err, self
        assert "unexpected" not in self.err, self
        for word in words:
            assert word in self.err, (word, self)


@dataclass(frozen=True)
class Cli:
    """Runs commands for the accounts of `anvil`, each with a key file in `home`."""

    home: Path
    anvil: Anvil
    deployment: Deployment

    def key(self, index: int) -> Path:
        """The key file of Anvil's account `index`; as weakly encrypted as is allowed, to be fast."""
        path = self.home / f"key-{index}.json"
        if not path.exists():
            path.write_text(json.dumps(Account.encrypt(self.anvil.accounts[index].key, PASSWORD, iterations=2)))
        return path

    def environment(self, index: int = 0) -> dict[str, str]:
        """All that a command sees; nothing of the real home."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "STARLING_HOME": str(self.home),
            "STARLING_DEPLOYMENTS": str(self.home / "deployments"),
            "STARLING_RPC": self.anvil.url,
            "STARLING_KEYSTORE": str(self.key(index)),
            "STARLING_PASSWORD": PASSWORD,
            # Python up to 3.13 keeps what it could write of its compiled modules, also where files may not grow (see `before`).
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __call__(self, *arguments: object, key: int = 0, environment: Mapping[str, str] | None = None) -> Done:
        """Run `starling` with `arguments` for account `key`, in this process: loading it takes longer than it runs.
        An empty variable in `environment` is one that is not set."""
        variables = self.environment(key) | dict(environment or {})
        done = CliRunner(env=variables).invoke(app, [*map(str, arguments)], prog_name="starling")
        return Done(done.exit_code, done.stdout, done.stderr)

    def run(self, *arguments: object, key: int = 0, before: Callable[[], None] | None = None) -> Done:
        """The same in a process of its own, where `before` is called first."""
        done = subprocess.run(
            [*STARLING, *map(str, arguments)],
            env=self.environment(key),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            preexec_fn=before,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, key: int = 0, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        """Start `starling`, where `before` is called first; its stdout and stderr are pipes."""
        return subprocess.Popen(
            [*STARLING, *map(str, arguments)],
            env=self.environment(key),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )

    def json(self, *arguments: object, key: int = 0) -> Any:
        """What a command prints with --json; it must go well."""
        done = self(*arguments, "--json", key=key)
        assert done.code == 0, done
        return done.document

    def create_task(self, *arguments: object) -> str:
        """A task to learn digits, made by account 0."""
        return str(self.json("task", "create", "--recipe", "digits", *arguments)["task"])


def make_cli(home: Path, anvil: Anvil, deployment: Deployment) -> Cli:
    """A home with the deployment in it, and 1,000 tokens for each of the first five accounts."""
    (home / "deployments").mkdir(parents=True)
    addresses = {"manager": deployment.manager, "token": deployment.token, "beacon": deployment.beacon}
    deployed = {**addresses, "chain_id": anvil.chain_id, "block": 0}
    (home / "deployments" / f"{anvil.chain_id}.json").write_text(json.dumps(deployed))
    payer = Rpc(anvil.url, account=anvil.accounts[0])
    for account in anvil.accounts[:5]:
        deployment.mint(payer, account.address, 1000 * TOKENS)
    return Cli(home, anvil, deployment)
