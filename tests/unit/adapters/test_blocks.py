"""Which was the first block since a moment."""

from __future__ import annotations

import math
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.chain.blocks import find_first_block
from orchestrator.adapters.evm import Evm, EvmRpc


class CountingRpc(EvmRpc):
    """Counts how often it is asked."""

    asked = 0

    def block(self, number: int | str = "latest") -> dict:
        self.asked += 1
        return super().block(number)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.integers(0, 2000))
def test_it_is_the_first_whose_time_is_not_before(seconds: list[int], since: int) -> None:
    evm = Evm(first_block=0, timestamp=0)
    for one in seconds:
        evm.mine(seconds=one)
    times = list(accumulate(seconds, initial=0))
    rpc = CountingRpc(evm)
    found = find_first_block(rpc, since)
    expected = next((number for number, time in enumerate(times) if time >= since), None)
    assert (found and found["number"]) == expected
    blocks_since = len(times) - (expected or 0)
    assert rpc.asked <= 3 + 2 * math.log2(blocks_since + 1)
