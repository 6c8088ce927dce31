"""Operators (R6a): a hot key acts in rounds, and can move nothing."""

import pytest

from tests.contracts.dsl import GOOD, STAR, ballot_of
from tests.contracts.errors import reverts_with

NOBODY = "0x" + "00" * 20


@pytest.fixture
def operator(bench):
    return bench.people[16]


def _name(play, operator, accounts=None):
    for account in accounts or play.members:
        play._do(account, play.task, "setOperator", operator)


def test_member_names_its_operator_and_changes_it_at_any_time(play, operator, stranger):
    """R6a: one, or nobody; told by an event and by the view."""
    member = play.members[0]
    named = play.task.setOperator(operator, {"from": member})
    assert named.events["OperatorNamed"] == {"account": member, "operator": operator}
    assert play.view(member).operator == operator.address.lower()
    play.draw()
    play.task.setOperator(stranger, {"from": member})
    assert play.view(member).operator == stranger.address.lower()
    play.task.setOperator(NOBODY, {"from": member})
    assert play.view(member).operator == NOBODY


def test_operator_acts_in_rounds_for_many(play, operator):
    """R6a, I4: what it does counts as the member's, once; the member may act itself all the same."""
    _name(play, operator)
    play.draw()
    first, second = play.proposers
    told = play.submit(first, sender=operator).events["UpdateSubmitted"]
    assert (told["proposer"], told["weight"]) == (first, 10 * STAR)
    with reverts_with("AlreadyDone", first, 1):
        play.submit(first)
    play.submit(second)
    one, *others = play.voters
    play.commit(one, sender=operator)
    for voter in others:
        play.commit(voter, number=1)
    assert play.reveal(one, sender=operator).events["VoteRevealed"]["voter"] == one
    for voter in others:
        play.reveal(voter, sender=operator)
    play.settle()
    assert play.lens.resultOf(play.task, 1).dict()["isComplete"]


@pytest.mark.parametrize("act", ["submit", "commit", "reveal"])
def test_nobody_else_acts_for_a_member(drawn, operator, stranger, act):
    """R6a: not a stranger, not another member, and not who was its operator before."""
    account = drawn.proposers[0] if act == "submit" else drawn.voters[0]
    _name(drawn, operator, [account])
    _name(drawn, NOBODY, [account])
    if act != "submit":
        drawn.train()
        drawn.ballots[account] = ballot_of(GOOD)
    if act == "reveal":
        drawn.commit(account)
        drawn.sleep(1_000)
    for sender in (stranger, drawn.members[-1], operator):
        if sender != account:
            with reverts_with("NotOperator", account, sender):
                getattr(drawn, act)(account, sender=sender)


def test_operator_sends_what_is_due_to_the_member_and_nowhere_else(play, operator):
    """R6a, R21: rewards and, after the end, the stake."""
    _name(play, operator)
    play.play_round()
    member = play.members[0]
    for to in (operator, play.creator, play.members[1]):
        with reverts_with("WrongReceiver", member, to):
            play.task.claim(member, to, {"from": operator})
    play.task.claim(member, member, {"from": operator})
    assert play.balance(member) == 20 * STAR
    play.task.leaveTask({"from": member})
    play.play_round()
    play.sleep(2_000)
    with reverts_with("WrongReceiver", member, operator):
        play.task.withdraw(member, operator, {"from": operator})
    play.task.withdraw(member, member, {"from": operator})
    assert play.balance(member) >= 30 * STAR and play.balance(operator) == 0


def test_nobody_else_sends_what_is_due(play, operator, stranger):
    """R6a, R21: rewards and stake are pulled by their owner, or for it."""
    play.play_round()
    member = play.members[0]
    for act in (play.task.claim, play.task.withdraw):
        with reverts_with("NotOperator", member, stranger):
            act(member, member, {"from": stranger})


def test_operator_joins_tops_up_leaves_and_names_for_itself_only(play, operator):
    """R6a: only the member may."""
    member = play.members[0]
    _name(play, operator, [member])
    play.give(operator, 20 * STAR)
    with reverts_with("NotMember", operator):
        play.task.leaveTask({"from": operator})
    with reverts_with("NotMember", operator):
        play.task.topUp(STAR, {"from": operator})
    play.task.setOperator(operator, {"from": operator})
    assert play.view(member).isMember and play.view(member).operator == operator.address.lower()
    play.task.join(STAR, [], {"from": operator})
    assert play.view(operator).stake == STAR and play.view(member).stake == 10 * STAR


def test_operator_that_is_a_member_acts_for_both(play):
    """R6a, I3: each in its own role."""
    boss = play.members[0]
    _name(play, boss)
    play.draw()
    for proposer in play.proposers:
        play.submit(proposer, sender=boss)
    for voter in play.voters:
        play.commit(voter, number=1, sender=boss)
    for voter in play.voters:
        play.reveal(voter, sender=boss)
    play.settle()
    assert play.view().decided == 1


def test_operator_does_the_duties_of_many_in_one_transaction(play, operator):
    """R6a, R2: a batch has the powers of its caller."""
    _name(play, operator)
    play.draw()
    calls = [play.task.submitUpdate.encode_input(proposer, bytes([7]) * 32) for proposer in play.proposers]
    play.task.multicall(calls, {"from": operator})
    assert play.view().updates == 2
