"""Tokens that are odd (D16): taken where sound, refused where not, and never stuck."""

import pytest

from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with

SOUND, RETURNS_NOTHING, RETURNS_FALSE, TAKES_FEE, PAYS_BONUS, REVERTS, CALLS_BACK = range(7)


@pytest.fixture(scope="module")
def odd(bench, OddToken):
    return bench.people[0].deploy(OddToken)


@pytest.fixture
def odd_play(bench, odd):
    """Three members of a task in the odd token, which behaves so far."""
    play = bench.make_task(token=odd, minParticipants=3, exitDelay=0)
    play.token = odd
    play.fund(9 * STAR)
    play.enrol(3)
    return play


@pytest.mark.parametrize("oddity", [SOUND, RETURNS_NOTHING, CALLS_BACK])
def test_sound_dialects_live_a_whole_life(bench, odd, oddity):
    """D16, I2: a token that returns nothing, or calls back, moves what it is told to."""
    odd.setOddity(oddity, {"from": bench.people[0]})
    play = bench.make_task(token=odd, members=0, minParticipants=3, rounds=1, exitDelay=0)
    play.token = odd
    play.fund(9 * STAR)
    play.enrol(3)
    play.play_round()
    play.task.claim(play.members[0], {"from": play.members[0]})
    play.empty()
    assert play.balance() == 0 and sum(play.balance(member) for member in play.members) == 39 * STAR


@pytest.mark.parametrize("oddity, received", [(TAKES_FEE, STAR * 99 // 100), (PAYS_BONUS, STAR + 1)])
def test_token_that_moves_another_amount_is_refused(bench, odd, odd_play, oddity, received):
    """D16: balance is checked on entry."""
    newcomer, member = bench.people[8], odd_play.members[0]
    for account in (newcomer, member, odd_play.creator):
        odd_play.give(account, 5 * STAR)
    odd.setOddity(oddity, {"from": newcomer})
    for act in (
        lambda: odd_play.task.join(STAR, [], {"from": newcomer}),
        lambda: odd_play.task.topUp(STAR, {"from": member}),
        lambda: odd_play.task.fund(STAR, {"from": odd_play.creator}),
    ):
        with reverts_with("UnsoundToken", STAR, received):
            act()


def test_token_that_returns_false_is_refused(bench, odd, odd_play):
    """D16: a transfer that did not happen is none."""
    odd_play.give(bench.people[8], STAR)
    odd.setOddity(RETURNS_FALSE, {"from": bench.people[0]})
    with reverts_with("SafeERC20FailedOperation", odd):
        odd_play.task.join(STAR, [], {"from": bench.people[8]})


def test_payment_that_fails_takes_nothing_away(bench, odd, odd_play):
    """I2: if the token refuses to pay, the stake is still there and can be tried again."""
    leaver = odd_play.members[0]
    odd_play.task.leaveTask({"from": leaver})
    odd_play.play_round()
    for oddity in (RETURNS_FALSE, REVERTS):
        odd.setOddity(oddity, {"from": leaver})
        with pytest.raises(Exception, match=r"refused|SafeERC20FailedOperation"):
            odd_play.task.withdraw(leaver, {"from": leaver})
    odd.setOddity(SOUND, {"from": leaver})
    odd_play.task.withdraw(leaver, {"from": leaver})
    assert odd_play.balance(leaver) > 10 * STAR


def test_rebase_upwards_stays_behind_as_surplus(bench, odd, odd_play):
    """D16, I1: what a rebasing token adds belongs to nobody; everybody still gets what is theirs."""
    odd_play.play_round()
    odd.rebase(200, {"from": bench.people[0]})
    for member in odd_play.members:
        odd_play.task.leaveTask({"from": member})
    odd_play.play_round()
    for member in odd_play.members:
        odd_play.task.withdraw(member, {"from": member})
    assert odd_play.balance() == 2 * odd_play.task.rewardPool() == 2 * odd.balances(odd_play.task)
