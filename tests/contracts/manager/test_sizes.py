"""How much room EIP-170 leaves, of the code that is deployed."""

import pytest

from tests.contracts import wire

LIMIT = 24_576


@pytest.mark.parametrize("name, room", [("FLTask", 3 * 1_024), ("TaskManager", 4 * 1_024), ("TaskLens", 4 * 1_024)])
def test_contracts_have_room_to_grow(bench, name, room):
    """R1: none is so large that the next change makes it impossible to deploy."""
    address = {"FLTask": bench.make_task().task, "TaskManager": bench.manager, "TaskLens": bench.lens}[name]
    code = bytes.fromhex(wire.ask("eth_getCode", str(address), "latest")[2:])
    assert 0 < len(code) <= LIMIT - room
