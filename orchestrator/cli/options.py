"""Options that many commands have, each said once. None stands for what the settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from orchestrator.settings import SETTINGS

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


def setting(name: str, **more: Any) -> Any:
    """The option of a setting; None stands for what the file or the environment says, or the default."""
    one = SETTINGS[name]
    assert one.option
    return typer.Option(one.option, metavar=one.metavar, help=one.told, show_default=False, **more)


_PANEL: Final[dict[str, Any]] = {"rich_help_panel": SHARED_PANEL}
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.", **_PANEL)]

SHARED: Final[dict[str, Any]] = {
    "keystore": Annotated[Path | None, setting("keystore", **_PANEL)],
    "password_file": Annotated[Path | None, setting("password_file", **_PANEL)],
    "max_fee": Annotated[float | None, setting("max_fee", min=0.0, **_PANEL)],
    "store": Annotated[str | None, setting("store", **_PANEL)],
    "manager": Annotated[str | None, setting("manager", **_PANEL)],
    "rpc": Annotated[list[str] | None, setting("rpc", **_PANEL)],
    "chain_id": Annotated[int | None, setting("chain_id", min=1, **_PANEL)],
    "as_json": JsonOption,
}
"""By the name of the parameter, in the order in which help shows them."""

KEY = ("keystore", "password_file", "max_fee")
"""Of commands that sign."""
CHAIN = ("manager", "rpc", "chain_id")
"""Of commands that look at a task, or act in it."""
