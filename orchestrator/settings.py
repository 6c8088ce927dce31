"""Which settings are there? Each defined once: its name in the file, in the environment and as an option, and what it means.

`python -m orchestrator.settings` prints the page docs/settings.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

ENVIRONMENT: Final = "STARLING_"


def _setting(default: Any, help: str, metavar: str, *, told: str = "", has_option: bool = True, **limits: Any) -> Any:
    """`told`: the default in words, where the value does not say it."""
    more: Any = {"metavar": metavar, "told": told, "has_option": has_option}
    return Field(default, description=help, json_schema_extra=more, **limits)


class Chosen(BaseModel):
    """What a file and the environment may choose. A value of None stands for the default in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = _setting(Path("~/.starling"), "Folder for key, notes and store", "DIR", has_option=False)
    rpc: str = _setting(
        "http://127.0.0.1:8545",
        "JSON-RPC endpoint, or several with commas: the next is asked where one fails",
        "URL",
        pattern="^https?://[^/]",
    )
    chain_id: int | None = _setting(None, "Refuse any other chain", "N", told="any", ge=1)
    manager: str | None = _setting(
        None, "Task manager", "ADDRESS", told="what is deployed on the chain", pattern="^0x[0-9a-fA-F]{40}$"
    )
    keystore: Path | None = _setting(None, "Key file", "FILE", told="key.json in home")
    password_file: Path | None = _setting(None, "File with the password of the key file", "FILE", told="it is asked for")
    max_fee: float | None = _setting(None, "What a unit of gas may cost at most, in gwei", "GWEI", told="1000", ge=0)
    store: str | None = _setting(None, "local:DIR or ipfs:MULTIADDR", "STORE", told="local:, store in home")
    deployments: Path | None = _setting(
        None, "Folder with <chain id>.json, where the contracts are", "DIR", told="the one of Starling", has_option=False
    )
    data: Path | None = _setting(None, "Your own data: a safetensors file with inputs and labels", "FILE", told="none")
    account: str | None = _setting(
        None, "Whose operator your key is", "ADDRESS", told="its own; of `node` alone", pattern="^0x[0-9a-fA-F]{40}$"
    )
    state: Path | None = _setting(None, "Where notes are kept", "DIR", told="state in home")
    ws: str | None = _setting(None, "WebSocket endpoint for events", "URL", told="rpc with ws:", pattern="^wss?://[^/]")
    threads: int | None = _setting(None, "Threads to train with", "N", told="all cores", ge=1)
    turn: int = _setting(4, "Seconds to wait for each whose turn is first; three blocks where they take longer", "N", ge=0)
    margin: int = _setting(0, "Seconds before a vote's deadline, at least, after which missing updates are left out", "N", ge=0)
    leave_after: int = _setting(0, "Leave after so many rounds without a usable global model; 0: never", "N", ge=0)
    poll: float = _setting(2.0, "Seconds between looks when no event comes", "N", ge=0.1)
    log: Literal["text", "json"] = _setting("text", "json: one document a line; text: for people", "text|json")
    metrics: str | None = _setting(
        None,
        "Answer to Prometheus there, with /healthz and /readyz",
        "[HOST:]PORT",
        told="nowhere",
        coerce_numbers_to_str=True,
        pattern=r"^(.*:)?\d+$",
    )
    withdraw: bool = _setting(True, "Take stake and rewards back at the task's end", "true|false")


@dataclass(frozen=True)
class Setting:
    """What people are told of one."""

    name: str
    help: str
    metavar: str
    default: str
    """In words."""
    is_default_value: bool
    """Whether the default is a value that could stand in a file."""
    has_option: bool

    @property
    def variable(self) -> str:
        return ENVIRONMENT + self.name.upper()

    @property
    def option(self) -> str | None:
        flag = f"--{self.name.replace('_', '-')}"
        return None if not self.has_option else "--no-withdraw" if self.name == "withdraw" else flag

    @property
    def told(self) -> str:
        """As `--help` says it."""
        return f"{self.help}. ({self.variable}; default: {self.default})"


def _describe(name: str) -> Setting:
    field = Chosen.model_fields[name]
    more: Any = field.json_schema_extra
    default = field.default
    told = more["told"] or (str(default).lower() if isinstance(default, bool) else str(default))
    return Setting(name, field.description or "", more["metavar"], told, default is not None, more["has_option"])


SETTINGS: Final = {name: _describe(name) for name in Chosen.model_fields}
"""By name, in the order in which people are told of them."""


def compose_example() -> str:
    """A file in which every setting stands, as its default or as something like it, and none is chosen yet."""
    lines = ["# Settings of `starling`. The environment goes before this file, options go before both.", ""]
    for one in SETTINGS.values():
        field_default = Chosen.model_fields[one.name].default
        lines += [f"# {one.help}." + ("" if one.is_default_value else f" Default: {one.default}.")]
        lines += [f"# {one.name} = {_tell_value(field_default, one)}", ""]
    return "\n".join(lines)


def _tell_value(default: Any, one: Setting) -> str:
    if default is None:
        return _EXAMPLES[one.name]
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if isinstance(default, int | float) else f'"{default}"'


_EXAMPLES: Final = {
    "chain_id": "1",
    "manager": '"0x0000000000000000000000000000000000000000"',
    "keystore": '"~/.starling/key.json"',
    "password_file": '"/run/secrets/starling"',
    "max_fee": "1000",
    "store": '"ipfs:/ip4/127.0.0.1/tcp/5001"',
    "deployments": '"~/.starling/deployments"',
    "data": '"~/data.safetensors"',
    "account": '"0x0000000000000000000000000000000000000000"',
    "state": '"~/.starling/state"',
    "ws": '"ws://127.0.0.1:8545"',
    "threads": "2",
    "metrics": '"9100"',
}


def compose_page() -> str:
    """The page for who runs nodes."""
    rows = [
        f"| `{one.name}` | `{one.variable}` | {f'`{one.option}`' if one.option else ''} | {one.help.replace('|', '/')} | "
        f"{one.default.replace('|', '/')} |"
        for one in SETTINGS.values()
    ]
    return "\n".join([*_HEAD, *rows, *_TAIL])


_HEAD: Final = (
    "# Settings",
    "",
    "A setting is looked for in this order: the option, the environment, the file, the default. An empty variable is one that",
    "is not set.",
    "",
    "The file is TOML, a setting a line: `starling --config FILE …`, or the file that `STARLING_CONFIG` names, or",
    "`config.toml` in home if it is there. `starling config example` prints one in which everything stands; `starling config",
    "check` tells what is chosen where, and every key and value that is wrong, with its line and what to do.",
    "",
    "| in the file | in the environment | option | meaning | default |",
    "|---|---|---|---|---|",
)
_TAIL: Final = (
    "",
    "The password itself can be in `STARLING_PASSWORD`, and never in the file: `password_file` names one of its own.",
    "`--json`, and options that stand for one command alone, are in `starling COMMAND --help`.",
    "",
    "Made from `orchestrator/settings.py` by `python -m orchestrator.settings >docs/settings.md`.",
    "",
)

if __name__ == "__main__":
    print(compose_page(), end="")
