"""What the demo tells of a task is rebuilt from the task's events alone (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.demo.nodes import Doing, find_doing
from orchestrator.demo.report import Tokens, compose_report, find_failures
from orchestrator.protocol.ledger import Event, Ledger, compute_seconds, find_round
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.roles import compute_role, rank_of
from orchestrator.protocol.types import Fault, Outcome, Role

ACCOUNTS = [f"0x{number:040x}" for number in range(1, 5)]
SEED = 123456789
MODEL, WINNER = bytes([1]) * 32, bytes([2]) * 32
PARAMETERS = Parameters(
    token=ACCOUNTS[0], beacon=ACCOUNTS[0], definition=MODEL, initial_model=MODEL, rounds=1, proposers=1, train_window=100
)


def tell(ledger: Ledger, name: str, at: int = 0, **values: Any) -> Event:
    event = Event(name, values, block=at, timestamp=at)
    ledger.apply(event)
    return event


@pytest.fixture
def ledger() -> Ledger:
    """Four members, and a round that is drawn."""
    ledger = Ledger(PARAMETERS)
    tell(ledger, "Funded", **{"from": ACCOUNTS[0], "amount": 500})
    for position, account in enumerate(ACCOUNTS):
        tell(ledger, "Joined", account=account, stake=100)
        tell(ledger, "Seated", account=account, position=position, fromRound=1)
    tell(ledger, "Anchored", 10, round=1, anchor=3, memberCount=4)
    tell(ledger, "RoundDrawn", 13, round=1, seed=SEED.to_bytes(32, "big"), memberCount=4)
    return ledger


def play_round(ledger: Ledger) -> None:
    """One update, two of three vote for it; the third only commits."""
    round = ledger.rounds[1]
    (proposer,), voters = round.list_with(Role.PROPOSER), round.list_with(Role.VOTER)
    tell(ledger, "UpdateSubmitted", 20, round=1, proposer=proposer, digest=WINNER, weight=100)
    for voter in voters:
        tell(ledger, "VoteCommitted", 24, round=1, voter=voter, commitment=WINNER)
    for voter in voters[:2]:
        tell(ledger, "VoteRevealed", 26, round=1, voter=voter, aggregate=WINNER, score=1, weight=100, lossBefore=2, lossAfter=1)
    end = 24 + PARAMETERS.reveal_window + 1
    shares = {"weightFor": 200, "weightAgainst": 0, "reward": 500, "goodStake": 300}
    tell(ledger, "RoundSettled", end, round=1, outcome=Outcome.ACCEPTED, winner=WINNER, **shares)
    slasher = {"slasher": voters[0], "slasherShare": 1}
    tell(ledger, "Slashed", end, round=1, account=voters[2], fault=Fault.ABSENT, amount=5, **slasher)
    for account in [proposer, *voters[:2]]:
        tell(ledger, "Rewarded", end, round=1, account=account, amount=166)
    for account in ACCOUNTS:
        it = ledger.participants[account]
        tell(ledger, "Withdrawn", end, account=account, to=account, stake=it.stake, rewards=it.earned)
    tell(ledger, "Refunded", end, creator=ACCOUNTS[0], amount=4)


def test_roles_follow_from_the_seed_and_from_who_stood_where(ledger: Ledger) -> None:
    expected = {account: compute_role(rank_of(SEED, 4, position), 1, 3) for position, account in enumerate(ACCOUNTS)}
    assert ledger.rounds[1].roles == expected


def test_who_takes_a_seat_later_has_no_part_in_an_earlier_draw(ledger: Ledger) -> None:
    tell(ledger, "Seated", account=ACCOUNTS[3], position=0, fromRound=2)
    tell(ledger, "Anchored", 90, round=2, anchor=9, memberCount=3)
    tell(ledger, "RoundDrawn", 93, round=2, seed=SEED.to_bytes(32, "big"), memberCount=3)
    assert set(ledger.rounds[1].roles) == set(ACCOUNTS)
    assert set(ledger.rounds[2].roles) == {ACCOUNTS[3], ACCOUNTS[1], ACCOUNTS[2]}


def test_phases_end_with_the_last_act_or_with_their_window(ledger: Ledger) -> None:
    play_round(ledger)
    expected = {"drawing": 3, "training": 7, "committing": 4, "revealing": PARAMETERS.reveal_window, "settling": 1}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected


def test_a_round_without_updates_has_no_vote(ledger: Ledger) -> None:
    none = {"winner": bytes(32), "weightFor": 0, "weightAgainst": 0, "reward": 0, "goodStake": 0}
    tell(ledger, "RoundSettled", 115, round=1, outcome=Outcome.VOID, **none)
    expected = {"drawing": 3, "training": 100, "committing": 0, "revealing": 0, "settling": 2}
    assert compute_seconds(ledger.rounds[1], PARAMETERS) == expected
    assert ledger.rounds[1].winner is None and ledger.global_model == MODEL


def test_tokens_that_add_up_are_no_failure(ledger: Ledger) -> None:
    play_round(ledger)
    assert find_failures(ledger, 4, Tokens(900, 898, 2)) == []
    assert ledger.global_model == WINNER


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
    report = compose_report({"id": 1}, {}, ledger, malicious, Tokens(900, 898, 2), {MODEL: 0.1, WINNER: 0.9}.get)
    (round,) = report["rounds"]
    assert (round["accuracy_before"], round["accuracy_after"], round["weight_for"]) == (0.1, 0.9, "200")
    assert report["tokens"] == {"in": "900", "out": "898", "dust": "2"}
    assert sum(int(participant["withdrawn"]) for participant in report["participants"]) == 894


def test_a_transaction_belongs_to_the_round_that_it_moved_not_to_that_whose_dues_it_applied() -> None:
    slashed, drawn = Event("Slashed", {"round": 1}, 0, 0), Event("UpdateSubmitted", {"round": 2}, 0, 0)
    assert find_round([slashed, drawn]) == 2
    assert find_round([slashed]) == 1
    assert find_round([Event("Joined", {}, 0, 0)]) is None


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
