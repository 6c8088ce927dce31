"""Acts on a task: how many transactions a report of many takes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.adapters.chain.task_acts import SLASH_BATCH, TaskActs

ACCOUNTS = [f"0x{number:040x}" for number in range(2 * SLASH_BATCH + 7)]


def slash(accounts: list[str]) -> tuple[list[Any], Any]:
    """What is sent, and the receipts."""
    sent: list[Any] = []
    functions = SimpleNamespace(slash=lambda round, accounts: ("slash", round, accounts))
    rpc = SimpleNamespace(send=lambda act: sent.append(act) or f"receipt {len(sent)}")
    reader: Any = SimpleNamespace(rpc=rpc, contract=SimpleNamespace(functions=functions))
    return sent, TaskActs(reader).slash(3, accounts)


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1]), (107, [50, 50, 7])])
def test_many_are_reported_in_batches(count: int, sizes: list[int]) -> None:
    """R20: everybody once, in order, and no transaction outgrows a block."""
    sent, receipts = slash(ACCOUNTS[:count])
    assert [len(accounts) for _, _, accounts in sent] == sizes
    assert [account for _, _, accounts in sent for account in accounts] == ACCOUNTS[:count]
    assert {(name, round) for name, round, _ in sent} <= {("slash", 3)}
    assert len(receipts) == len(sizes)
