"""The pool and the end of a task (R2, R3, R7, I5, I8)."""

import pytest

from orchestrator.protocol.types import Phase
from tests.contracts import wire
from tests.contracts.dsl import STAR, at_time
from tests.contracts.errors import reverts_with


def test_anyone_adds_to_the_pool(play, stranger):
    """R3: anyone may add to the reward pool at any time before completion."""
    funded = play.fund(7 * STAR, stranger)
    assert funded.events["Funded"] == {"from": stranger, "amount": 7 * STAR}
    assert play.pool() == 1_007 * STAR


def test_pool_grows_in_every_phase(bench, stranger):
    """R3: at any time before completion, and what comes in before a round is decided is shared in it."""
    play, seen = bench.make_task(rounds=1), []

    def add():
        seen.append(play.phase)
        play.fund(STAR, stranger)

    add()
    play.enrol(5)
    add()
    play.draw()
    add()
    play.train()
    add()
    for voter in play.voters:
        play.commit(voter, number=1)
    add()
    for voter in play.voters:
        play.reveal(voter)
    add()
    assert seen == list(Phase)[:6]
    assert play.settle().events["RoundSettled"]["reward"] == 6 * STAR


def test_nothing_is_no_contribution(play):
    """R3: adding means adding."""
    with reverts_with("Nothing"):
        play.task.fund(0, {"from": play.creator})


def test_no_funds_after_the_end(bench):
    """R3: before completion."""
    play = bench.make_task(members=5, rounds=1)
    play.play_round()
    with reverts_with("WrongState", Phase.COMPLETED):
        play.fund(STAR)


@pytest.mark.parametrize("is_filled", [False, True])
def test_creator_cancels_before_the_first_draw(bench, is_filled):
    """R2: the creator may cancel only before the first draw; stakes and pool then go back."""
    play = bench.make_task(pool=100 * STAR, members=5, minParticipants=5 if is_filled else 6)
    cancelled = play.task.cancel({"from": play.creator})
    assert cancelled.events["TaskClosed"] == {"by": play.creator, "isCancelled": True}
    play.empty()
    assert play.balance() == 0 and play.balance(play.creator) == 100 * STAR
    assert all(play.balance(member) == 10 * STAR for member in play.members)


def test_nobody_else_cancels(play):
    """R2: the creator may cancel."""
    with reverts_with("NotCreator", play.creator, play.members[0]):
        play.task.cancel({"from": play.members[0]})


def test_no_cancelling_after_the_first_draw(play):
    """R2: only before the first draw."""
    play.draw()
    with reverts_with("WrongState", Phase.TRAINING):
        play.task.cancel({"from": play.creator})
    play.sleep(1_000)
    play.settle()
    with reverts_with("WrongState", Phase.DRAWING):
        play.task.cancel({"from": play.creator})


def _stall(play, phase):
    """The task in `phase`, and since when it can be said to stand still."""
    if phase == "settling":
        play.draw()
        play.sleep(1_000)
        return play.view().trainEnd
    if phase == "voted":
        play.draw()
        play.train()
        play.vote_alike()
        return play.view().revealEnd
    return play.view().movedAt


@pytest.mark.parametrize("phase", ["enrolling", "drawing", "settling", "voted"])
def test_anyone_closes_a_task_that_stands_still(bench, stranger, phase):
    """R7, I8: without enough members, or not moved, for `stallTimeout`; members withdraw, the pool goes to the creator."""
    play = bench.make_task(pool=100 * STAR, members=5, minParticipants=6 if phase == "enrolling" else 5)
    since = _stall(play, phase)
    at_time(since + 9_999)
    with reverts_with("TooEarly", 1, since + 10_000):
        play.task.close({"from": stranger})
    at_time(since + 10_000)
    closed = play.task.close({"from": stranger})
    assert closed.events["TaskClosed"] == {"by": stranger, "isCancelled": False}
    play.empty()
    assert play.balance() == 0 and play.balance(play.creator) == 100 * STAR


def test_a_task_that_moves_is_not_closed(trained):
    """R7: while a phase has its time, nothing stands still."""
    with reverts_with("WrongState", Phase.COMMITTING):
        trained.task.close({"from": trained.creator})


def test_closed_task_takes_nobody_and_nothing(play, stranger):
    """R7: nothing begins in a task that is closed."""
    play.task.cancel({"from": play.creator})
    for act in (lambda: play.join(stranger), lambda: play.top_up(play.members[0], STAR), lambda: play.fund(STAR)):
        with reverts_with("WrongState", Phase.CLOSED):
            act()
    for act in (play.task.draw, play.task.settle):
        with reverts_with("WrongPhase"):
            act({"from": play.creator})
    with reverts_with("WrongState", Phase.CLOSED):
        play.task.close({"from": stranger})


def test_refund_only_after_the_end(play):
    """R2: nobody touches the pool of a running task, its creator included."""
    with reverts_with("WrongState", Phase.DRAWING):
        play.task.refund({"from": play.creator})


def test_refund_goes_to_the_creator_whoever_asks(bench, stranger):
    """R7: what is left of the pool goes back to the creator, once."""
    play = bench.make_task(pool=100 * STAR, members=5, rounds=1)
    for _ in range(2):
        play.draw()
        play.sleep(1_000)
        play.settle()
    refunded = play.task.refund({"from": stranger})
    assert refunded.events["Refunded"] == {"creator": play.creator, "amount": 100 * STAR}
    with reverts_with("Nothing"):
        play.task.refund({"from": stranger})


def test_task_ends_with_its_last_round(bench):
    """I5, R19a: after `T` rounds that were not void no round opens."""
    play = bench.make_task(members=5, rounds=2)
    play.play_round()
    play.play_round()
    assert play.phase == Phase.COMPLETED and play.view().round == 3
    for act, expected in ((play.task.draw, Phase.DRAWING), (play.task.settle, Phase.SETTLING)):
        with reverts_with("WrongPhase", expected, Phase.COMPLETED):
            act({"from": play.creator})
    for act in (play.task.cancel, play.task.close):
        with reverts_with("WrongState", Phase.COMPLETED):
            act({"from": play.creator})


def _void(play):
    play.draw()
    play.sleep(1_000)
    play.settle()


def test_void_rounds_do_not_count(bench):
    """R19a, R18, D22: whoever voids the last rounds takes nothing from those that are decided later."""
    play = bench.make_task(pool=100 * STAR, members=5, rounds=2, faultBps=0)
    play.play_round()
    for _ in range(2):
        _void(play)
    view = play.view()
    assert (view.round, view.decided, play.phase, view.pool) == (4, 1, Phase.DRAWING, 50 * STAR)
    assert play.play_round().events["RoundSettled"]["reward"] == 50 * STAR
    assert (play.view().decided, play.phase) == (2, Phase.COMPLETED)


def test_task_is_completed_after_twice_as_many_rounds(bench):
    """R19a, I5: with the last a round can be decided, and without it the task ends all the same."""
    for is_decided in (True, False):
        play = bench.make_task(members=5, rounds=2, faultBps=0)
        for _ in range(3):
            _void(play)
        assert play.phase == Phase.DRAWING
        play.play_round() if is_decided else _void(play)
        assert (play.view().round, play.phase) == (5, Phase.COMPLETED)


@pytest.mark.parametrize("patience, ends_with", [(0, None), (1, 1), (2, 4), (3, 6), (4, None)])
def test_patience_ends_with_rejected_rounds_in_a_row(bench, patience, ends_with):
    """R19a: an accepted round begins the count anew, a void one leaves it; without patience nothing ends so."""
    play = bench.make_task(members=5, rounds=20, patience=patience, faultBps=0)
    for number, score in enumerate((-1, 1, -1, -1, 0, -1), 1):
        if play.phase == Phase.COMPLETED:
            break
        play.play_round(score) if score else _void(play)
        if number == 5:
            assert play.view().rejectedInRow == 2
    assert play.phase == (Phase.COMPLETED if ends_with else Phase.DRAWING)
    assert play.view().round == (ends_with or 6) + 1


def test_dues_of_the_past_are_paid_after_closing(play):
    """R7, R21: closing takes nothing that was earned or lost before."""
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    play.settle()
    play.sleep(10_000)
    play.task.close({"from": play.members[0]})
    play.task.slash(1, [absent], {"from": play.creator})
    play.empty()
    assert play.balance(absent) == 9.5 * STAR and play.balance() == STAR // 20


def test_parameters_never_change(play):
    """R2: nothing and nobody can change a task's parameters."""
    before = play.task.parameters()
    assert wire.read(play.task, "parameters")[0][2:] == play.bench.parameters(minParticipants=5)[2:]
    play.play_round()
    assert play.task.parameters() == before and play.task.creator() == play.creator
