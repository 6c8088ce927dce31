"""What is one node told?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestrator.config import Settings
from orchestrator.protocol.duties import Policy
from orchestrator.telemetry.log import Format
from orchestrator.wiring.connection import Connection


@dataclass(frozen=True)
class NodeOptions:
    """What one node is told."""

    settings: Settings
    connection: Connection
    task: str
    data: Path
    store: str
    """As `--store` takes it."""
    account: str | None = None
    """For whom the key acts as operator; None: for itself."""
    state: Path | None = None
    """The folder of its notes; None: in the settings' home."""
    ws: str | None = None
    """Where events are announced; None: the RPC endpoint's own WebSocket."""
    threads: int | None = None
    """To train with; None: all cores."""
    turn_seconds: int = Policy.turn_seconds
    margin_seconds: int = 0
    """At least; the node measures how long it needs."""
    leave_after: int = Policy.leave_after
    poll_seconds: float = 2.0
    withdraws: bool = True
    log_format: Format = "text"
    metrics: str | None = None
    """PORT or HOST:PORT where how the node is can be asked; None: nowhere."""
