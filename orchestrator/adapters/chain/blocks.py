"""Which was the first block since a moment? Found by asking for few of them: times of blocks never go back."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.chain.endpoint import Endpoint


def find_first_block(rpc: Endpoint, since: int) -> Any | None:
    """The first block whose time is `since` or later; None while there is none. Asks for some 2 · log2 of the blocks since."""
    found = rpc.block()
    if found["timestamp"] < since:
        return None
    before, step = found["number"], 1
    while before > 0:
        before, step = max(0, before - step), 2 * step
        block = rpc.block(before)
        if block["timestamp"] < since:
            break
        found = block
    else:
        return found
    while found["number"] - before > 1:
        middle = rpc.block((before + found["number"]) // 2)
        if middle["timestamp"] < since:
            before = middle["number"]
        else:
            found = middle
    return found
