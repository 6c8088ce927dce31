"""The embedded store keeps what it was given, gives nothing else, and leaves nothing half-written."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from orchestrator.adapters.stores.local import LocalStore
from orchestrator.errors import ArtifactMissing, ArtifactRefused, Fatal
from orchestrator.protocol.cid import compute_digest, to_cid

LIMIT_BYTES = 1_000_000
ARTIFACT = b"starling" * 50_000
ROOT = Path(__file__).resolve().parents[3]
PROCESSES = multiprocessing.get_context("fork")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> LocalStore:
    return LocalStore(folder)


@pytest.fixture
def path(folder: Path) -> Path:
    """Where ARTIFACT belongs."""
    return folder / to_cid(compute_digest(ARTIFACT))


@pytest.mark.parametrize("artifact", [b"", b"x", ARTIFACT])
def test_what_is_put_can_be_got_by_every_node_on_the_machine(store: LocalStore, folder: Path, artifact: bytes) -> None:
    digest = store.put(artifact)
    assert digest == compute_digest(artifact)
    assert LocalStore(folder).get(digest, limit_bytes=len(artifact)) == artifact
    assert os.listdir(folder) == [to_cid(digest)]


def test_putting_twice_writes_once(store: LocalStore, path: Path) -> None:
    store.put(ARTIFACT)
    before = path.stat()
    store.put(ARTIFACT)
    assert path.stat() == before


def test_what_was_never_put_is_missing(store: LocalStore) -> None:
    with pytest.raises(ArtifactMissing):
        store.get(bytes(32), limit_bytes=LIMIT_BYTES)


def test_a_digest_of_another_length_is_no_path(store: LocalStore) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        store.get(b"../../etc/passwd", limit_bytes=LIMIT_BYTES)


def test_an_artifact_over_the_limit_is_refused(store: LocalStore) -> None:
    digest = store.put(ARTIFACT)
    with pytest.raises(ArtifactRefused, match=f"{len(ARTIFACT)} bytes, the limit is {len(ARTIFACT) - 1}"):
        store.get(digest, limit_bytes=len(ARTIFACT) - 1)


def test_a_huge_file_is_refused_without_reading_it(store: LocalStore, path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ArtifactRefused, match="limit"):
        store.get(compute_digest(ARTIFACT), limit_bytes=LIMIT_BYTES)


@pytest.mark.parametrize("corrupted", [b"", ARTIFACT[:-1], ARTIFACT + b"x", b"S" + ARTIFACT[1:]])
def test_a_corrupted_file_is_refused_until_the_right_bytes_are_put(store: LocalStore, path: Path, corrupted: bytes) -> None:
    digest = store.put(ARTIFACT)
    path.write_bytes(corrupted)
    with pytest.raises(ArtifactRefused, match="corrupted"):
        store.get(digest, limit_bytes=LIMIT_BYTES)
    store.put(ARTIFACT)
    assert store.get(digest, limit_bytes=LIMIT_BYTES) == ARTIFACT


def link_outside(path: Path) -> None:
    outside = path.parent.parent / "outside"
    outside.write_bytes(ARTIFACT)
    path.symlink_to(outside)


@pytest.mark.parametrize("trick", [link_outside, lambda path: path.symlink_to("/nowhere"), os.mkfifo, os.mkdir])
def test_what_is_no_plain_file_is_refused(store: LocalStore, path: Path, trick: Callable[[Path], None]) -> None:
    trick(path)
    with pytest.raises(ArtifactRefused, match="not a plain file"):
        store.get(compute_digest(ARTIFACT), limit_bytes=LIMIT_BYTES)


@pytest.mark.parametrize("trick", [link_outside, os.mkfifo])
def test_putting_replaces_what_is_no_plain_file(store: LocalStore, path: Path, trick: Callable[[Path], None]) -> None:
    trick(path)
    store.put(ARTIFACT)
    assert path.is_file() and not path.is_symlink()


def test_a_folder_in_an_artifacts_place_is_for_people_to_remove(store: LocalStore, folder: Path, path: Path) -> None:
    path.mkdir()
    with pytest.raises(Fatal) as caught:
        store.put(ARTIFACT)
    assert "remove it" in caught.value.hint
    assert os.listdir(folder) == [path.name]


def test_a_store_below_a_file_is_fatal(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(Fatal) as caught:
            LocalStore(folder)
        assert "name a folder" in caught.value.hint


def report_hint(limit: Callable[[], object], folder: Path, answer: Connection) -> None:
    store = LocalStore(folder)
    limit()
    try:
        store.put(ARTIFACT)
        answer.send("no error")
    except Fatal as error:
        answer.send(error.hint)


def run_limited(limit: Callable[[], object], folder: Path) -> str:
    """Put ARTIFACT in a process of its own, under a limit that the operating system enforces; the hint that comes of it."""
    receive, send = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=report_hint, args=(limit, folder, send))
    process.start()
    assert receive.poll(30)
    hint = str(receive.recv())
    process.join(30)
    return hint


def test_a_write_that_fails_half_way_leaves_nothing_behind(store: LocalStore, folder: Path) -> None:
    half = len(ARTIFACT) // 2
    hint = run_limited(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (half, half)), folder)
    assert "another disk" in hint
    assert os.listdir(folder) == []
    with pytest.raises(ArtifactMissing):
        store.get(compute_digest(ARTIFACT), limit_bytes=LIMIT_BYTES)


FILL_THE_DISK = """
import sys
from pathlib import Path
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.errors import Fatal

store = LocalStore(Path(sys.argv[1]))
kept = store.put(b"kept")
try:
    store.put(bytes(1_000_000))
except Fatal as error:
    print(error.hint)
print(len(list(Path(sys.argv[1]).iterdir())), store.get(kept, limit_bytes=4))
"""


def test_a_full_disk_is_told_and_costs_nothing_that_was_there(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=64k tmpfs {tmp_path} && exec {sys.executable} -c '{FILL_THE_DISK}' {tmp_path}"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    attempt = [*command, f"mount -t tmpfs tmpfs {tmp_path}"]
    if shutil.which("unshare") is None or subprocess.run(attempt, check=False).returncode:
        pytest.skip("this system does not let us mount a small disk to fill")
    done = subprocess.run([*command, mount], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines() == [
        "the disk is full: make room, or put the store on another disk, and start again",
        "1 b'kept'",
    ]


def test_a_folder_that_may_not_be_written_is_fatal(store: LocalStore, folder: Path) -> None:
    folder.chmod(0o555)
    hint = run_limited(lambda: os.getuid() == 0 and os.setuid(65534), folder)
    assert "let the account that runs the node read and write" in hint


def put_often(folder: Path, seed: int) -> None:
    store = LocalStore(folder)
    for number in range(seed, seed + 40):
        artifact = bytes([number % 20]) * 300_000  # each artifact is written by several processes at once
        assert store.get(store.put(artifact), limit_bytes=LIMIT_BYTES) == artifact


def test_processes_that_put_the_same_artifacts_at_once_do_not_disturb_each_other(folder: Path) -> None:
    writers = [PROCESSES.Process(target=put_often, args=(folder, 5 * index)) for index in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert len(os.listdir(folder)) == 20


def test_what_a_killed_node_left_unfinished_is_removed_in_time(store: LocalStore, folder: Path) -> None:
    old, fresh = folder / ".unfinished-old", folder / ".unfinished-fresh"
    old.touch()
    fresh.touch()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    LocalStore(folder)
    assert os.listdir(folder) == [fresh.name]


def test_an_artifact_that_is_kept_long_is_not_taken_for_an_unfinished_one(store: LocalStore, folder: Path, path: Path) -> None:
    store.put(ARTIFACT)
    os.utime(path, (time.time() - 10**7,) * 2)
    LocalStore(folder)
    assert os.listdir(folder) == [path.name]
