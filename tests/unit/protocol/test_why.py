"""Why a round paid or cost an account what it did: the rule, and what would have avoided it.

That fault, penalty, share and pay are the contract's own is for `tests/integration/test_replay.py` to show.
"""

from __future__ import annotations

import pytest

from orchestrator.protocol.dues import Due
from orchestrator.protocol.events import (
    Anchored,
    RoundDrawn,
    RoundSettled,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
)
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.types import NO_DIGEST, Fault, Outcome, Role
from orchestrator.protocol.why import Why, explain
from tests.unit.protocol.examples import ACCOUNTS, SEED, WINNER, draw_round, play_round, tell

OTHER = bytes([3]) * 32
STRANGER = "0x" + "99" * 20


@pytest.fixture
def ledger() -> Ledger:
    return draw_round()


def list_roles(ledger: Ledger) -> tuple[str, list[str]]:
    (proposer,), voters = ledger.rounds[1].list_with(Role.PROPOSER), ledger.rounds[1].list_with(Role.VOTER)
    return proposer, voters


def vote(ledger: Ledger, *ballots: tuple[bytes, int, int], outcome: Outcome, condemned: int = 0) -> list[Why]:
    """The proposer submits, each voter reveals (digest, score, against) in turn; who has none only commits. Of all four."""
    proposer, voters = list_roles(ledger)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100))
    tell(ledger, *(VoteCommitted(1, voter, WINNER) for voter in voters))
    for voter, (digest, score, against) in zip(voters, ballots, strict=False):
        tell(ledger, VoteRevealed(1, voter, digest, score, against, 100, 2, 1))
    turnout = 100 * (1 + len(ballots))
    winner = NO_DIGEST if outcome is Outcome.VOID else WINNER
    reward = 0 if outcome is Outcome.VOID else 400
    tell(ledger, RoundSettled(1, outcome, winner, 0, 0, reward, turnout, condemned))
    return [explain(ledger, 1, account) for account in (proposer, *voters)]


def list_rules(why: Why) -> list[str]:
    return [reason.rule for reason in why.reasons]


def test_the_good_of_an_accepted_round_earn_their_share(ledger: Ledger) -> None:
    """R18: and two of three who accuse wrongly once lose nothing by it (R18a)."""
    proposer, first, second, third = vote(ledger, (WINNER, 1, 0), (WINNER, 1, 1), (WINNER, 1, 0), outcome=Outcome.ACCEPTED)
    assert [why.deed for why in (proposer, first, second)] == ["submitted an update", "voted +1", "voted +1, accused 1"]
    assert [list_rules(why) for why in (proposer, first, second, third)] == [["R18"], ["R18"], ["R18", "R18a"], ["R18"]]
    assert {why.due for why in (proposer, first, second, third)} == {Due(Fault.NONE, 0, 100, 100)}
    assert not any(reason.instead for why in (proposer, first, second) for reason in why.reasons)


def test_each_fault_of_a_voter_has_its_words_and_what_would_have_avoided_it(ledger: Ledger) -> None:
    """R19: divergent, minority, absent; all cost the same, and none is taken yet (R20)."""
    _, first, second, third = vote(ledger, (OTHER, 1, 0), (WINNER, -1, 0), outcome=Outcome.ACCEPTED)
    assert [why.due.fault for why in (first, second, third)] == [Fault.DIVERGENT, Fault.MINORITY, Fault.ABSENT]
    assert "another digest" in first.reasons[0].what and "update.left_out" in first.reasons[0].instead
    assert "voted −1, and the weight said +1" in second.reasons[0].what
    assert third.deed == "committed, revealed nothing" and "reveal within" in third.reasons[0].instead
    for why in (first, second):
        assert list_rules(why) == ["R19", "R19"] and why.reasons[1].what == "costs 0.5 % of the stake as of the draw"
    assert [why.due.penalty for why in (first, second)] == [0, 0], "half a percent of 100 wei is less than one"


def test_a_condemned_update_is_told_by_its_own_rule(ledger: Ledger) -> None:
    """R17a, R18a: who did not accuse it earns less, who did earns all."""
    proposer, first, second, third = vote(
        ledger, (WINNER, -1, 1), (WINNER, -1, 1), (WINNER, -1, 0), outcome=Outcome.REJECTED, condemned=1
    )
    assert list_rules(proposer) == ["R17a", "R19", "R20"] and proposer.due == Due(Fault.CONDEMNED, 5, 100, 0)
    assert "not taken yet" in proposer.reasons[2].what and not proposer.is_taken
    assert list_rules(first) == list_rules(second) == ["R18"] and "−1 of a rejected" in first.reasons[0].what
    assert list_rules(third) == ["R18", "R18a"] and "leaves nothing of its share" in third.reasons[1].what
    assert [why.decisive.rule for why in (proposer, first, third)] == ["R17a", "R18", "R18a"]
    assert (third.due.earned, third.due.returned) == (0, 100)


def test_what_was_taken_is_told_as_taken(ledger: Ledger) -> None:
    """R20."""
    play_round(ledger)
    why = explain(ledger, 1, list_roles(ledger)[1][2])
    assert (why.is_taken, why.due.penalty, list_rules(why)) == (True, 5, ["R19", "R19"])


def test_a_rejected_round_pays_its_proposer_nothing_and_costs_it_nothing(ledger: Ledger) -> None:
    """R18, D18."""
    proposer, *_ = vote(ledger, (WINNER, -1, 0), (WINNER, -1, 0), (WINNER, -1, 0), outcome=Outcome.REJECTED)
    assert list_rules(proposer) == ["R18"] and proposer.due.earned == 0
    assert "a rejected round pays proposers nothing" in proposer.reasons[0].what


def test_a_void_round_pays_nobody_and_says_why(ledger: Ledger) -> None:
    """R16."""
    proposer, first, *_ = vote(ledger, (WINNER, 1, 0), (OTHER, 1, 0), (NO_DIGEST, 1, 0), outcome=Outcome.VOID)
    assert list_rules(proposer) == list_rules(first) == ["R16"]


def test_where_nobody_submits_only_the_proposer_is_at_fault(ledger: Ledger) -> None:
    """R12, R19."""
    proposer, voters = list_roles(ledger)
    tell(ledger, RoundSettled(1, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0, 0))
    assert list_rules(explain(ledger, 1, voters[0])) == ["R12"]
    why = explain(ledger, 1, proposer)
    assert list_rules(why)[0] == "R19" and "submit within 100 s of the draw" in why.reasons[0].instead


def test_an_outsider_and_a_round_in_progress_have_nothing_to_explain(ledger: Ledger) -> None:
    """R8, R9."""
    assert list_rules(explain(ledger, 1, STRANGER)) == ["R16"]
    tell(ledger, Anchored(2, 9, 4))
    assert list_rules(explain(ledger, 2, STRANGER)) == ["R8"]
    play_round(ledger)
    why = explain(ledger, 1, STRANGER)
    assert (list_rules(why), why.deed, why.due) == (["R9"], "nothing to do", Due())
    with pytest.raises(KeyError):
        explain(ledger, 3, STRANGER)


def test_faults_in_a_row_are_told_as_what_doubles_the_penalty(ledger: Ledger) -> None:
    """R19: also before anything of the first is taken."""
    proposer, *_ = vote(ledger, (WINNER, -1, 1), (WINNER, -1, 1), (WINNER, -1, 1), outcome=Outcome.REJECTED, condemned=1)
    tell(ledger, Anchored(2, 9, 4), RoundDrawn(2, SEED.to_bytes(32, "big"), 4))
    tell(ledger, RoundSettled(2, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0, 0))
    why = explain(ledger, 2, proposer.account)
    assert "costs 1 % of the stake as of the draw: fault 2 in a row as proposer" in why.reasons[1].what
    assert why.due.penalty == (100 - 5) * 100 // 10_000


def test_absence_that_nobody_reported_in_time_is_told_as_forgiven(ledger: Ledger) -> None:
    """R10, R20."""
    proposer, _ = list_roles(ledger)
    for number in range(1, 9):
        if number > 1:
            tell(ledger, Anchored(number, 9, 4), RoundDrawn(number, SEED.to_bytes(32, "big"), 4))
        tell(ledger, RoundSettled(number, Outcome.VOID, NO_DIGEST, 0, 0, 0, 0, 0))
    old, young = explain(ledger, 1, proposer), explain(ledger, 8, proposer)
    assert "forgiven" in old.reasons[-1].what and old.due.penalty == 0
    assert not any("forgiven" in reason.what for reason in young.reasons)
    tell(ledger, Slashed(8, proposer, Fault.ABSENT, 3, ACCOUNTS[3], 0))
    assert explain(ledger, 8, proposer).is_taken
