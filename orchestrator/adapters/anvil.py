"""A chain of our own: Anvil with one-second blocks, on this machine only."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from orchestrator.adapters.processes import find_tool, read_last_words, start, stop
from orchestrator.errors import Fatal
from orchestrator.protocol.types import Address

START_SECONDS = 30.0


class Anvil:
    """`with Anvil(folder) as chain: …`; its log is in `folder`, and so are the old states that it writes to disk."""

    def __init__(self, folder: Path, *, port: int | None = None, keep: bool = False) -> None:
        """`keep`: leave it running at the end. Nothing is started yet; raises Fatal if there is no Anvil."""
        self._binary = find_tool("anvil")
        self._log = folder / "anvil.log"
        self._keep = keep
        self._process: subprocess.Popen[bytes] | None = None
        self.port = find_free_port(port or 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def request(self, method: str, *parameters: Any) -> Any:
        """The result of a JSON-RPC method. Raises Fatal if it is refused."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = requests.post(self.url, json=body, timeout=30).json()
        if "error" in answer:
            raise Fatal(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def give_coin(self, accounts: list[Address], amount_wei: int) -> None:
        """From the first of the accounts that Anvil makes rich to each of `accounts`; returns when all of it is mined."""
        rich = self.request("eth_accounts")[0]
        transfers = [
            self.request("eth_sendTransaction", {"from": rich, "to": account, "value": hex(amount_wei)}) for account in accounts
        ]
        deadline = time.monotonic() + START_SECONDS
        while any(self.request("eth_getTransactionReceipt", transfer) is None for transfer in transfers):
            if time.monotonic() > deadline:
                raise Fatal("the chain mines nothing", hint=f"look at {self._log}")
            time.sleep(0.1)

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            command = [self._binary, "--port", str(self.port), "--hardfork", "shanghai", "--block-time", "1", "--quiet"]
            command += ["--cache-path", str(self._log.parent)]
            self._process = start(command, cwd=self._log.parent, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait_for_answer(self._process)
        except BaseException:
            stop([self._process])
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process and (error or not self._keep):
            stop([self._process])

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            # First: another chain may answer on this port.
            if process.poll() is not None:
                raise Fatal(f"Anvil ended while starting: {read_last_words(self._log)}", hint="take another --port")
            try:
                self.request("eth_chainId")
                return
            except requests.RequestException:
                if time.monotonic() > deadline:
                    raise Fatal(f"Anvil did not answer within {START_SECONDS:.0f} s", hint=f"look at {self._log}") from None
                time.sleep(0.05)


def find_free_port(wanted: int = 0) -> int:
    """A TCP port of this machine that nobody uses now: `wanted`, or any if it is 0. Raises Fatal if somebody uses it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as taken:
            raise Fatal(f"port {wanted} is taken ({taken.strerror})", hint="take another --port, or none") from taken
        return int(probe.getsockname()[1])
