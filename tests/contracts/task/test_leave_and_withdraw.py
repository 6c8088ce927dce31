"""Leaving (R4, R6) and getting out (I8)."""

from orchestrator.protocol.types import Phase, Role
from tests.contracts.dsl import STAR, at_time
from tests.contracts.errors import reverts_with


def test_leaving_keeps_the_duties_of_the_round(drawn):
    """R4, R6: leaving changes no role of a round whose membership is fixed."""
    leaver = drawn.proposers[0]
    left = drawn.task.leaveTask({"from": leaver})
    assert left.events["Left"]["fromRound"] == 2
    assert drawn.lens.roleOf(drawn.task, leaver, 1) == Role.PROPOSER
    drawn.submit(leaver)
    assert drawn.view(leaver).hasSubmitted and not drawn.view(leaver).isMember


def test_leaver_is_not_drawn_again(play, stranger):
    """R6: leaving is always possible, and takes effect with the next draw."""
    play.join(stranger)
    leaver = play.members[0]
    play.task.leaveTask({"from": leaver})
    play.play_round()
    play.draw()
    assert play.lens.roleOf(play.task, leaver, 2) == Role.NONE and play.view().drawnCount == 5


def test_only_members_leave(play, stranger):
    """R6: leaving is an act of members."""
    with reverts_with("NotMember", stranger):
        play.task.leaveTask({"from": stranger})


def test_member_must_leave_before_it_withdraws(play):
    """R6: a member's stake stays where it can be slashed."""
    with reverts_with("WrongState", Phase.DRAWING):
        play.task.withdraw(play.members[0], play.members[0], {"from": play.members[0]})


def test_stake_waits_for_the_round_and_for_the_exit_delay(drawn):
    """R6: withdrawn once every round with a duty is settled and `exitDelay` has passed."""
    leaver = drawn.voters[0]
    left = drawn.task.leaveTask({"from": leaver}).timestamp
    with reverts_with("TooEarly", 1, 0):
        drawn.task.withdraw(leaver, leaver, {"from": leaver})
    drawn.train()
    drawn.vote_alike()
    drawn.settle()
    at_time(left + 1_999)
    with reverts_with("TooEarly", 0, left + 2_000):
        drawn.task.withdraw(leaver, leaver, {"from": leaver})
    at_time(left + 2_000)
    withdrawn = drawn.task.withdraw(leaver, leaver, {"from": leaver}).events["Withdrawn"]
    assert withdrawn["stake"] == 10 * STAR and drawn.balance(leaver) == withdrawn["stake"] + withdrawn["rewards"]


def test_leaver_can_be_slashed_until_it_is_out(drawn):
    """R6: until then they can still be slashed."""
    leaver = drawn.proposers[0]
    drawn.task.leaveTask({"from": leaver})
    drawn.train(absent=(leaver,))
    drawn.vote_alike()
    drawn.settle()
    drawn.task.slash(1, [leaver], {"from": drawn.creator})
    drawn.sleep(2_000)
    drawn.task.withdraw(leaver, leaver, {"from": leaver})
    assert drawn.balance(leaver) == 9.5 * STAR


def test_leaver_applies_its_own_penalty_when_nobody_has(drawn):
    """R20: an account has its own earlier penalty applied first, also on the way out."""
    leaver = drawn.proposers[0]
    drawn.task.leaveTask({"from": leaver})
    drawn.train(absent=(leaver,))
    drawn.vote_alike()
    drawn.settle()
    drawn.sleep(2_000)
    drawn.task.withdraw(leaver, leaver, {"from": leaver})
    assert drawn.balance(leaver) == 9.5 * STAR


def test_nobody_withdraws_twice(play):
    """I2: each token leaves once."""
    leaver = play.members[0]
    play.task.leaveTask({"from": leaver})
    play.play_round()
    play.sleep(2_000)
    play.task.withdraw(leaver, leaver, {"from": leaver})
    with reverts_with("Nothing"):
        play.task.withdraw(leaver, leaver, {"from": leaver})


def test_who_has_left_while_enrolling_need_not_wait_for_a_round(bench):
    """I8: where no round has a duty, only the exit delay counts."""
    play = bench.make_task(members=4, minParticipants=5)
    leaver = play.members[0]
    play.task.leaveTask({"from": leaver})
    play.sleep(2_000)
    play.task.withdraw(leaver, leaver, {"from": leaver})
    assert play.balance(leaver) == 10 * STAR


def test_completed_task_lets_everybody_out_without_leaving(bench):
    """R6, I8: after the last round the exit delay counts from its end."""
    play = bench.make_task(members=4, rounds=1)
    settled = play.play_round().timestamp
    at_time(settled + 1_999)
    with reverts_with("TooEarly", 0, settled + 2_000):
        play.task.withdraw(play.members[0], play.members[0], {"from": play.members[0]})
    at_time(settled + 2_000)
    play.empty()
    assert play.balance() == 0


def test_end_of_the_task_does_not_hold_up_who_left_before(bench):
    """R6: only its own duties and its own exit delay keep a leaver."""
    play = bench.make_task(members=5, rounds=2)
    play.play_round()
    leaver = play.members[0]
    play.draw()
    play.task.leaveTask({"from": leaver})
    play.train()
    play.vote_alike()
    play.sleep(2_000)
    play.settle()
    assert play.phase == Phase.COMPLETED and play.view(leaver).canWithdraw
    play.task.withdraw(leaver, leaver, {"from": leaver})


def test_member_comes_back_with_a_new_stake(play):
    """R6: who has withdrawn may join again."""
    leaver = play.members[0]
    play.task.leaveTask({"from": leaver})
    play.play_round()
    play.sleep(2_000)
    play.task.withdraw(leaver, leaver, {"from": leaver})
    play.join(leaver, 2 * STAR)
    play.play_round()
    assert play.view(leaver).isInDraw and play.view(leaver).stake == 2 * STAR
