"""Artifacts in a folder that the nodes of one machine share. A file's name is its CID, so nobody can be given the wrong one.

Writers never wait for each other: each writes a file of its own and renames it into place, and all of them bring the same
bytes. Readers believe nothing that lies there before the digest is recomputed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from pathlib import Path

from orchestrator.adapters.files import UNFINISHED, put_file
from orchestrator.errors import ArtifactMissing, ArtifactRefused, Fatal
from orchestrator.ports import Digest, Drafts
from orchestrator.protocol.cid import compute_digest, to_cid

_ABANDONED_SECONDS = 3600
"""A file that has been unfinished for so long belonged to a node that was killed."""

_HINTS = {
    errno.ENOSPC: "the disk is full: make room, or put the store on another disk, and start again",
    errno.EDQUOT: "the disk quota is used up: make room, or put the store on another disk, and start again",
    errno.EFBIG: "files may not grow so large here: raise the limit (ulimit -f), or put the store on another disk",
    errno.EACCES: "let the account that runs the node read and write this folder",
    errno.EPERM: "let the account that runs the node read and write this folder",
    errno.EROFS: "the disk is mounted read-only: put the store on another one",
    errno.ENOTDIR: "a part of this path is a file: name a folder",
    errno.EEXIST: "a part of this path is a file: name a folder",
    errno.EISDIR: "something has made a folder where an artifact belongs: remove it",
    errno.ENOTEMPTY: "something has made a folder where an artifact belongs: remove it",
}


class LocalStore(Drafts):
    """The embedded store: a content-addressed folder. One that a node shares with nobody keeps its drafts."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, making it if it is not there. Raises Fatal if that cannot be done."""
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(folder)
        except OSError as error:
            raise _explain("open the store", folder, error) from error

    def put(self, artifact: bytes) -> Digest:
        """Keep `artifact` and return its digest. Writes nothing if it is already there; replaces what is corrupted.

        Raises Fatal (disk full, no permission) with nothing half-written left behind.
        """
        digest = compute_digest(artifact)
        path = self._locate(digest)
        if _holds(path, artifact):
            return digest
        try:
            put_file(path, artifact)
            _sync_folder(path.parent)
        except OSError as error:
            raise _explain("keep an artifact", path, error) from error
        return digest

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        """The artifact, verified. At most `limit_bytes` + 1 bytes are read; a folder needs no time limit.

        Raises ArtifactMissing if it is not there, ArtifactRefused if what is there is too large, corrupted or no plain file,
        Fatal if it may not be read, ValueError if `digest` is not 32 bytes.
        """
        path = self._locate(digest)
        artifact = _read(path, limit_bytes)
        if compute_digest(artifact) != digest:
            raise ArtifactRefused(f"{path.name} is corrupted: its {len(artifact)} bytes have another digest")
        return artifact

    def drop(self, digest: Digest) -> None:
        """Remove the artifact, if it is there. Raises Fatal if that is not allowed."""
        path = self._locate(digest)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _explain("remove an artifact", path, error) from error

    def _locate(self, digest: Digest) -> Path:
        return self._folder / to_cid(digest)


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        with open(path, "rb", opener=_open_plain) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ArtifactRefused(f"{path.name} is not a plain file")
            if found.st_size > limit_bytes:
                raise ArtifactRefused(f"{path.name} has {found.st_size} bytes, the limit is {limit_bytes}")
            return file.read(found.st_size + 1)  # one more: a file that grows meanwhile gets another digest
    except FileNotFoundError as error:
        raise ArtifactMissing(f"{path.name} is not in the store") from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise ArtifactRefused(f"{path.name} is not a plain file") from error
        raise _explain("read an artifact", path, error) from error


def _open_plain(path: str, flags: int) -> int:
    """Follows no link, which could point out of the store, and waits for no named pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _holds(path: Path, artifact: bytes) -> bool:
    try:
        return _read(path, len(artifact)) == artifact
    except (ArtifactMissing, ArtifactRefused):
        return False


def _sync_folder(folder: Path) -> None:
    """Without this, a power cut could lose the new name of a file whose bytes are safe."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    for path in folder.glob(UNFINISHED + "*"):
        with contextlib.suppress(FileNotFoundError):  # another node does the same
            if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()


def _explain(doing: str, path: Path, error: OSError) -> Fatal:
    hint = _HINTS.get(error.errno or 0, "look at the disk and at the folder's permissions")
    return Fatal(f"cannot {doing} at {path}: {error.strerror}", hint=hint)
