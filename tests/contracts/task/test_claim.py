"""Rewards (R18, R21, D5)."""

import itertools

import pytest

from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR
from tests.contracts.errors import reverts_with
from tests.contracts.model import Fault


def _claimed(play, account):
    return play.task.claim(account, account, {"from": account}).events["Claimed"]["amount"]


def test_accepted_round_pays_proposers_and_voters_for_the_winner(play):
    """R18: accepted – proposers who are not condemned and voters for the winner with +1; each its part of the turnout."""
    play.draw()
    play.train()
    proposers, (first, second, third) = play.proposers, play.voters
    play.vote({first: (GOOD, 1), second: (GOOD, 1), third: (GOOD, -1)})
    play.settle()
    good = [*proposers, first, second]
    assert [_claimed(play, account) for account in play.members if account in good] == [20 * STAR] * 4
    with reverts_with("Nothing"):
        play.task.claim(third, third, {"from": third})


def test_rejected_round_pays_voters_against(play):
    """R18, D20: rejected – voters for the winner with −1; they get what they would have got in an accepted round."""
    play.draw()
    play.train()
    voters, proposers = play.voters, play.proposers
    play.vote_alike(BAD, -1)
    play.settle()
    assert [_claimed(play, voter) for voter in voters] == [20 * STAR] * 3
    with reverts_with("Nothing"):
        play.task.claim(proposers[0], proposers[0], {"from": proposers[0]})


def test_void_round_pays_nobody(play):
    """R18: void – nobody, the reward stays in the pool."""
    play.draw()
    play.train()
    play.vote(dict(zip(play.voters, [(GOOD, 1), (BAD, 1)], strict=False)))
    play.sleep(1_000)
    play.settle()
    for member in play.members:
        with reverts_with("Nothing"):
            play.task.claim(member, member, {"from": member})
    assert play.pool() == 1_000 * STAR


def test_reward_is_in_proportion_to_stake(bench):
    """R18, R15: in proportion to the stake as of the draw."""
    play = bench.make_task(pool=100 * STAR, rounds=1, minParticipants=5)
    for account, stake in zip(bench.people[1:6], (1, 2, 3, 4, 10), strict=True):
        play.join(account, stake * STAR)
    play.play_round()
    assert [_claimed(play, account) for account in play.members] == [5 * STAR, 10 * STAR, 15 * STAR, 20 * STAR, 50 * STAR]


def test_nobody_claims_twice(play):
    """I2: a reward is paid once."""
    play.play_round()
    _claimed(play, play.members[0])
    with reverts_with("Nothing"):
        play.task.claim(play.members[0], play.members[0], {"from": play.members[0]})


def test_reward_goes_where_its_owner_says(play, stranger):
    """R21: rewards are pulled by their owner."""
    play.play_round()
    play.task.claim(play.members[0], stranger, {"from": play.members[0]})
    assert play.balance(stranger) == 20 * STAR


def test_stranger_has_nothing_to_claim(play, stranger):
    """R21: and nobody claims for somebody else."""
    play.play_round()
    with reverts_with("Nothing"):
        play.task.claim(stranger, stranger, {"from": stranger})


def test_reward_can_be_claimed_many_rounds_later_and_after_the_end(bench):
    """R21, I2: there is no window that could be missed."""
    play = bench.make_task(pool=120 * STAR, members=5, rounds=6, faultBps=0)
    play.play_round()
    patient = play.members[0]
    play.task.leaveTask({"from": patient})
    play.join(bench.people[10])
    for _ in range(11):
        play.draw()
        play.sleep(1_000)
        play.settle()
    assert play.view().phase == 6
    assert _claimed(play, patient) == 4 * STAR


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[:6])
def test_order_of_claims_does_not_matter(play, order):
    """R21, R18: whoever comes first gets what it would get as the last."""
    play.play_round()
    play.play_round()
    expected = [40 * STAR] * 3
    assert [_claimed(play, play.members[index]) for index in order] == expected


def test_dust_is_bounded(bench):
    """I1: what rounding leaves behind is less than a wei for each that is paid."""
    play = bench.make_task(pool=1_000_003, members=5, rounds=3)
    for _ in range(3):
        play.play_round()
    play.sleep(2_000)
    play.empty()
    assert 0 < play.balance() < 15


def test_penalty_of_an_earlier_round_comes_first(play):
    """R20: an account that acts again has its own earlier penalty applied first; then it weighs and earns."""
    play.draw()
    late = play.proposers[0]
    play.train(absent=(late,))
    play.vote_alike()
    play.settle()
    play.play_round()
    pool = 900 * STAR + STAR // 2
    assert play.view(late).stake == 9.5 * STAR and play.pool() == pool - pool // 9


def test_dues_tell_what_is_left(play):
    """R20: anybody can see whom a slash would hit, and what waits to be claimed."""
    play.draw()
    late = play.proposers[0]
    play.train(absent=(late,))
    play.vote_alike()
    play.settle()
    assert play.lens.membersFrom(play.task, 0, 100) == play.members
    assert play.lens.membersFrom(play.task, 1, 1) == play.members[1:2]
    for member, due in zip(play.members, play.lens.dues(play.task, 1, play.members), strict=True):
        assert tuple(due) == (
            (int(Fault.ABSENT), STAR // 2, 0, 0) if member == late else (int(Fault.NONE), 0, 25 * STAR, 25 * STAR)
        )
    assert [fault for fault, *_ in play.lens.dues(play.task, 1, [late, late])] == [int(Fault.ABSENT)] * 2
    with reverts_with("WrongRound", 1, 2):
        play.lens.dues(play.task, 2, play.members)


# ── what is not earned ──


def test_what_one_does_not_earn_goes_back_to_the_pool_and_to_nobody_else(play):
    """R18, D20: with its owner's own due, whoever applies it; told by an event."""
    play.draw()
    play.train()
    liar, honest = play.proposers
    first, second, third = play.voters
    bit = play.bits(liar)
    play.vote({first: (GOOD, 1, bit), second: (GOOD, 1, bit), third: (BAD, 1, bit)})
    play.settle()
    assert play.pool() == 900 * STAR
    told = play.task.slash(1, [liar, third], {"from": play.creator})
    returned = {event["account"]: event["amount"] for event in told.events["ShareReturned"]}
    slashed = sum(event["amount"] - event["slasherShare"] for event in told.events["Slashed"])
    assert returned == {liar: 20 * STAR, third: 20 * STAR} and play.pool() == 940 * STAR + slashed
    assert [_claimed(play, account) for account in (honest, first, second)] == [20 * STAR] * 3


def test_proposers_of_a_rejected_round_give_their_share_back(play):
    """R18: without a penalty there is nothing to slash; the share goes back when they act again, or leave."""
    play.play_round(-1)
    pool = play.pool()
    play.draw()
    again = play.proposers[0]
    told = play.submit(again).events
    former = wire.events(play.task, "UpdateSubmitted", round=1, proposer=again)
    assert play.pool() - pool == (told["ShareReturned"]["amount"] if former else 0) == (20 * STAR if former else 0)


def _judge(bench, masks, p=4, **changes):
    """Of a round in which three of four updates… what each voter earned of its share, for such ballots against ranks."""
    play = bench.make_task(pool=90 * STAR, minParticipants=9, proposers=p, rounds=1, **changes)
    play.enrol(9)
    play.draw()
    play.train()
    voters = play.voters
    play.vote({voter: (GOOD, 1, mask) for voter, mask in zip(voters, masks, strict=True)})
    play.settle()
    dues = play.lens.dues(play.task, 1, voters)
    assert {due[2] for due in dues} == {10 * STAR}
    return [due[3] for due in dues], play, voters


@pytest.mark.parametrize(
    "mask, sixteenths",
    [
        (0b0011, 16),  # the two that are condemned
        (0b0001, 8),  # one missed: 2/p
        (0b0000, 0),  # both
        (0b0111, 16),  # one wrong is free
        (0b1111, 15),  # the second costs 1/(4·p)
        (0b0101, 8),
        (0b1100, 0),
        (0b1101, 7),
    ],
)
def test_good_voter_earns_less_for_each_that_it_misjudged(bench, mask, sixteenths):
    """R18a: 2/p for each of the condemned that it did not accuse, 1/(4·p) for each other that it did, after the first."""
    earned, play, voters = _judge(bench, [0b0011, 0b0011, 0b0011, 0b0011, mask])
    assert earned == [10 * STAR] * 4 + [10 * STAR * sixteenths // 16]
    play.sleep(2_000)
    before = play.balance(voters[4])
    play.task.withdraw(voters[4], voters[4], {"from": voters[4]})
    assert play.balance(voters[4]) - before == 10 * STAR + earned[4]
    assert play.pool() == 10 * STAR - earned[4]


def test_accusing_all_costs_an_eighth_where_nobody_is_bad(bench):
    """R18a: about that: (p − 1) / (4·p), three sixteenths of four."""
    earned, *_ = _judge(bench, [0, 0, 0, 0, 0b1111])
    assert earned == [10 * STAR] * 4 + [10 * STAR * 13 // 16]


def test_misjudging_is_no_fault(bench):
    """R18a, R19: it costs pay and no stake."""
    _, play, voters = _judge(bench, [0b0011] * 4 + [0b1100])
    due = play.lens.dues(play.task, 1, voters)[4].dict()
    assert (due["fault"], due["penalty"]) == (int(Fault.NONE), 0)


def test_rejected_round_pays_judging_alike(bench):
    """R18, R18a: accepting and rejecting pay a voter the same, and so do verdicts."""
    play = bench.make_task(pool=90 * STAR, members=9, proposers=4, rounds=1)
    play.draw()
    play.train()
    voters = play.voters
    play.vote({voter: (GOOD, -1, 0b0001 if index else 0b0000) for index, voter in enumerate(voters)})
    play.settle()
    assert [due[3] for due in play.lens.dues(play.task, 1, voters)] == [5 * STAR] + [10 * STAR] * 4
