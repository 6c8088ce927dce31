"""The demo's report, and what makes it a failure."""

from __future__ import annotations

import pytest

from orchestrator.demo.report import compose_report, find_failures
from orchestrator.demo.tokens import Tokens
from orchestrator.protocol.events import (
    Anchored,
    RoundDrawn,
    RoundSettled,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
)
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.types import NO_DIGEST, Outcome, Role
from tests.unit.protocol.examples import ACCOUNTS, MODEL, WINNER, draw_round, play_round, tell


@pytest.fixture
def ledger() -> Ledger:
    return draw_round()


def test_tokens_that_add_up_are_no_failure(ledger: Ledger) -> None:
    play_round(ledger)
    assert find_failures(ledger, 4, Tokens(900, 899, 1)) == []


@pytest.mark.parametrize("tokens", [Tokens(900, 899, 0), Tokens(900, 880, 20), Tokens(901, 899, 2), Tokens(900, 901, -1)])
def test_a_wei_too_many_or_too_few_is_a_failure(ledger: Ledger, tokens: Tokens) -> None:
    play_round(ledger)
    assert find_failures(ledger, 4, tokens)


def test_a_round_that_is_not_settled_and_a_stake_that_is_not_withdrawn_are_failures(ledger: Ledger) -> None:
    failures = " ".join(find_failures(ledger, 4, Tokens(900, 0, 900)))
    assert "0 of 1 rounds" in failures and "0 of 4 participants" in failures


def test_the_report_tells_wei_as_decimal_strings(ledger: Ledger) -> None:
    play_round(ledger)
    malicious = dict.fromkeys(ACCOUNTS, False)
    report = compose_report({"id": 1}, {}, ledger, malicious, Tokens(900, 899, 1), {MODEL: 0.1, WINNER: 0.9}.get, {1: 77})
    (round,) = report["rounds"]
    assert (round["accuracy_before"], round["accuracy_after"], round["weight_for"]) == (0.1, 0.9, "200")
    assert round["gas"] == 77
    assert report["tokens"] == {"in": "900", "out": "899", "dust": "1"}
    assert sum(int(participant["withdrawn"]) for participant in report["participants"]) == 894


def condemn(ledger: Ledger) -> tuple[str, list[str]]:
    """The one proposer, condemned by two of three voters who reject; the third, who does not reveal."""
    (proposer,), voters = ledger.rounds[1].list_with(Role.PROPOSER), ledger.rounds[1].list_with(Role.VOTER)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100), at=20)
    tell(ledger, *(VoteCommitted(1, voter, WINNER) for voter in voters), at=24)
    tell(ledger, *(VoteRevealed(1, voter, WINNER, -1, 1, 100, 2, 9) for voter in voters[:2]), at=26)
    tell(ledger, RoundSettled(1, Outcome.REJECTED, WINNER, 0, 200, 400, 300, 1), at=150)
    return proposer, voters


def test_the_report_tells_turnout_verdicts_and_faults(ledger: Ledger) -> None:
    """R17a, R18, R19."""
    proposer, voters = condemn(ledger)
    malicious = {account: account == proposer for account in ACCOUNTS}
    report = compose_report({"id": 1}, {}, ledger, malicious, Tokens(900, 0, 900), {MODEL: 0.1}.get, {})
    (round,) = report["rounds"]
    assert (round["turnout"], round["condemned"]) == ("300", [proposer])
    faults = {participant["address"]: participant["faults"] for participant in report["participants"]}
    assert faults == {proposer: {"condemned": 1}, voters[0]: {}, voters[1]: {}, voters[2]: {"absent": 1}}


def test_a_void_round_more_is_no_failure(ledger: Ledger) -> None:
    """R19a: it does not count, so there are more rounds than are decided."""
    tell(ledger, RoundSettled(1, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0, 0), at=150)
    assert "0 of 1 rounds" in " ".join(find_failures(ledger, 4, Tokens(900, 899, 1)))
    tell(ledger, Anchored(2, 9, 4), RoundDrawn(2, bytes(32), 4), at=160)
    tell(ledger, RoundSettled(2, Outcome.ACCEPTED, WINNER, 1, 0, 0, 1, 0), at=300)
    assert "rounds are decided" not in " ".join(find_failures(ledger, 4, Tokens(900, 899, 1)))
