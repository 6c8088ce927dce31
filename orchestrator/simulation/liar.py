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
from orchestrator.learning.definition import Definition
from orchestrator.ports import Trainer
from orchestrator.simulation.contrary_trainer import ContraryTrainer
from orchestrator.wiring.node import run_node
from orchestrator.wiring.preflight import NodeOptions

_OPTIONS = TypeAdapter(NodeOptions)


def prepare_liar(options: NodeOptions, file: Path) -> list[str]:
    """Write the options to `file`; the command that runs a liar with them."""
    write_atomically(file, _OPTIONS.dump_json(options, exclude={"settings": {"password"}}))
    return [sys.executable, "-m", "orchestrator.simulation.liar", str(file)]


def read_options(file: Path) -> NodeOptions:
    """What `prepare_liar` wrote. Raises ValueError for anything else."""
    return _OPTIONS.validate_json(file.read_bytes())


def open_lying_trainer(definition: Definition, data: Path, split_seed: bytes) -> Trainer:
    from orchestrator.adapters.torch_trainer import open_trainer  # torch takes seconds to load

    return ContraryTrainer(open_trainer(definition, data, split_seed, attack="flip_labels"))


def main(file: str) -> None:
    """Exit code 1 with a sentence on stderr where something fails."""
    try:
        run_node(read_options(Path(file)), open_trainer=open_lying_trainer)
    except StarlingError as failed:
        sys.exit(f"error: {failed}\nhint: {failed.hint}")


if __name__ == "__main__":
    main(sys.argv[1])
