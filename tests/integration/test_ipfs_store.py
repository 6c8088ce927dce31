"""IPFS behind the Storage port, against real Kubo daemons: the same bytes have the same address in both stores, and neither
the daemon nor those who feed it are believed.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from orchestrator.adapters.stores.ipfs import IpfsStore
from orchestrator.adapters.stores.kubo import KuboDaemon
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.errors import ArtifactMissing, ArtifactRefused, ConfigError, Fatal, Transient
from orchestrator.protocol.cid import CHUNK_BYTES, compute_digest, from_cid, to_cid

pytestmark = pytest.mark.filterwarnings("ignore:The 'strict' parameter:FutureWarning")

ROOT = Path(__file__).resolve().parents[2]
LIMIT_BYTES = 64_000_000
BORDER_SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES - 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 1]
FAN_OUT_SIZES = [174 * CHUNK_BYTES - 1, 174 * CHUNK_BYTES, 174 * CHUNK_BYTES + 1]


def pattern(size: int, first: int = 0) -> bytes:
    return bytes((first + at) % 251 for at in range(251)) * (size // 251) + bytes(
        (first + at) % 251 for at in range(size % 251)
    )


@pytest.fixture(scope="module")
def kubo(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboDaemon]:
    with KuboDaemon(tmp_path_factory.mktemp("kubo"), binary=binary) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def ipfs(kubo: KuboDaemon) -> IpfsStore:
    return IpfsStore(kubo.api, find_seconds=1.0, fetch_seconds=20.0)


# --- the same bytes, the same address, both ways


@pytest.mark.parametrize("size", BORDER_SIZES + FAN_OUT_SIZES)
def test_both_stores_give_the_same_bytes_the_same_digest(ipfs: IpfsStore, tmp_path: Path, size: int) -> None:
    artifact, embedded = pattern(size), LocalStore(tmp_path)
    digest = ipfs.put(artifact)
    assert embedded.put(artifact) == digest
    assert embedded.get(digest, limit_bytes=size) == ipfs.get(digest, limit_bytes=size) == artifact


@pytest.mark.parametrize("size", BORDER_SIZES)
def test_a_file_of_the_embedded_store_added_by_hand_can_be_got(
    kubo: KuboDaemon, ipfs: IpfsStore, tmp_path: Path, size: int
) -> None:
    artifact = pattern(size, first=1)
    digest = LocalStore(tmp_path).put(artifact)
    assert kubo.run("add", "-Q", "--cid-version=0", str(tmp_path / to_cid(digest))) == to_cid(digest)
    assert ipfs.get(digest, limit_bytes=size) == artifact


@pytest.mark.parametrize("size", [174 * 16 + 1, 174**2 * 16, 174**2 * 16 + 1])
def test_deep_dags_are_built_as_this_kubo_builds_them(kubo: KuboDaemon, size: int) -> None:
    built = kubo.run("add", "-Q", "--cid-version=0", "--only-hash", "--chunker=size-16", stdin=pattern(size))
    assert to_cid(compute_digest(pattern(size), chunk_bytes=16)) == built


def test_settings_of_the_daemon_do_not_change_the_address(binary: Path, tmp_path: Path) -> None:
    daemon = KuboDaemon(tmp_path, binary=binary)
    with daemon:
        daemon.run("config", "profile", "apply", "unixfs-v1-2025")
    with daemon:
        assert not daemon.run("add", "-Q", stdin=b"starling").startswith("Qm")
        IpfsStore(daemon.api).put(pattern(3_000_000))  # raises if the daemon gives it another CID


# --- nobody is believed


def test_a_block_that_was_changed_on_the_daemons_disk_is_noticed(binary: Path, tmp_path: Path) -> None:
    with KuboDaemon(tmp_path, binary=binary) as daemon:
        digest = IpfsStore(daemon.api).put(b"starling" * 1000)
        [block] = [path for path in (tmp_path / "blocks").rglob("*.data") if b"starlingstarling" in path.read_bytes()]
        block.write_bytes(block.read_bytes().replace(b"starling", b"Starling", 1))
    with KuboDaemon(tmp_path, binary=binary) as daemon, pytest.raises(ArtifactRefused, match="another digest"):
        IpfsStore(daemon.api).get(digest, limit_bytes=LIMIT_BYTES)


def test_a_file_that_was_changed_in_the_embedded_store_is_noticed_and_kubo_has_the_right_one(
    ipfs: IpfsStore, tmp_path: Path
) -> None:
    artifact, embedded = pattern(300_000), LocalStore(tmp_path)
    digest = embedded.put(artifact)
    (tmp_path / to_cid(digest)).write_bytes(artifact[:-1] + b"!")
    with pytest.raises(ArtifactRefused, match="corrupted"):
        embedded.get(digest, limit_bytes=LIMIT_BYTES)
    ipfs.put(artifact)
    embedded.put(ipfs.get(digest, limit_bytes=LIMIT_BYTES))
    assert embedded.get(digest, limit_bytes=LIMIT_BYTES) == artifact


@pytest.mark.parametrize("setting", ["--raw-leaves", "--trickle", "--chunker=size-1000"])
def test_the_same_bytes_built_in_another_way_are_refused(kubo: KuboDaemon, ipfs: IpfsStore, setting: str) -> None:
    digest = from_cid(kubo.run("add", "-Q", "--cid-version=0", setting, stdin=pattern(600_000)))
    with pytest.raises(ArtifactRefused, match="another digest"):
        ipfs.get(digest, limit_bytes=LIMIT_BYTES)


def test_a_folder_is_refused(kubo: KuboDaemon, ipfs: IpfsStore, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"starling")
    digest = from_cid(kubo.run("add", "-Qr", "--cid-version=0", str(tmp_path)))
    with pytest.raises(ArtifactRefused, match="directory"):
        ipfs.get(digest, limit_bytes=LIMIT_BYTES)


@pytest.mark.parametrize("block", [b"\x0a\x00", b"\x0a\x03\x01\x02\x03"], ids=["no data", "no UnixFS"])
def test_a_root_block_that_is_no_file_gives_no_artifact(kubo: KuboDaemon, ipfs: IpfsStore, block: bytes) -> None:
    kubo.run("block", "put", "--cid-codec=dag-pb", stdin=block)
    with pytest.raises(ArtifactMissing):
        ipfs.get(sha256(block).digest(), limit_bytes=LIMIT_BYTES)


def test_an_artifact_that_says_it_is_too_large_is_not_fetched(ipfs: IpfsStore) -> None:
    digest = ipfs.put(pattern(1_000_000))
    with pytest.raises(ArtifactRefused, match="says that it has 1000000 bytes, the limit is 999999"):
        ipfs.get(digest, limit_bytes=999_999)


def test_a_root_block_that_lies_about_its_size_is_stopped_at_the_limit(kubo: KuboDaemon, ipfs: IpfsStore) -> None:
    leaf = ipfs.put(bytes(CHUNK_BYTES))
    link = b"\x12\x28" + b"\x0a\x22\x12\x20" + leaf + b"\x12\x00" + b"\x18\x01"
    unixfs = b"\x08\x02\x18\x0a" + b"\x20\x01" * 100  # a file of 10 bytes in 100 parts of one byte; in truth 26 MB
    root = link * 100 + b"\x0a" + bytes([0x80 | len(unixfs) & 0x7F, len(unixfs) >> 7]) + unixfs
    assert from_cid(kubo.run("block", "put", "--format=v0", stdin=root)) == sha256(root).digest()
    with pytest.raises(ArtifactRefused, match="more than 1000000 bytes, the limit"):
        ipfs.get(sha256(root).digest(), limit_bytes=1_000_000)


# --- what is not there


def test_what_nobody_has_is_missing_after_the_time_that_was_given(ipfs: IpfsStore) -> None:
    started = time.monotonic()
    with pytest.raises(ArtifactMissing):
        ipfs.get(compute_digest(b"never put anywhere"), limit_bytes=LIMIT_BYTES)
    assert 0.9 < time.monotonic() - started < 5


def test_an_artifact_of_which_a_part_is_gone_is_missing_not_refused(kubo: KuboDaemon) -> None:
    store = IpfsStore(kubo.api, find_seconds=1.0, fetch_seconds=1.0)
    digest = store.put(pattern(900_000, first=2))
    parts = kubo.run("refs", to_cid(digest)).split()
    kubo.run("pin", "rm", to_cid(digest))
    kubo.run("block", "rm", parts[1])
    with pytest.raises(ArtifactMissing, match=f"broke off after {CHUNK_BYTES} of 900000 bytes"):
        store.get(digest, limit_bytes=LIMIT_BYTES)
    store.put(pattern(900_000, first=2))
    assert store.get(digest, limit_bytes=LIMIT_BYTES) == pattern(900_000, first=2)


def test_what_one_has_fetched_it_offers_to_the_others(binary: Path, tmp_path: Path) -> None:
    proposer = KuboDaemon(tmp_path / "proposer", binary=binary)
    update, withheld = pattern(2_000_000), pattern(2_000_000, first=3)
    with KuboDaemon(tmp_path / "early", binary=binary) as early, KuboDaemon(tmp_path / "late", binary=binary) as late:
        with proposer:
            early.connect(proposer)
            digest = IpfsStore(proposer.api).put(update)
            IpfsStore(proposer.api).put(withheld)
            assert IpfsStore(early.api).get(digest, limit_bytes=LIMIT_BYTES) == update
        late.connect(early)
        assert IpfsStore(late.api).get(digest, limit_bytes=LIMIT_BYTES) == update
        assert to_cid(digest) in early.run("pin", "ls", "--type=recursive", "--quiet").split()
        with pytest.raises(ArtifactMissing):
            IpfsStore(late.api, find_seconds=1.0).get(compute_digest(withheld), limit_bytes=LIMIT_BYTES)


# --- who answers


def test_a_daemon_that_does_not_run_is_worth_another_look(binary: Path, tmp_path: Path) -> None:
    with KuboDaemon(tmp_path, binary=binary) as daemon:
        api, store = daemon.api, IpfsStore(daemon.api)
        assert store.check().startswith("0.")
    for attempt in (store.check, lambda: store.put(b"x"), lambda: store.get(bytes(32), limit_bytes=1)):
        with pytest.raises(Transient, match=f"no IPFS daemon answers at {api}") as caught:
            attempt()
        assert not isinstance(caught.value, ArtifactMissing)


class Stranger(BaseHTTPRequestHandler):
    """A web server that is no IPFS daemon; the port is where its answer comes from."""

    def do_POST(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_web_server_that_is_no_ipfs_daemon_is_fatal() -> None:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(Fatal, match=r"no IPFS API.*404") as caught:
            IpfsStore(f"/ip4/127.0.0.1/tcp/{server.server_port}").check()
        server.shutdown()
    assert "not of the gateway" in caught.value.hint


@pytest.mark.parametrize("api", ["", "localhost:5001", "/ip4/127.0.0.1", "/ip4/300.0.0.1/tcp/5001", "/ip4/127.0.0.1/udp/5001"])
def test_what_is_no_address_of_an_api_is_a_wrong_setting(api: str) -> None:
    with pytest.raises(ConfigError, match="not the address"):
        IpfsStore(api)


# --- the daemon that the demo starts


def test_a_private_daemon_is_reached_from_this_machine_only(kubo: KuboDaemon) -> None:
    addresses = json.loads(kubo.run("id"))["Addresses"]
    assert addresses and all(address.startswith("/ip4/127.0.0.1/tcp/") for address in addresses)
    assert kubo.api == f"/ip4/127.0.0.1/tcp/{kubo.api_port}"
    assert kubo.run("bootstrap", "list") == ""
    assert kubo.run("swarm", "peers") == ""


def test_a_daemon_that_ignores_us_is_stopped_all_the_same(binary: Path, tmp_path: Path) -> None:
    daemon = KuboDaemon(tmp_path, binary=binary)
    daemon.start()
    pid = daemon.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it cannot even notice that it is asked to end
    daemon.stop(grace_seconds=0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_daemon_that_was_killed_starts_again_with_what_it_had(binary: Path, tmp_path: Path) -> None:
    daemon = KuboDaemon(tmp_path, binary=binary)
    with daemon:
        digest = IpfsStore(daemon.api).put(pattern(500_000))
        assert daemon.pid is not None
        os.kill(daemon.pid, signal.SIGKILL)
    with daemon:
        assert IpfsStore(daemon.api).get(digest, limit_bytes=LIMIT_BYTES) == pattern(500_000)


def test_a_second_daemon_on_the_same_folder_says_why_it_cannot_start(binary: Path, tmp_path: Path) -> None:
    with KuboDaemon(tmp_path, binary=binary) as first:
        with pytest.raises(Fatal, match="lock"):
            KuboDaemon(tmp_path, binary=binary).start()
        assert first.run("version", "--number") == IpfsStore(first.api).check()  # the first does not suffer from it


def test_without_kubo_people_are_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="no Kubo executable") as caught:
        KuboDaemon(tmp_path, binary=tmp_path / "ipfs")
    assert "go install" in caught.value.hint
