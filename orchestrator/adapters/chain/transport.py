"""What does one endpoint answer? JSON-RPC over HTTP, and what is no answer is an error. The only file that imports web3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from orchestrator.adapters.chain.refusals import Declined
from orchestrator.errors import ConfigError, Transient


class Transport:
    """One endpoint. May be used by several threads at once."""

    def __init__(self, url: str, request_seconds: float) -> None:
        """Raises ConfigError if `url` is none. Nothing is asked yet; `request_seconds`: so long it has to answer."""
        if not re.match(r"https?://[^/]", url):
            raise ConfigError(f"{url!r} is no RPC endpoint", hint="give an http:// or https:// URL")
        self.url = url
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        """Without what may be a key to it: this goes into logs and errors."""
        # Whoever asks decides whether to ask again: a node has its own, slower rhythm. Of web3 only this is used: its
        # contracts, formatters and middleware cost more than the call.
        self._provider = HTTPProvider(url, request_kwargs={"timeout": request_seconds}, exception_retry_configuration=None)

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of a method. Raises Declined if the endpoint says no, Transient if it says nothing that makes sense."""
        try:
            answer: Any = self._provider.make_request(RPCEndpoint(method), list(parameters))
        except (requests.RequestException, OSError) as failed:
            hint = "is the endpoint running, and --rpc right?"
            status = getattr(getattr(failed, "response", None), "status_code", None)
            why = f"HTTP {status}" if status else type(failed).__name__
            raise Transient(f"{self.name} does not answer ({why})", hint=hint) from failed
        except Exception as odd:  # bytes of a stranger: whatever a parser makes of them
            raise self.blame(method, odd) from odd
        if not isinstance(answer, Mapping):
            raise self.blame(method, answer)
        if (error := answer.get("error")) is not None:
            if not isinstance(error, Mapping):
                raise self.blame(method, error)
            raise Declined(str(error.get("message")), _find_data(error))
        if "result" not in answer:
            raise self.blame(method, answer)
        return answer["result"]

    def blame(self, method: str, odd: Any) -> Transient:
        """The error that the answer to `method` is nonsense."""
        return Transient(
            f"{method}: {self.name} answers nonsense ({str(odd)[:200]})", hint="is --rpc an Ethereum JSON-RPC endpoint?"
        )


def _find_data(error: Mapping[str, Any]) -> bytes:
    """What a contract returned with its refusal. Programs put it in different places, some after the word Reverted."""
    data = error.get("data")
    if isinstance(data, Mapping):
        data = data.get("data") or data.get("result")
    found = re.fullmatch("(?:Reverted )?0x((?:[0-9a-fA-F]{2}){4,})", data) if isinstance(data, str) else None
    return bytes.fromhex(found[1]) if found else b""
