"""A private Kubo daemon: loopback only, no bootstrap peers, no routing, no telemetry. For `starling demo` and for tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from orchestrator.adapters.processes import find_tool, read_last_words
from orchestrator.errors import Fatal

START_SECONDS = 30.0
STOP_SECONDS = 10.0
COMMAND_SECONDS = 60.0

_BUILD_HINT = (
    "run the set-up, which builds it where Go is installed; or `go install github.com/ipfs/kubo/cmd/ipfs@v0.43.0` and put "
    "`ipfs` on PATH"
)

_LOOPBACK = "/ip4/127.0.0.1/tcp/0"
_PRIVATE: dict[str, Any] = {
    "Addresses": {"API": _LOOPBACK, "Gateway": [], "Swarm": [_LOOPBACK], "Announce": [], "AppendAnnounce": []},
    "AutoConf": {"Enabled": False},
    "AutoNAT": {"ServiceMode": "disabled"},
    "AutoTLS": {"Enabled": False},
    "Bootstrap": [],
    "DNS": {"Resolvers": {}},
    "Discovery": {"MDNS": {"Enabled": False}},
    "HTTPRetrieval": {"Enabled": False},
    "Ipns": {"DelegatedPublishers": []},
    "Plugins": {"Plugins": {"telemetry": {"Disabled": True}}},
    "Provide": {"Enabled": False},
    "Routing": {"Type": "none", "DelegatedRouters": []},
    "Swarm": {
        "DisableNatPortMap": True,
        "EnableHolePunching": False,
        "RelayClient": {"Enabled": False},
        "RelayService": {"Enabled": False},
        "Transports": {"Network": {"QUIC": False, "Relay": False, "WebTransport": False, "WebRTCDirect": False}},
    },
    "Version": {"SwarmCheckEnabled": False},
}
"""Written over the settings that `ipfs init --profile=test` makes. Daemons find each other only through `connect`."""


def find_kubo(binary: Path | None = None) -> Path:
    """The `ipfs` executable: `binary` if given, else what the set-up built or PATH has. Raises Fatal if there is none."""
    if binary is None:
        return Path(find_tool("ipfs", hint=_BUILD_HINT)).absolute()
    if found := shutil.which(binary):
        return Path(found).absolute()
    raise Fatal(f"no Kubo executable at {binary}", hint=_BUILD_HINT)


class KuboDaemon:
    """A Kubo daemon with a repository in a folder of its own. `with KuboDaemon(folder) as kubo: IpfsStore(kubo.api)`.

    The folder outlives the daemon: started again on it, the daemon still has its artifacts.
    """

    def __init__(self, folder: Path, *, binary: Path | None = None) -> None:
        """Nothing is started yet. Raises Fatal if there is no Kubo."""
        self._binary = find_kubo(binary)
        self._folder = folder.absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self.api = ""
        """Multiaddr of the API while the daemon runs, for example /ip4/127.0.0.1/tcp/34377."""

    @property
    def api_port(self) -> int:
        """TCP port of the API on 127.0.0.1."""
        return int(self.api.rsplit("/", 1)[1])

    @property
    def pid(self) -> int | None:
        """Process id of the running daemon, None when it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the daemon and wait until its API answers. Raises Fatal with the daemon's last words if it does not."""
        if self._process:
            raise RuntimeError("this daemon runs already")
        self._prepare_repository()
        stamp = self._read_api_stamp()
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "daemon"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: the nodes may still need their store
            )
        try:
            self._wait_for_api(stamp)
        except BaseException:
            self.stop()
            raise

    def stop(self, *, grace_seconds: float = STOP_SECONDS) -> None:
        """Stop the daemon: politely, then, after `grace_seconds`, for sure. Does nothing when it does not run."""
        process, self._process, self.api = self._process, None, ""
        if process is None:
            return
        process.terminate()
        try:
            process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def connect(self, other: KuboDaemon) -> None:
        """Make this daemon and `other` peers; that is the only way they learn of each other."""
        address = json.loads(other.run("id"))["Addresses"][0]
        self.run("swarm", "connect", address)

    def run(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run an `ipfs` command against this daemon; what it prints. Raises Fatal with what it complains of."""
        command = [str(self._binary), *arguments]
        try:
            done = subprocess.run(
                command, env=self._environment, input=stdin, capture_output=True, timeout=COMMAND_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Fatal(f"`ipfs {' '.join(arguments)}` took more than {COMMAND_SECONDS:.0f} s") from error
        if done.returncode:
            complaint = done.stderr.decode(errors="replace").strip()
            raise Fatal(f"`ipfs {' '.join(arguments)}` failed: {complaint}", hint=f"look at {self._log_path}")
        return done.stdout.decode().strip()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def _log_path(self) -> Path:
        return self._folder / "daemon.log"

    @property
    def _environment(self) -> dict[str, str]:
        """All that the daemon gets: nothing of your own settings reaches it."""
        return {"HOME": str(self._folder), "IPFS_PATH": str(self._folder), "IPFS_TELEMETRY": "off", "DO_NOT_TRACK": "1"}

    def _prepare_repository(self) -> None:
        settings_path = self._folder / "config"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not settings_path.exists():
                self.run("init", "--profile=test", "--empty-repo")
            settings = json.loads(settings_path.read_text())
            settings_path.write_text(json.dumps(_overlay(settings, _PRIVATE), indent=2))
        except OSError as error:
            raise Fatal(f"cannot prepare {self._folder} for Kubo: {error}", hint="name a folder that can be written") from error

    def _wait_for_api(self, stamp: int | None) -> None:
        """Kubo writes the file `api` once it listens. One with the old stamp is of a daemon that was killed, or still runs."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise Fatal(f"Kubo ended while starting: {read_last_words(self._log_path)}", hint=f"look at {self._log_path}")
            if self._read_api_stamp() not in (None, stamp):
                self.api = (self._folder / "api").read_text().strip()
            if self.api:
                return
            time.sleep(0.05)
        raise Fatal(f"Kubo did not answer within {START_SECONDS:.0f} s", hint=f"look at {self._log_path}")

    def _read_api_stamp(self) -> int | None:
        """When the file `api` was written, in nanoseconds; None when there is none."""
        try:
            return (self._folder / "api").stat().st_mtime_ns
        except FileNotFoundError:
            return None


def _overlay(settings: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`settings` with `changes` written over them, level by level."""
    merged = dict(settings)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = _overlay(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
