"""Acts on a task: for whom they are, and how many transactions a report of many takes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.adapters.chain.task_acts import SLASH_BATCH, TaskActs
from orchestrator.errors import ConfigError, Fatal
from orchestrator.protocol.types import NO_ACCOUNT, Ballot

ACCOUNTS = [f"0x{number:040x}" for number in range(2 * SLASH_BATCH + 7)]
SIGNER, MEMBER = "0x" + "11" * 20, "0x" + "22" * 20


class Functions:
    """A contract's functions: each is what was asked of it."""

    def __getattr__(self, name: str) -> Any:
        return lambda *values: (name, *values)


def make_acts(account: str | None = None) -> tuple[list[Any], TaskActs]:
    """What is sent, and the acts of an endpoint that signs as SIGNER."""
    sent: list[Any] = []
    rpc = SimpleNamespace(signer=SimpleNamespace(address=SIGNER), send=lambda act: sent.append(act) or f"receipt {len(sent)}")
    reader: Any = SimpleNamespace(rpc=rpc, contract=SimpleNamespace(functions=Functions()))
    return sent, TaskActs(reader, account)


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1]), (107, [50, 50, 7])])
def test_many_are_reported_in_batches(count: int, sizes: list[int]) -> None:
    """R20: everybody once, in order, and no transaction outgrows a block."""
    sent, acts = make_acts()
    receipts = acts.slash(3, ACCOUNTS[:count])
    assert [len(accounts) for _, _, accounts in sent] == sizes
    assert [account for _, _, accounts in sent for account in accounts] == ACCOUNTS[:count]
    assert {(name, round) for name, round, _ in sent} <= {("slash", 3)}
    assert len(receipts) == len(sizes)


@pytest.mark.parametrize(("named", "account"), [(None, SIGNER), (MEMBER, MEMBER)])
def test_acts_in_a_round_name_the_account_that_they_are_for(named: str | None, account: str) -> None:
    """R6a: who signs may be its operator."""
    sent, acts = make_acts(named)
    acts.submit_update(b"u")
    acts.commit(b"c")
    acts.reveal(Ballot(b"a", -1, 0b101, 7, 8), b"s")
    acts.claim()
    acts.withdraw()
    assert acts.account == account
    assert sent == [
        ("submitUpdate", account, b"u"),
        ("commitVote", account, b"c"),
        ("revealVote", account, b"a", -1, 0b101, 7, 8, b"s"),
        ("claim", account, account),
        ("withdraw", account, account),
    ]


def test_an_account_may_send_what_is_due_to_it_anywhere() -> None:
    """R6a, R21: whether an operator may is the contract's to say."""
    sent, acts = make_acts()
    acts.claim(ACCOUNTS[1])
    acts.withdraw(ACCOUNTS[2])
    assert sent == [("claim", SIGNER, ACCOUNTS[1]), ("withdraw", SIGNER, ACCOUNTS[2])]


def test_an_account_names_its_operator_and_leaves_itself() -> None:
    """R6, R6a."""
    sent, acts = make_acts()
    acts.set_operator(MEMBER)
    acts.set_operator(None)
    acts.leave()
    assert sent == [("setOperator", MEMBER), ("setOperator", NO_ACCOUNT), ("leaveTask",)]


def test_an_operator_neither_joins_nor_leaves_for_its_member() -> None:
    """R6a: the contract would take it for the signer's own; nothing is sent."""
    sent, acts = make_acts(MEMBER)
    for act in (lambda: acts.join(5), lambda: acts.top_up(5), acts.leave, lambda: acts.set_operator(SIGNER)):
        with pytest.raises(Fatal) as caught:
            act()
        assert MEMBER in str(caught.value) and caught.value.hint
    assert sent == []


def test_an_account_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError):
        make_acts("0x12")
