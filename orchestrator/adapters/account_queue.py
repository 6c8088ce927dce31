"""Who sends for an account now? On this machine one at a time, and the others wait: nobody takes another's nonce.

Nodes of several tasks and people's commands, all with one key, stand in one queue. A turn ends with the process that has it, at
the latest. A second machine with the same key is not seen here; there the chain decides between two transactions.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import ConfigError, Transient

PATIENCE_SECONDS = 180.0
"""Longer than anybody takes whose transaction is not mined, and is replaced again and again."""
LOOK_SECONDS = 0.05


class AccountQueue:
    """`with queue(): …`; `path` is a file of the account."""

    def __init__(self, path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Nothing is opened yet."""
        self._path, self._patience_seconds = path, patience_seconds

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Raises Transient if another process holds it for too long, ConfigError if the file cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as failed:
            hint = "make the folder writable, or set STARLING_HOME to another"
            raise ConfigError(f"cannot write {self._path}: {failed.strerror}", hint=hint) from failed
        with os.fdopen(descriptor, "r+") as file:
            self._take(descriptor)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def _take(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as held:
                if time.monotonic() > deadline:
                    holder = os.pread(descriptor, 20, 0).decode(errors="replace")
                    why = f"process {holder} has been sending for this account for {self._patience_seconds:.0f} s"
                    raise Transient(why, hint="wait for it, or stop it") from held
            time.sleep(LOOK_SECONDS)
