"""The demo's report, and what makes it a failure."""

from __future__ import annotations

import pytest

from orchestrator.demo.report import compose_report, find_failures
from orchestrator.demo.tokens import Tokens
from orchestrator.protocol.ledger import Ledger
from tests.unit.protocol.examples import ACCOUNTS, MODEL, WINNER, draw_round, play_round


@pytest.fixture
def ledger() -> Ledger:
    return draw_round()


def test_tokens_that_add_up_are_no_failure(ledger: Ledger) -> None:
    play_round(ledger)
    assert find_failures(ledger, 4, Tokens(900, 898, 2)) == []


@pytest.mark.parametrize("tokens", [Tokens(900, 898, 1), Tokens(900, 880, 20), Tokens(901, 898, 3), Tokens(900, 901, -1)])
def test_a_wei_too_many_or_too_few_is_a_failure(ledger: Ledger, tokens: Tokens) -> None:
    play_round(ledger)
    assert find_failures(ledger, 4, tokens)


def test_a_round_that_is_not_settled_and_a_stake_that_is_not_withdrawn_are_failures(ledger: Ledger) -> None:
    failures = " ".join(find_failures(ledger, 4, Tokens(900, 0, 900)))
    assert "0 of 1 rounds" in failures and "0 of 4 participants" in failures


def test_the_report_tells_wei_as_decimal_strings(ledger: Ledger) -> None:
    play_round(ledger)
    malicious = dict.fromkeys(ACCOUNTS, False)
    report = compose_report({"id": 1}, {}, ledger, malicious, Tokens(900, 898, 2), {MODEL: 0.1, WINNER: 0.9}.get, {1: 77})
    (round,) = report["rounds"]
    assert (round["accuracy_before"], round["accuracy_after"], round["weight_for"]) == (0.1, 0.9, "200")
    assert round["gas"] == 77
    assert report["tokens"] == {"in": "900", "out": "898", "dust": "2"}
    assert sum(int(participant["withdrawn"]) for participant in report["participants"]) == 894
