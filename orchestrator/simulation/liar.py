"""A node that lies: it trains on flipped labels, and votes the opposite of what it sees.

`python -m orchestrator.simulation.liar FILE` runs one with the options in FILE, which `prepare_liar` wrote; they name the file
with the password, and have no secret in them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import TypeAdapter

from orchestrator.adapters.files import write_atomically
from orchestrator.errors import StarlingError
from orchestrator.simulation.contrary_chain import ContraryChain
from orchestrator.simulation.lying_trainer import open_lying_trainer
from orchestrator.wiring.node import run_node
from orchestrator.wiring.options import NodeOptions

_OPTIONS = TypeAdapter(NodeOptions)


def prepare_liar(options: NodeOptions, file: Path) -> list[str]:
    """Write the options to `file`; the command that runs a liar with them."""
    write_atomically(file, _OPTIONS.dump_json(options, exclude={"settings": {"password"}}))
    return [sys.executable, "-m", "orchestrator.simulation.liar", str(file)]


def read_options(file: Path) -> NodeOptions:
    """What `prepare_liar` wrote. Raises ValueError for anything else."""
    return _OPTIONS.validate_json(file.read_bytes())


def main(file: str) -> None:
    """Exit code 1 with a sentence on stderr where something fails."""
    try:
        run_node(read_options(Path(file)), open_trainer=open_lying_trainer, wrap_chain=ContraryChain)
    except StarlingError as failed:
        sys.exit(f"error: {failed}\nhint: {failed.hint}")


if __name__ == "__main__":
    main(sys.argv[1])
