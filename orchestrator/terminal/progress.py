"""What a person sees who waits."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text


def log_progress(event: str, **values: Any) -> None:
    """What adapters log, on stderr, as far as it is worth a line."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    match event:
        case "transaction.mined":
            console.print(Text(f"{values['act']} is in block {values['block']}, gas {values['gas']:,}"))
        case "transaction.replaced":
            console.print(Text("the transaction is not mined in time: sending it again at a higher fee"))
