"""Options that many commands have, each said once. None stands for what the settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="Address of the task.", show_default=False)]
AmountArgument = Annotated[str, typer.Argument(metavar="AMOUNT", help="In whole tokens, such as 100.5.", show_default=False)]

RpcOption = Annotated[
    str | None,
    typer.Option("--rpc", metavar="URL", help="JSON-RPC endpoint. (environment: STARLING_RPC; default: http://127.0.0.1:8545)"),
]
ChainOption = Annotated[
    int | None, typer.Option("--chain-id", metavar="N", help="Refuse any other chain.", min=1, show_default=False)
]
KeystoreOption = Annotated[
    Path | None,
    typer.Option(
        "--keystore", metavar="FILE", help="Key file. (environment: STARLING_KEYSTORE; default: ~/.starling/key.json)"
    ),
]
PasswordOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="File with the password. (environment: STARLING_PASSWORD_FILE, STARLING_PASSWORD)",
    ),
]
ManagerOption = Annotated[
    str | None,
    typer.Option("--manager", metavar="ADDRESS", help="Task manager. (default: what is deployed on the chain)"),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="local:DIR or ipfs:MULTIADDR. (environment: STARLING_STORE; default: local:~/.starling/store)",
    ),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="ADDRESS", help="Who receives. (default: the account)", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
