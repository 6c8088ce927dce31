"""A real HTTP server before a real Anvil, which can be made as bad as public endpoints are."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

FAULTS = ("lags", "goes back", "replays", "strips", "garbage", "limits logs", "limits rate", "hangs", "resets", "other chain")
LAG_BLOCKS, LOG_BLOCKS = 3, 5
STATE = ("eth_call", "eth_estimateGas", "eth_getTransactionCount", "eth_getBlockByNumber")


class BadEndpoint(ThreadingHTTPServer):
    """Passes on what it is asked, but for its `fault`; notes what it is asked for."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = target
        self.fault = ""
        self.asked: list[dict[str, Any]] = []
        self.released = threading.Event()
        self.first: dict[str, Any] = {}
        """Method and what it is about → the first answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, method: str) -> int:
        return [call["method"] for call in self.asked].count(method)

    def fetch(self, call: dict[str, Any]) -> dict[str, Any]:
        asked = json.dumps(call).encode()
        answer: dict[str, Any] = json.loads(urlopen(Request(self.target, asked, {"Content-Type": "application/json"})).read())
        return answer


class Handler(BaseHTTPRequestHandler):
    server: BadEndpoint
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server, method, parameters = self.server, call["method"], call["params"]
        server.asked.append(call)
        number = len(server.asked)
        answer: dict[str, Any] | bytes | None = None
        error = {"jsonrpc": "2.0", "id": call["id"]}
        match server.fault:
            case "lags" | "goes back" if method in STATE and parameters[-1] == "latest":
                if server.fault == "lags" or number % 2:
                    head = int(
                        server.fetch({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []})["result"], 16
                    )
                    call["params"][-1] = hex(max(0, head - LAG_BLOCKS))
            case "replays" if method in STATE:
                answer = server.first.setdefault(method + json.dumps(parameters), server.fetch(call)) | {"id": call["id"]}
            case "garbage":
                answer = b'{"jsonrpc":"2.0","result":' + bytes([number % 256, 0xFF])
            case "limits logs" if method == "eth_getLogs":
                first, last = (int(parameters[0][name], 16) for name in ("fromBlock", "toBlock"))
                if last - first >= LOG_BLOCKS:
                    answer = error | {"error": {"code": -32005, "message": f"query exceeds the range of {LOG_BLOCKS} blocks"}}
            case "limits rate" if number % 3:
                answer = error | {"error": {"code": -32005, "message": "rate limit exceeded"}}
            case "hangs":
                server.released.wait(60)
            case "resets":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close_connection = True
                for file in (self.rfile, self.wfile, self.connection):
                    file.close()
                return
            case "other chain":
                answer = error | {"result": "0x1" if method == "eth_chainId" else "0x"}
        if answer is None:
            answer = server.fetch(call)
            if server.fault == "strips" and "error" in answer:
                answer["error"] = {"code": -32000, "message": "execution reverted"}
        self._send(answer)

    def _send(self, answer: dict[str, Any] | bytes) -> None:
        said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def run_bad_endpoint(target: str) -> Iterator[BadEndpoint]:
    server = BadEndpoint(target)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def wait_until(is_so: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(is_so())
