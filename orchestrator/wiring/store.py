"""Where are the artifacts?"""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.stores.local import LocalStore
from orchestrator.errors import ConfigError
from orchestrator.ports import Storage


def open_store(store: str) -> Storage:
    """`local:DIR` or `ipfs:MULTIADDR`. Raises ConfigError for anything else, or a daemon that cannot be used."""
    kind, _, where = store.partition(":")
    if kind == "local" and where:
        return LocalStore(Path(where).expanduser())
    if kind == "ipfs" and where:
        from orchestrator.adapters.stores.ipfs import IpfsStore  # warns about daemons when it is imported

        ipfs = IpfsStore(where)
        ipfs.check()
        return ipfs
    hint = "for example local:/var/lib/starling or ipfs:/ip4/127.0.0.1/tcp/5001"
    raise ConfigError(f"{store!r} is no store", hint=hint)
