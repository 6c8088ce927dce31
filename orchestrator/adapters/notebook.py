"""The node's notes in one small JSON file, replaced atomically."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orchestrator.adapters.files import write_atomically
from orchestrator.protocol.types import Ballot, Notes, Phase


class FileNotebook:
    """Notes at `path`. A file that is missing or damaged is an empty notebook: the chain knows what matters."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Notes:
        """The notes as they were last written."""
        try:
            return decode_notes(json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Notes()

    def write(self, notes: Notes) -> None:
        """Replace the notes. Raises Fatal if the disk does not take them."""
        write_atomically(self._path, json.dumps(encode_notes(notes)).encode())


def encode_notes(notes: Notes) -> dict[str, Any]:
    """The notes as JSON has them."""
    return {name: _to_json(value) for name, value in asdict(notes).items()}


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _to_json(inner) for name, inner in value.items()}
    return [_to_json(inner) for inner in value] if isinstance(value, tuple) else value


def decode_notes(values: dict[str, Any]) -> Notes:
    """The way back. Raises ValueError, TypeError, KeyError or AttributeError for anything else."""
    values["phase"] = Phase(values["phase"])
    values["update"] = bytes.fromhex(values["update"]) if values["update"] else None
    values["origin"], values["ballot_origin"] = bytes.fromhex(values["origin"]), bytes.fromhex(values["ballot_origin"])
    values["drafts"] = tuple(bytes.fromhex(digest) for digest in values["drafts"])
    if values["ballot"]:
        values["ballot"]["aggregate"] = bytes.fromhex(values["ballot"]["aggregate"])
        values["ballot"] = Ballot(**values["ballot"])
    return Notes(**values)
