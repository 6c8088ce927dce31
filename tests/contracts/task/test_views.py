"""What a node sees in one call, and what it costs nobody to ask."""

from orchestrator.protocol.types import Outcome, Phase, Role
from tests.contracts.dsl import DEFAULTS, GOOD, STAR


def test_view_tells_where_the_round_is(play):
    """R8, R22: all a node needs to decide, at one block."""
    view = play.view()
    assert (view.phase, view.round, view.rounds, view.memberCount, view.drawnCount) == (Phase.DRAWING, 1, 10, 5, 5)
    drawn = play.draw().timestamp
    view = play.view()
    assert (view.movedAt, view.trainEnd) == (drawn, drawn + 1_000)
    assert (view.commitEnd, view.revealEnd) == (drawn + 2_000, drawn + 3_000)
    assert (view.proposers, view.voters, view.commits, view.reveals) == (2, 3, 0, 0)


def test_ends_move_up_with_those_who_are_early(trained):
    """R11, R13: who completes a phase begins the next one."""
    view = trained.view()
    assert view.trainEnd <= view.timestamp and view.commitEnd == view.trainEnd + 1_000
    for voter in trained.voters:
        last = trained.commit(voter, number=1)
    view = trained.view()
    assert (view.commitEnd, view.revealEnd, view.commits) == (last.timestamp, last.timestamp + 1_000, 3)


def test_view_tells_what_an_account_has_done(drawn):
    """R9, I4: one's own role and acts."""
    proposer, voter = drawn.proposers[0], drawn.voters[0]
    drawn.train()
    drawn.commit(voter)
    drawn.sleep(1_000)
    drawn.reveal(voter)
    mine, other = drawn.view(proposer), drawn.view(voter)
    assert (mine.role, mine.hasSubmitted, mine.hasRevealed) == (Role.PROPOSER, True, False)
    assert (other.role, other.hasSubmitted, other.hasRevealed) == (Role.VOTER, False, True)
    assert other.commitment[30:] == bytes(2) and other.commitment != bytes(32)


def test_stranger_sees_the_round_and_nothing_of_its_own(trained, stranger):
    """R22: everybody can look."""
    view = trained.view(stranger)
    assert (view.role, view.isMember, view.isInDraw, view.stake) == (Role.NONE, False, False, 0)
    assert (view.updates, view.submitted) == (2, 0b11)


def test_settled_round_is_told_for_ever(play):
    """I5, R16: its outcome, its reward and what it is shared over."""
    play.play_round()
    result = play.lens.resultOf(play.task, 1).dict()
    assert (result["outcome"], result["reward"], result["turnout"]) == (Outcome.ACCEPTED, 100 * STAR, 50 * STAR)
    assert result["wasVoted"] and result["isComplete"] and (result["updates"], result["condemned"]) == (2, 0)
    assert play.lens.resultOf(play.task, 2).dict()["outcome"] == Outcome.NONE
    assert play.view().globalModel == GOOD != DEFAULTS["initialModel"]


def test_can_withdraw_is_what_withdraw_does(play):
    """R6: the view promises nothing that the act refuses."""
    member = play.members[0]
    assert not play.view(member).canWithdraw
    left = play.task.leaveTask({"from": member}).timestamp
    play.play_round()
    assert not play.view(member).canWithdraw and play.view(member).exitAt == left + 2_000
    play.sleep(2_000)
    assert play.view(member).canWithdraw
    play.task.withdraw(member, member, {"from": member})


def test_initial_model_is_the_creators(bench):
    """D9: one starting point for all, published with the task; I6: nothing else changes it."""
    play = bench.make_task(members=5)
    assert play.view().globalModel == DEFAULTS["initialModel"]
    play.draw()
    play.sleep(1_000)
    play.settle()
    assert play.view().globalModel == DEFAULTS["initialModel"]
