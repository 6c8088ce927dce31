"""Dues, to the wei, in whatever order they are applied, and however late (R18 – R21)."""

import itertools

import pytest

from tests.books import Fault
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR


def _decided(bench, **changes):
    """A round with everything in it: one condemned, and of the voters one divergent, one careless, one absent."""
    play = bench.make_task(pool=1_000 * STAR + 7, minParticipants=9, proposers=3, exitDelay=0, **changes)
    for account, stake in zip(bench.people[1:10], (3, 5, 7, 11, 13, 17, 19, 23, 29), strict=True):
        play.join(account, stake * STAR + 1)
    play.draw()
    play.train()
    bit = play.bits(play.proposers[0])
    absent, divergent, careless, *honest = sorted(play.voters, key=lambda who: play.view(who).stake)
    play.vote({divergent: (BAD, 1, bit), careless: (GOOD, 1, 0)} | dict.fromkeys(honest, (GOOD, 1, bit)))
    play.sleep(1_000)
    play.settle()
    return play, (absent, divergent, careless, honest[0])


def _owed(play, member):
    view, due = play.view(member), play.lens.dues(play.task, 1, [member])[0]
    return view.stake + view.toppedUp + view.rewards - due[1] + due[3]


ACTS = {
    "slash": lambda play, who: wire.send(play.creator, play.task, "slash", 1, [who]),
    "claim": lambda play, who: wire.send(who, play.task, "claim", who, who),
    "top up": lambda play, who: wire.send(who, play.task, "topUp", STAR),
    "leave": lambda play, who: wire.send(who, play.task, "leaveTask"),
}


def test_every_order_of_acts_leaves_an_account_the_same(bench):
    """R20, I2: slashed, claimed, topped up, left, withdrawn and joined again: what `dues` told is what it is, to the wei."""
    play, accounts = _decided(bench)
    liar = next(member for member in play.members if play.lens.dues(play.task, 1, [member])[0][0] == int(Fault.CONDEMNED))
    for who in (*accounts, liar):
        play.give(who, 9 * STAR)
        expected = _owed(play, who) + play.balance(who)
        for order in itertools.permutations(ACTS):
            mark = wire.mark()
            for act in order:
                ACTS[act](play, who)
            assert _owed(play, who) + play.balance(who) == expected, order
            wire.rewind(mark)


def test_who_comes_back_brings_its_strikes_and_no_dues(bench):
    """R6, R19: withdrawing applied them; a stake of a second stay is not what the first one lost."""
    play, (_, divergent, *_) = _decided(bench, faultBps=100)
    owed = _owed(play, divergent)
    play.task.leaveTask({"from": divergent})
    play.draw()
    play.sleep(1_000)
    play.settle()
    absence = play.lens.dues(play.task, 2, [divergent])[0][1]
    play.task.withdraw(divergent, divergent, {"from": divergent})
    gone = play.balance(divergent)
    assert gone in (owed, owed - absence) or absence == 0
    play.join(divergent, 10 * STAR)
    assert play.view(divergent).stake == 10 * STAR and play.view(divergent).rewards == 0
    assert not any(map(int, play.lens.dues(play.task, 2, [divergent])[0]))


@pytest.mark.parametrize("way", ["slash", "claim", "withdraw"])
def test_what_was_done_is_not_forgotten_after_nine_rounds(bench, way):
    """R18a, R19, D17: the ring of draws forgets the rank; the account's own word has its bit, and its mask."""
    play, (*_, careless, honest) = _decided(bench, rounds=30)
    dues = {who: play.lens.dues(play.task, 1, [who])[0] for who in play.members}
    liar = next(member for member, due in dues.items() if due[0] == int(Fault.CONDEMNED))
    leavers = (liar, careless, honest)
    for who in leavers:
        play.task.leaveTask({"from": who})
    drawn = {who: play.view(who).isInDraw for who in leavers}
    for _ in range(9):
        play.draw()
        play.sleep(1_000)
        play.settle()
    assert play.view().round == 11 and all(drawn.values())
    for who in leavers:
        stake, pool, (_, penalty, share, earned) = play.view(who).stake, play.pool(), dues[who]
        if (way == "slash" and not penalty) or (way == "claim" and not earned):
            continue  # there is nothing to do so
        caller = play.creator if way == "slash" else who
        play._do(caller, play.task, way, *((1, [who]) if way == "slash" else (who, who)))
        view = play.view(who)
        assert view.stake + view.rewards + play.balance(who) == stake - penalty + earned
        assert play.pool() - pool == penalty - (penalty // 10 if way == "slash" else 0) + share - earned
