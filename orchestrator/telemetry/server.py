"""Who may ask how a node is? `/metrics`, `/healthz` and `/readyz` over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from orchestrator.telemetry.health import Health
from orchestrator.telemetry.metrics import Metrics

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class _Silent(WSGIRequestHandler):
    """Who asks is nobody's business; and a half request must not hold a thread for ever."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(metrics: Metrics, health: Health, host: str, port: int) -> Iterator[str]:
    """Answer inside; the address. Port 0 takes any that is free. Raises OSError if it cannot be had."""
    server = make_server(host, port, make_app(metrics, health), ThreadingWSGIServer, handler_class=_Silent)
    thread = Thread(target=server.serve_forever, daemon=True, name="metrics")
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def make_app(metrics: Metrics, health: Health) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """The three pages as a WSGI application."""
    show_metrics = make_wsgi_app(metrics.registry)

    def answer(environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        match environment["PATH_INFO"]:
            case "/metrics":
                pages: Iterable[bytes] = show_metrics(environment, start_response)
                return pages
            case "/healthz":
                return _tell(health.find_illness(), start_response)
            case "/readyz":
                return _tell(health.find_hindrances(), start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"/metrics, /healthz or /readyz\n"]

    return answer


def _tell(why: list[str], start_response: StartResponse) -> list[bytes]:
    start_response("503 Service Unavailable" if why else "200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"is_ok": not why, "why": why}).encode() + b"\n"]
