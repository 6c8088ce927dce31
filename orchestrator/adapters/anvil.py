"""A chain of our own: Anvil, on this machine only, with a block every second unless it is told otherwise."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.processes import find_tool, read_last_words, start, stop
from orchestrator.errors import Fatal
from orchestrator.protocol.types import Address

START_SECONDS = 30.0
CHAIN_ID = 31337
BLOCK_SECONDS = 1
MNEMONIC = "test test test test test test test test test test test junk"
RICH = 20
"""So many accounts have coin from the start."""


class Anvil:
    """`with Anvil(folder) as chain: …`; its log is in `folder`, and so are the old states that it writes to disk."""

    chain_id = CHAIN_ID

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        mines: bool = True,
        keep: bool = False,
        block_seconds: int = BLOCK_SECONDS,
    ) -> None:
        """`mines`: else only when it is asked to. `keep`: leave it running at the end.

        Nothing is started yet; raises Fatal if there is no Anvil.
        """
        self._binary = find_tool("anvil")
        self._log = folder / "anvil.log"
        self._keep, self._block_seconds = keep, block_seconds
        self._pace = ["--block-time", str(block_seconds)] if mines else ["--no-mining"]
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

    @property
    def accounts(self) -> list[LocalAccount]:
        """Everybody knows their keys; each has 10,000 coins."""
        return derive_accounts(RICH)

    def request(self, method: str, *parameters: Any) -> Any:
        """The result of a JSON-RPC method. Raises Fatal if it is refused."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = requests.post(self.url, json=body, timeout=30).json()
        if "error" in answer:
            raise Fatal(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def give_coin(self, accounts: list[Address], amount_wei: int) -> None:
        """From the first of the accounts that Anvil makes rich to each of `accounts`; returns when all of it is mined."""
        transfer = {"from": str(self.accounts[0].address), "value": hex(amount_wei)}
        transfers = [self.request("eth_sendTransaction", transfer | {"to": account}) for account in accounts]
        deadline = time.monotonic() + START_SECONDS
        while any(self.request("eth_getTransactionReceipt", transfer) is None for transfer in transfers):
            if time.monotonic() > deadline:
                raise Fatal("the chain mines nothing", hint=f"look at {self._log}")
            time.sleep(0.1)

    def mine(self, blocks: int = 1) -> None:
        """So many blocks at once, with the usual time between them."""
        self.request("anvil_mine", hex(blocks), hex(self._block_seconds))

    def increase_time(self, seconds: int) -> None:
        """Let the clock jump; the next block shows it, and is mined."""
        self.request("evm_increaseTime", hex(seconds))
        self.mine()

    @contextmanager
    def mining_at_once(self) -> Iterator[None]:
        """Inside, every transaction gets a block immediately."""
        self.request("evm_setAutomine", True)
        try:
            yield
        finally:
            self.request("evm_setAutomine", False)
            self.request("evm_setIntervalMining", self._block_seconds)

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            command = [self._binary, "--port", str(self.port), "--hardfork", "shanghai", "--accounts", str(RICH), "--quiet"]
            command += ["--cache-path", str(self._log.parent), *self._pace]
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


@cache
def derive_accounts(count: int) -> list[LocalAccount]:
    """The first accounts of MNEMONIC."""
    Account.enable_unaudited_hdwallet_features()
    return [Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}") for index in range(count)]


def find_free_port(wanted: int = 0) -> int:
    """A TCP port of this machine that nobody uses now: `wanted`, or any if it is 0. Raises Fatal if somebody uses it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as taken:
            raise Fatal(f"port {wanted} is taken ({taken.strerror})", hint="take another --port, or none") from taken
        return int(probe.getsockname()[1])
