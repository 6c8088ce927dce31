"""Artifacts in IPFS, through the HTTP API of a Kubo daemon. The only file that knows ipfshttpclient.

The daemon is believed in nothing: what it adds must have the CID that we compute ourselves, and what it fetches is counted
while it streams and then recomputed. Kubo ends a stream that breaks off like one that is complete, so a root block's own size
tells "cut short, ask again" from "not what the digest promised".
"""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

import ipfshttpclient  # type: ignore[import-untyped]
from ipfshttpclient import exceptions

from orchestrator.errors import ArtifactMissing, ArtifactRefused, ConfigError, Fatal, Transient
from orchestrator.ports import Digest, Storage
from orchestrator.protocol.cid import CHUNK_BYTES, LINKS_PER_NODE, compute_digest, to_cid

# ipfshttpclient 0.8.0a2 is the last of its line: it hands urllib3 an argument that is no longer needed, and its `connect`
# warns about every daemon since 0.9. We do not call `connect`; versions are looked at in `check`, results in `put`.
warnings.filterwarnings("ignore", message="The 'strict' parameter", category=FutureWarning)

MINIMUM_VERSION = (0, 18)
"""The oldest Kubo whose `add` takes the settings below."""

CONNECT_SECONDS = 5.0
LEAST_SECONDS = 1.0
"""However little time is left, one question is asked: what this daemon has itself comes at once."""
_ADD_SETTINGS = {
    "cid-version": "0",
    "hash": "sha2-256",
    "chunker": f"size-{CHUNK_BYTES}",
    "max-file-links": str(LINKS_PER_NODE),
    "raw-leaves": "false",
    "trickle": "false",
    "inline": "false",
    "nocopy": "false",
    "preserve-mode": "false",
    "preserve-mtime": "false",
    "wrap-with-directory": "false",
    "pin": "true",
    "progress": "false",
}
"""Each of them spelled out: a daemon's own `Import.*` settings may say otherwise."""


class IpfsStore(Storage):
    """A Kubo daemon as a store. Thread-safe: every request has a connection of its own."""

    def __init__(self, api: str, *, find_seconds: float = 15.0, fetch_seconds: float = 120.0) -> None:
        """`api` is the multiaddr of the daemon's API, for example /ip4/127.0.0.1/tcp/5001. Nothing is sent yet.

        `find_seconds` is how long somebody who has an artifact is looked for, `fetch_seconds` how long one transfer may take.
        Raises ConfigError if `api` is not the multiaddr of a TCP port.
        """
        self._api, self._find_seconds, self._fetch_seconds = api, find_seconds, fetch_seconds
        try:
            self._daemon = ipfshttpclient.Client(api, timeout=(CONNECT_SECONDS, fetch_seconds))
        except exceptions.AddressError as error:
            hint = "give it as a multiaddr, for example /ip4/127.0.0.1/tcp/5001"
            raise ConfigError(f"not the address of an IPFS API: {api!r}", hint=hint) from error

    def check(self) -> str:
        """The daemon's version. Raises Transient if it cannot be reached, Fatal if it is too old or no Kubo."""
        with self._explained("ask for its version"):
            version = str(self._daemon.version(timeout=CONNECT_SECONDS).get("Version", ""))
        numbers = tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
        if numbers < MINIMUM_VERSION:
            wanted = ".".join(map(str, MINIMUM_VERSION))
            raise Fatal(f"the daemon at {self._api} is Kubo {version or '?'}", hint=f"use {wanted} or newer")
        return version

    def put(self, artifact: bytes) -> Digest:
        """Add and pin `artifact`, and return its digest.

        Raises Transient if the daemon cannot be reached, Fatal if it has no room or gives the bytes another CID than we do.
        """
        digest = compute_digest(artifact)
        with self._explained("add an artifact"):
            answer = self._daemon.add_bytes(artifact, opts=dict(_ADD_SETTINGS))
        if answer != to_cid(digest):
            hint = "its version and ours disagree on how files become blocks: use a Kubo release that this node was tested with"
            raise Fatal(f"the daemon at {self._api} calls it {answer}, its CID is {to_cid(digest)}", hint=hint)
        return digest

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        """The artifact, verified, and from now on offered to the others by this daemon too.

        Raises ArtifactMissing if nobody had all of it in time, ArtifactRefused if it is too large or not the digest's,
        Transient if the daemon cannot be reached, ValueError if `digest` is not 32 bytes.
        """
        cid, started = to_cid(digest), time.monotonic()
        seconds = math.inf if within_seconds is None else max(LEAST_SECONDS, within_seconds)
        promised_bytes = self._find(cid, min(self._find_seconds, seconds))
        if promised_bytes > limit_bytes:
            raise ArtifactRefused(f"{cid} says that it has {promised_bytes} bytes, the limit is {limit_bytes}")
        left = max(LEAST_SECONDS, seconds - (time.monotonic() - started))
        artifact = self._fetch(cid, limit_bytes, min(self._fetch_seconds, left))
        if compute_digest(artifact) != digest:
            if len(artifact) < promised_bytes:
                raise ArtifactMissing(f"{cid} broke off after {len(artifact)} of {promised_bytes} bytes")
            raise ArtifactRefused(f"{cid} is not built as an artifact must be: its {len(artifact)} bytes have another digest")
        self._offer(cid)
        return artifact

    def _find(self, cid: str, seconds: float) -> int:
        """Fetch the root block; the size in bytes that it claims."""
        with self._explained("find it", cid):
            found = self._daemon.files.stat(f"/ipfs/{cid}", **_within(seconds))
        if found["Type"] != "file":
            raise ArtifactRefused(f"{cid} is a {found['Type']}, not a file")
        return int(found["Size"])

    def _fetch(self, cid: str, limit_bytes: int, seconds: float) -> bytes:
        """Everything below `cid`, given up as soon as it is more than `limit_bytes` or takes too long."""
        pieces, size, deadline = [], 0, time.monotonic() + seconds
        settings = _within(seconds, length=str(limit_bytes + 1))
        with self._explained("fetch it", cid), self._daemon.cat(cid, stream=True, **settings) as stream:
            for piece in stream:
                pieces.append(piece)
                size += len(piece)
                if size > limit_bytes:
                    raise ArtifactRefused(f"{cid} has more than {limit_bytes} bytes, the limit")
                if time.monotonic() > deadline:
                    raise ArtifactMissing(f"{cid} did not come within {seconds:.0f} s")
        return b"".join(pieces)

    def _offer(self, cid: str) -> None:
        """Pin what is verified, so that it stays. Without the pin it is offered too, until the daemon collects garbage."""
        with contextlib.suppress(Transient), self._explained("pin it", cid):
            self._daemon.pin.add(cid, **_within(self._find_seconds))

    @contextlib.contextmanager
    def _explained(self, doing: str, cid: str = "") -> Iterator[None]:
        """Turn what goes wrong with the daemon into one of our families."""
        try:
            yield
        except exceptions.ErrorResponse as error:
            raise self._classify_complaint(doing, cid, str(error)) from error
        except (exceptions.StatusError, exceptions.EncoderError) as error:
            raise self._classify_stranger(error) from error
        except (exceptions.CommunicationError, OSError) as error:  # OSError: the stream broke, which ipfshttpclient passes on
            if cid and isinstance(error, exceptions.TimeoutError):
                raise ArtifactMissing(f"cannot {doing}: the daemon at {self._api} has no answer for {cid}") from error
            hint = "start the daemon, or correct the address of its API"
            raise Transient(f"cannot {doing}: no IPFS daemon answers at {self._api}", hint=hint) from error

    def _classify_stranger(self, error: Exception) -> Exception:
        """Something answers, but not as Kubo does."""
        status = getattr(getattr(getattr(error, "original", None), "response", None), "status_code", None)
        if status in (502, 503, 504):
            return Transient(f"what stands before the IPFS daemon at {self._api} cannot reach it (HTTP {status})")
        hint = "give the address of the API (as a rule port 5001), not of the gateway, and see that it lets you in"
        return Fatal(f"what answers at {self._api} is no IPFS API that we may use (HTTP {status or 200})", hint=hint)

    def _classify_complaint(self, doing: str, cid: str, complaint: str) -> Exception:
        if "no space left" in complaint or "disk quota" in complaint:
            return Fatal(f"the daemon at {self._api} cannot {doing}: {complaint}", hint="make room on its disk")
        if not cid:
            return Transient(f"the daemon at {self._api} cannot {doing}: {complaint}")
        return ArtifactMissing(f"cannot {doing}: {cid}: {complaint}")


def _within(seconds: float, **settings: str) -> dict[str, Any]:
    """Arguments that make the daemon itself give up after `seconds`, and us a little later if it does not."""
    return {"opts": {"timeout": f"{seconds:.3f}s", **settings}, "timeout": (CONNECT_SECONDS, seconds + 2)}
