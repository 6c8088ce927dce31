"""Options that many commands have, each said once. None stands for what the settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="Address of the task.", show_default=False)]
AmountArgument = Annotated[str, typer.Argument(metavar="AMOUNT", help="In whole tokens, such as 100.5.", show_default=False)]
AccountOption = Annotated[str | None, typer.Option("--account", metavar="ADDRESS", help="Any account instead of your own.")]
ForOption = Annotated[
    str | None,
    typer.Option("--account", metavar="ADDRESS", help="Whose operator your key is. (default: its own)", show_default=False),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="ADDRESS", help="Who receives. (default: the account)", show_default=False)
]

SHARED_PANEL = "Shared options"


def _shared(annotation: Any, flag: str, help: str, metavar: str | None = None, **more: Any) -> Any:
    option = typer.Option(flag, metavar=metavar, help=help, show_default=False, rich_help_panel=SHARED_PANEL, **more)
    return Annotated[annotation, option]


SHARED: Final[dict[str, Any]] = {
    "keystore": _shared(
        Path | None, "--keystore", "Key file. (environment: STARLING_KEYSTORE; default: ~/.starling/key.json)", "FILE"
    ),
    "password_file": _shared(
        Path | None,
        "--password-file",
        "File with the password. (environment: STARLING_PASSWORD_FILE, STARLING_PASSWORD)",
        "FILE",
    ),
    "max_fee": _shared(
        float | None, "--max-fee", "What a unit of gas may cost at most, in gwei. (default: 1000)", "GWEI", min=0.0
    ),
    "store": _shared(
        str | None,
        "--store",
        "local:DIR or ipfs:MULTIADDR. (environment: STARLING_STORE; default: local:~/.starling/store)",
        "STORE",
    ),
    "manager": _shared(str | None, "--manager", "Task manager. (default: what is deployed on the chain)", "ADDRESS"),
    "rpc": _shared(
        list[str] | None,
        "--rpc",
        "JSON-RPC endpoint; again for another that is asked where it fails. (environment: STARLING_RPC; default: "
        "http://127.0.0.1:8545)",
        "URL",
    ),
    "chain_id": _shared(int | None, "--chain-id", "Refuse any other chain.", "N", min=1),
    "as_json": _shared(bool, "--json", "Print one JSON document."),
}
"""By the name of the parameter, in the order in which help shows them."""

KEY = ("keystore", "password_file", "max_fee")
"""Of commands that sign."""
CHAIN = ("manager", "rpc", "chain_id")
"""Of commands that look at a task, or act in it."""
