"""Files that commands write."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from orchestrator.errors import Fatal


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path`, all at once or not at all. Raises Fatal if the disk does not take it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as failed:
        hint = "free some space, or choose another place"
        raise Fatal(f"cannot write {path}: {failed.strerror}", hint=hint) from failed
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
