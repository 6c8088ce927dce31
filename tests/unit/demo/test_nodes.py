"""What a node is at is read from what it says."""

from __future__ import annotations

import pytest

from orchestrator.demo.nodes import find_doing
from orchestrator.terminal.scene import Doing


@pytest.mark.parametrize(
    ("line", "doing"),
    [
        (b'{"event": "duty", "duty": "Train"}', Doing("train", 0.0)),
        (b'{"event": "progress", "work": "train", "fraction": 0.5}', Doing("train", 0.5)),
        (b'{"event": "progress", "work": "fetch", "fraction": 1.0}', Doing("judge", 0.0)),
        (b'{"event": "duty", "duty": "Settle"}', None),
        (b'{"event": "transaction.mined"}', None),
        (b'{"event": "opened"}', Doing("fetch", 0.1)),
        (b"not JSON at all", Doing("fetch", 0.1)),
        (b"[]", Doing("fetch", 0.1)),
    ],
)
def test_what_a_node_is_at_is_read_from_its_lines(line: bytes, doing: Doing | None) -> None:
    assert find_doing(line, Doing("fetch", 0.1)) == doing
