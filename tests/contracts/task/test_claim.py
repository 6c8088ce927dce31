"""Rewards (R18, R21, D5)."""

import itertools

import pytest

from orchestrator.protocol.types import Fault
from tests.contracts.dsl import BAD, GOOD, STAR
from tests.contracts.errors import reverts_with


def _claimed(play, account):
    return play.task.claim(account, {"from": account}).events["Claimed"]["amount"]


def test_accepted_round_pays_proposers_and_voters_for_the_winner(play):
    """R18: accepted – proposers who submitted and voters for the winner with +1."""
    play.draw()
    play.train()
    proposers, (first, second, third) = play.proposers, play.voters
    play.vote({first: (GOOD, 1), second: (GOOD, 1), third: (GOOD, -1)})
    play.settle()
    good = [*proposers, first, second]
    assert [_claimed(play, account) for account in play.members if account in good] == [25 * STAR] * 4
    with reverts_with("Nothing"):
        play.task.claim(third, {"from": third})


def test_rejected_round_pays_voters_against(play):
    """R18: rejected – voters for the winner with −1."""
    play.draw()
    play.train()
    voters, proposers = play.voters, play.proposers
    play.vote_alike(BAD, -1)
    play.settle()
    assert sum(_claimed(play, voter) for voter in voters) == 3 * (100 * STAR // 3)
    with reverts_with("Nothing"):
        play.task.claim(proposers[0], {"from": proposers[0]})


def test_void_round_pays_nobody(play):
    """R18: void – nobody, the reward stays in the pool."""
    play.draw()
    play.train()
    play.vote(dict(zip(play.voters, [(GOOD, 1), (BAD, 1)], strict=False)))
    play.sleep(1_000)
    play.settle()
    for member in play.members:
        with reverts_with("Nothing"):
            play.task.claim(member, {"from": member})
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
        play.task.claim(play.members[0], {"from": play.members[0]})


def test_reward_goes_where_its_owner_says(play, stranger):
    """R21: rewards are pulled by their owner."""
    play.play_round()
    play.task.claim(stranger, {"from": play.members[0]})
    assert play.balance(stranger) == 20 * STAR


def test_stranger_has_nothing_to_claim(play, stranger):
    """R21: and nobody claims for somebody else."""
    play.play_round()
    with reverts_with("Nothing"):
        play.task.claim(stranger, {"from": stranger})


def test_reward_can_be_claimed_many_rounds_later_and_after_the_end(bench):
    """R21, I2: there is no window that could be missed."""
    play = bench.make_task(pool=1_200 * STAR, members=5, rounds=12, absentBps=0)
    play.play_round()
    patient = play.members[0]
    play.task.leaveTask({"from": patient})
    play.join(bench.people[10])
    for _ in range(11):
        play.draw()
        play.sleep(1_000)
        play.settle()
    assert play.view().phase == 6
    assert _claimed(play, patient) == 20 * STAR


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
        assert tuple(due) == ((int(Fault.ABSENT), STAR // 2, 0) if member == late else (int(Fault.NONE), 0, 25 * STAR))
    assert [fault for fault, _, _ in play.lens.dues(play.task, 1, [late, late])] == [int(Fault.ABSENT)] * 2
    with reverts_with("WrongRound", 1, 2):
        play.lens.dues(play.task, 2, play.members)
