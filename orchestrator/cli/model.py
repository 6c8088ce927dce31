"""`starling model`: get what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.adapters.chain.addresses import NOBODY
from orchestrator.adapters.files import write_atomically
from orchestrator.cli.describe import compose_digest
from orchestrator.cli.options import CHAIN, TaskArgument
from orchestrator.cli.session import Session, takes
from orchestrator.errors import ArtifactRefused
from orchestrator.learning.artifact import find_flaw
from orchestrator.protocol.cid import to_cid
from orchestrator.wiring.definition import fetch_definition

app = typer.Typer(no_args_is_help=True, help="Get what was trained.")


@app.callback()
def group() -> None:
    """A group, although it has one command so far."""


@app.command()
@takes("store", *CHAIN, "as_json")
def pull(
    session: Session,
    task: TaskArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.", show_default=False)],
) -> None:
    """Write the last global model, verified, as a safetensors file."""
    reader = session.open_task(task).reader
    view, storage = reader.read_view(NOBODY), session.storage
    limit_bytes = fetch_definition(storage, reader.parameters.definition).limit_bytes
    model = storage.get(view.global_model, limit_bytes=limit_bytes)
    first = storage.get(reader.parameters.initial_model, limit_bytes=limit_bytes)
    if flaw := find_flaw(model, first, limit_bytes):
        hint = "do not use it; the task's first global model is another"
        raise ArtifactRefused(f"the global model {to_cid(view.global_model)} is not valid: {flaw}", hint=hint)
    write_atomically(output, model)
    document = {"task": reader.address, "settled_rounds": view.round - 1, "rounds": view.rounds}
    document |= {"global_model": compose_digest(view.global_model), "bytes": len(model), "output": str(output)}
    session.show(document)
