"""Processes that never outlive us: each in a session of its own, so Ctrl-C reaches us alone and we end them in order."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from orchestrator.errors import Fatal

GRACE_SECONDS = 5.0


class Interrupted(BaseException):
    """Somebody wants us to end now. Not an Exception, so that nothing on the way takes it for a failure."""


@contextlib.contextmanager
def interruptible(*signals: signal.Signals) -> Iterator[None]:
    """Inside, each of `signals` raises Interrupted with its name, once: what cleans up is not interrupted again."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signal.Signals(number).name)

    before = {each: signal.signal(each, interrupt) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def find_tool(name: str, *, hint: str = "run `make setup` in the checkout") -> str:
    """The executable beside this Python, else the one on PATH. Raises Fatal if there is none."""
    beside = Path(sys.executable).parent / name
    if found := str(beside) if beside.exists() else shutil.which(name):
        return found
    raise Fatal(f"there is no {name}", hint=hint)


def start(command: Sequence[str], *, cwd: Path, stdout: IO[bytes] | int, stderr: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, with nothing to read."""
    return subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End all of them and what they started: politely, then, after GRACE_SECONDS together, for sure."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    for process in processes:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def run(command: Sequence[str], *, cwd: Path, log: Path) -> None:
    """Run `command` to its end; what it says goes to `log`. Raises Fatal with its last words if it fails."""
    with log.open("wb") as file:
        process = start(command, cwd=cwd, stdout=file, stderr=subprocess.STDOUT)
    try:
        status = process.wait()
    finally:
        stop([process])
    if status:
        raise Fatal(f"`{' '.join(command)}` failed: {read_last_words(log)}", hint=f"look at {log}")


def read_last_words(log: Path, lines: int = 3) -> str:
    """The end of a log, in one line."""
    with contextlib.suppress(OSError):
        return " ".join(line.strip() for line in log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """The group outlives its leader while anything that it started is there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
