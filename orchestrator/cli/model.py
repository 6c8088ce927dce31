"""`starling model`: get what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.adapters.chain.addresses import NOBODY
from orchestrator.adapters.files import write_atomically
from orchestrator.cli.options import CHAIN, TaskArgument
from orchestrator.cli.session import Session, takes
from orchestrator.cli.task_document import compose_digest
from orchestrator.effects import fetch_model
from orchestrator.errors import ArtifactRefused, Fatal
from orchestrator.learning.artifact import read_layout
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
    first = storage.get(reader.parameters.initial_model, limit_bytes=limit_bytes)
    try:
        layout = read_layout(first)
    except ArtifactRefused as refused:
        raise Fatal(f"the task's first global model cannot be used: {refused}", hint="leave the task") from refused
    model = fetch_model(storage, view.global_model, layout, limit_bytes)
    write_atomically(output, model)
    document = {"task": reader.address, "settled_rounds": view.round - 1, "rounds": view.rounds}
    document |= {"global_model": compose_digest(view.global_model), "bytes": len(model), "output": str(output)}
    session.show(document)
