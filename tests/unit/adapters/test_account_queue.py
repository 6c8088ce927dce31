"""One account, one sender at a time: among threads, among processes, and after a process that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from orchestrator.adapters.account_queue import AccountQueue
from orchestrator.errors import ConfigError, Transient

HOLDER = """
import sys, time
from pathlib import Path
from orchestrator.adapters.account_queue import AccountQueue
with AccountQueue(Path(sys.argv[1]))():
    print("in", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts" / "0x12.lock"


def test_threads_come_one_after_the_other(path: Path) -> None:
    """N7"""
    inside, most = 0, 0
    guard = threading.Lock()

    def send() -> None:
        nonlocal inside, most
        with AccountQueue(path)():
            with guard:
                inside, most = inside + 1, max(most, inside + 1)
            time.sleep(0.01)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


def test_who_waits_too_long_is_told_for_whom_and_a_killed_holder_makes_room(path: Path) -> None:
    """N7"""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout and process.stdout.readline() == "in\n"
        with (
            pytest.raises(Transient, match=f"process {process.pid} has been sending"),
            AccountQueue(path, patience_seconds=0.1)(),
        ):
            pass
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with AccountQueue(path, patience_seconds=0.1)():
        assert path.read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "accounts").write_text("a file")
    with pytest.raises(ConfigError, match="cannot write"), AccountQueue(tmp_path / "accounts" / "0x12.lock")():
        pass
