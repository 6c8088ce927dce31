"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from orchestrator.errors import Fatal

UNFINISHED = ".unfinished-"
"""How the name of a file begins until all of it is written."""


def put_file(path: Path, content: bytes, *, mode: int = 0o666, is_new: bool = False) -> None:
    """Write `path`, all of it or nothing, and replace what is there; whoever reads it meanwhile has the old one.

    `is_new`: replace nothing. Raises OSError, of an existing file too, with nothing half-written left behind.
    """
    # What must not be replaced is written in its place: of two that make it at once, the second finds it taken.
    unfinished = path if is_new else path.with_name(UNFINISHED + secrets.token_hex(16))
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not is_new:
            os.replace(unfinished, path)
    except BaseException:  # also when we are told to stop in the middle
        unfinished.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path`, all at once or not at all, and make its folder. Raises Fatal if the disk does not take it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_file(path, content)
    except OSError as failed:
        hint = "free some space, check the folder's rights, or choose another place"
        raise Fatal(f"cannot write {path}: {failed.strerror}", hint=hint) from failed
