"""Where a node can be asked how it is: on this machine, unless told otherwise."""

from __future__ import annotations

import pytest

from orchestrator.errors import ConfigError
from orchestrator.wiring.node import parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9100", ("127.0.0.1", 9100)), ("0.0.0.0:9100", ("0.0.0.0", 9100)), (":1", ("127.0.0.1", 1)), ("host:0", ("host", 0))],
)
def test_a_port_alone_is_on_this_machine_only(text: str, expected: tuple[str, int]) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["", "host", "host:", "70000", "0.0.0.0:http", "-1"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="is no port to listen on") as refused:
        parse_address(text)
    assert "--metrics 9100" in refused.value.hint
