"""Adding to a stake (R4, D5)."""

from orchestrator.protocol.types import Role
from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with


def test_top_up_after_the_anchor_counts_from_the_next_round(play):
    """R4: nothing that a member does after a draw's membership is fixed changes a weight in that round."""
    for member in play.members:
        topped = play.top_up(member, 5 * STAR)
    assert topped.events["ToppedUp"]["fromRound"] == 2
    play.draw()
    weights = [play.submit(proposer).events["UpdateSubmitted"]["weight"] for proposer in play.proposers]
    assert weights == [10 * STAR] * 2
    play.vote_alike()
    play.settle()
    play.draw()
    weights = [play.submit(proposer).events["UpdateSubmitted"]["weight"] for proposer in play.proposers]
    assert weights == [15 * STAR] * 2


def test_top_up_while_enrolling_counts_at_once(bench):
    """R4: topping up takes effect with the next draw."""
    play = bench.make_task(members=4, minParticipants=5)
    assert play.top_up(play.members[0], STAR).events["ToppedUp"]["fromRound"] == 1
    play.enrol(1)
    play.draw()
    play.train()
    play.vote_alike()
    assert play.view(play.members[0]).stake == 11 * STAR


def test_several_top_ups_in_a_round_add_up(drawn):
    """R4: all of them count from the next draw on."""
    member = drawn.members[0]
    drawn.top_up(member, STAR)
    drawn.top_up(member, 2 * STAR)
    assert (drawn.view(member).stake, drawn.view(member).toppedUp) == (10 * STAR, 3 * STAR)


def test_only_members_top_up(play, stranger):
    """R4: topping up is an act of members."""
    with reverts_with("NotMember", stranger):
        play.top_up(stranger, STAR)


def test_nothing_is_no_top_up(play):
    """R4: topping up adds to the stake."""
    with reverts_with("Nothing"):
        play.task.topUp(0, {"from": play.members[0]})


def test_top_up_does_not_rescue_who_has_fallen_below_the_minimum(bench):
    """R5: whom its own dues have put off the list is no member, so its top-up is refused instead of locked away."""
    play = bench.make_task(members=5, faultBps=9_600, minStake=STAR)
    play.draw()
    absent = play.having(Role.PROPOSER)[0]
    play.train(absent=(absent,))
    play.vote_alike()
    play.settle()
    with reverts_with("NotMember", absent):
        play.top_up(absent, 100 * STAR)


def test_pending_top_up_counts_towards_the_minimum(bench):
    """R5: the stake of the rounds to come is what must not fall below the floor."""
    play = bench.make_task(members=5, faultBps=9_600)
    play.draw()
    absent = play.having(Role.PROPOSER)[0]
    play.top_up(absent, STAR)
    play.train(absent=(absent,))
    play.vote_alike()
    play.settle()
    play.task.slash(1, [absent], {"from": play.creator})
    assert play.view(absent).isMember and play.view(absent).stake == 1.4 * STAR


def test_rewards_do_not_become_stake(play):
    """D5: what was earned is claimed; topping up is a choice."""
    play.play_round()
    member = play.members[0]
    play.task.claim(member, member, {"from": member})
    assert play.view(member).stake == 10 * STAR and play.balance(member) > 0


def test_stake_stays_below_the_most_that_is_admitted(bench):
    """R5: also what waits for the next draw counts, and what was lost is room again."""
    play = bench.make_task(members=5, maxStake=12 * STAR)
    member = play.members[0]
    play.top_up(member, STAR)
    play.top_up(member, STAR)
    play.give(member, STAR)
    with reverts_with("StakeTooLarge", 12 * STAR, 12 * STAR + 1):
        play.task.topUp(1, {"from": member})
    play.draw()
    play.sleep(1_000)
    play.settle()
    poor = next(member for member in play.members[1:] if play.lens.dues(play.task, 1, [member])[0][1])
    with reverts_with("StakeTooLarge", 12 * STAR, 25 * STAR // 2):
        play.top_up(poor, 3 * STAR)
    play.top_up(poor, 5 * STAR // 2)
    assert play.view(poor).stake + play.view(poor).toppedUp == 12 * STAR
