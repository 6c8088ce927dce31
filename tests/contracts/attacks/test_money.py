"""Section 7, the money: claims, slashes and exits in every order, and a creator who disappears."""

import itertools

import pytest
from brownie.exceptions import VirtualMachineError

from orchestrator.protocol.types import Phase
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR
from tests.contracts.errors import reverts_with


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_claims_and_slashes_in_every_order_pay_the_same(play, order):
    """R18, R20, section 7: rewards depended on the order of claims; here a round's reward and good stake are fixed."""
    play.draw()
    absent = play.voters[2]
    play.train()
    play.vote(dict.fromkeys(play.voters[:2], (GOOD, 1)))
    play.sleep(1_000)
    play.settle()
    good = [member for member in play.members if member != absent]
    acts = [
        lambda: play._do(good[0], play.task, "claim", good[0], good[0]),
        lambda: play._do(play.creator, play.task, "slash", 1, [absent]),
        lambda: play._do(good[1], play.task, "claim", good[1], good[1]),
    ]
    for index in order:
        acts[index]()
    assert (play.balance(good[0]), play.balance(good[1]), play.view(absent).stake) == (25 * STAR, 25 * STAR, 9.5 * STAR)


def test_every_order_of_claims_and_slashes_comes_to_the_same(bench):
    """R18, R20, R21, section 7: unlike stakes, one absent, divergent, in the minority each; 24 orders, one end."""
    play = bench.make_task(pool=1_000 * STAR + 7, minParticipants=8, proposers=2)
    for account, stake in zip(bench.people[1:9], (3, 5, 7, 11, 13, 17, 19, 23), strict=True):
        play.join(account, stake * STAR + 1)
    play.draw()
    play.train()
    proposers, (absent, divergent, against, *voters) = play.proposers, sorted(play.voters, key=lambda who: play.view(who).stake)
    play.vote({divergent: (BAD, 1), against: (GOOD, -1)} | dict.fromkeys(voters, (GOOD, 1)))
    play.sleep(1_000)
    play.settle()
    acts = [(who, "claim", who, who) for who in (proposers[0], voters[0])]
    acts += [(bench.people[20], "slash", 1, [absent, against]), (bench.people[21], "slash", 1, [divergent])]
    ends, mark = [], wire.mark()
    for order in itertools.permutations(acts):
        for act in order:
            assert wire.send(act[0], play.task, *act[1:])[0] is None
        views = [play.view(who) for who in (*play.members, bench.people[20], bench.people[21])]
        paid = [wire.read(play.token, "balanceOf", who)[0] for who in play.members]
        ends.append((paid, [(view.stake, view.rewards, view.pool) for view in views]))
        wire.rewind(mark)
        mark = wire.mark()
    assert len(ends) == 24 and all(end == ends[0] for end in ends)


def test_slashing_never_underflows(bench):
    """I7, section 7: an underflow made slashing revert for ever; here each penalty is a part of what is left."""
    play = bench.make_task(members=5, faultBps=9_999, floorBps=0)
    for _ in range(6):
        if play.phase == Phase.DRAWING:
            play.draw()
            play.sleep(1_000)
            play.settle()
    number = play.view().round - 1
    play.task.slash(number, play.members, {"from": play.creator})
    assert all(0 <= play.view(member).stake <= 10 * STAR for member in play.members)
    with reverts_with("Nothing"):
        play.task.slash(number, play.members, {"from": play.creator})


def test_late_claim_is_no_lost_claim(bench):
    """R21, section 7: a claim window could be missed; here a reward waits, also for fifty years beyond the end."""
    play = bench.make_task(pool=50 * STAR, members=5, rounds=5, faultBps=0)
    play.play_round()
    for _ in range(9):
        play.draw()
        play.sleep(1_000)
        play.settle()
    assert play.phase == Phase.COMPLETED
    play.sleep(50 * 365 * 24 * 3_600)
    for member in play.members:
        play.task.claim(member, member, {"from": member})
    assert sum(play.balance(member) for member in play.members) == 10 * STAR


def test_going_in_and_out_does_not_use_up_the_limit(bench):
    """I1, I8: nobody can shut others out by staking and withdrawing the same tokens again and again."""
    play = bench.make_task(exitDelay=0)
    cycler = bench.people[9]
    for _ in range(3):
        play.join(cycler, 2**89)
        play.task.leaveTask({"from": cycler})
        play.task.withdraw(cycler, cycler, {"from": cycler})
    play.enrol(5)
    play.fund(2**89)


@pytest.mark.parametrize("phase", ["enrolling", "drawing", "training", "committing", "revealing", "settling"])
def test_everybody_gets_out_of_every_phase_without_the_creator(bench, phase):
    """I8, section 7: a stake that can never be withdrawn; a creator who disappears. Members alone get out of any state."""
    play = bench.make_task(pool=100 * STAR, members=4, minParticipants=5 if phase == "enrolling" else 4)
    helper = play.members[0]
    if phase not in ("enrolling", "drawing"):
        play.draw()
    if phase in ("committing", "revealing"):
        play.train()
    if phase == "revealing":
        for voter in play.voters:
            play.commit(voter, number=1)
    play.sleep(0 if phase == "drawing" else 1_000 * (phase == "settling"))
    assert play.phase == Phase[phase.upper()]
    for member in play.members:
        play.task.leaveTask({"from": member})
    play.sleep(13_000)
    play.task.close({"from": helper})
    for member in play.members:
        play.task.withdraw(member, member, {"from": member})
    play.task.refund({"from": helper})
    assert play.balance() == 0


@pytest.mark.parametrize("breaks_at", ["filling", "drawing", "settling"])
def test_broken_beacon_keeps_nobody_in(bench, OddBeacon, breaks_at):
    """I8: whatever the creator put behind the beacon, stakes get out."""
    beacon = bench.people[0].deploy(OddBeacon)
    play = bench.make_task(beacon=beacon, minParticipants=4)
    play.enrol(3)
    beacon.set(breaks_at == "filling", b"\x09" * 32, {"from": play.creator})
    if breaks_at == "filling":
        play.give(bench.people[4], STAR)
        with pytest.raises(VirtualMachineError):
            play.task.join(STAR, [], {"from": bench.people[4]})
    else:
        play.enrol(1)
    if breaks_at == "settling":
        wire.mine(1)
        play._do(play.creator, play.task, "draw")
        play.sleep(1_000)
    beacon.set(True, bytes(32), {"from": play.creator})
    play.sleep(11_000)
    play.task.close({"from": play.members[0]})
    for member in play.members:
        play.task.withdraw(member, member, {"from": member})
    assert play.balance() == 0
