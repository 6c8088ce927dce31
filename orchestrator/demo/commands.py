"""What is each node told? Its options, and the command that has them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.config import CONFIG
from orchestrator.demo.setup import Setup
from orchestrator.settings import SETTINGS
from orchestrator.wiring.options import NodeOptions

TURN_SECONDS, POLL_SECONDS = 1, 1


def compose_options(number: int, setup: Setup) -> NodeOptions:
    """What a participant would choose for node `number`."""
    chain = setup.chain
    connection = replace(
        setup.wallets[number].connection, rpc=(chain.url,), chain_id=chain.chain_id, manager=setup.contracts.manager
    )
    return NodeOptions(
        setup.settings,
        connection,
        setup.task,
        setup.datasets[number],
        setup.settings.store,
        state=find_folder(number, setup) / "state",
        ws=chain.ws_url,
        threads=1,
        turn_seconds=TURN_SECONDS,
        poll_seconds=POLL_SECONDS,
        log_format="json",
    )


def compose_command(options: NodeOptions) -> list[str]:
    """What a participant would type, with everything on the command line but the password."""
    connection = options.connection
    values: dict[str, Any] = {
        "rpc": ",".join(connection.rpc),
        "chain-id": connection.chain_id,
        "manager": connection.manager,
        "keystore": connection.keystore,
        "password-file": connection.password_file,
        "account": options.account,
        "data": options.data,
        "store": options.store,
        "state": options.state,
        "ws": options.ws,
        "threads": options.threads,
        "turn": options.turn_seconds,
        "margin": options.margin_seconds,
        "leave-after": options.leave_after,
        "poll": options.poll_seconds,
        "log": options.log_format,
    }
    typed = [text for name, value in values.items() if value is not None for text in (f"--{name}", str(value))]
    # What somebody has chosen for nodes of their own is not for the demo's.
    chosen = [CONFIG, *(one.variable for one in SETTINGS.values())]
    forget = [text for variable in chosen for text in ("-u", variable)]
    starling = [sys.executable, "-m", "orchestrator.cli.main", "--config", os.devnull]
    return ["env", *forget, *starling, "node", "run", options.task, *typed]


def find_folder(number: int, setup: Setup) -> Path:
    """Where node `number` has its notes and logs."""
    return setup.settings.home / f"node-{number + 1}"
