"""Section 7, the roles: nobody can throw the dice until it likes them, or bring new weight to a role it knows."""

import pytest

from orchestrator.protocol import roles
from orchestrator.protocol.types import Role
from tests.contracts import wire
from tests.contracts.dsl import GOOD, STAR, digest_of
from tests.contracts.errors import reverts_with


def test_nothing_done_after_the_anchor_changes_a_role(play, stranger):
    """R4, R8, D8, section 7: joining, leaving and topping up after the anchor is fixed change neither list nor weights."""
    list_before = [play.view(member).position for member in play.members]
    play.task.leaveTask({"from": play.members[0]})
    play.join(stranger)
    play.top_up(play.members[1], 50 * STAR)
    play.members.remove(stranger)
    play.draw()
    views = [play.view(member) for member in play.members]
    assert [view.position for view in views] == list_before and views[0].drawnCount == 5
    for view in views:
        assert view.rank == roles.rank_of(int.from_bytes(view.seed, "big"), 5, view.position)
        assert view.stake == 10 * STAR


def _drawn(play):
    """What is drawn if somebody draws now, and it is undone again: seed, size, everybody's position, rank, role and weight."""
    mark = wire.mark()
    assert wire.send(play.creator, play.task, "draw")[0] is None
    views = [play.view(member) for member in play.members]
    wire.rewind(mark)
    seen = [(view.position, view.rank, view.role, view.stake, view.isInDraw) for view in views]
    return views[0].seed, views[0].drawnCount, seen


CHURN = {
    "many join": lambda play: [play.join(account) for account in play.bench.people[10:18]],
    "one joins and leaves": lambda play: [
        play.join(play.bench.people[10]), play.task.leaveTask({"from": play.bench.people[10]})
    ],
    "the first leaves": lambda play: play.task.leaveTask({"from": play.members[0]}),
    "the last leaves": lambda play: play.task.leaveTask({"from": play.members[-1]}),
    "all leave": lambda play: [play.task.leaveTask({"from": member}) for member in play.members],
    "one leaves and another takes its position": lambda play: [
        play.task.leaveTask({"from": play.members[2]}), play.join(play.bench.people[10])
    ],
    "one tops up": lambda play: play.top_up(play.members[3], 500 * STAR),
    "the pool grows": lambda play: play.fund(500 * STAR),
}  # fmt: skip


@pytest.mark.parametrize("churn", CHURN)
def test_who_knows_the_seed_can_do_nothing_about_it(play, churn):
    """R4, R8, D8, section 7: once the anchor is there everybody can compute the roles, and nobody can change them."""
    play.members = list(play.members)
    everybody = list(play.members)
    play.mine_to_anchor()
    expected = _drawn(play)
    CHURN[churn](play)
    play.members = everybody
    assert _drawn(play) == expected


@pytest.mark.parametrize("wait", [1, 10, 254])
def test_caller_and_moment_of_the_draw_do_not_matter(play, bench, wait):
    """R8, D8, section 7: whoever calls `draw`, and whenever its block can be read, the seed is the same."""
    play.mine_to_anchor()
    seeds = set()
    for caller in (play.creator, play.members[0], bench.people[20]):
        for blocks in (0, wait):
            mark = wire.mark()
            wire.mine(blocks)
            assert wire.send(caller, play.task, "draw")[0] is None
            seeds.add(play.view().seed)
            wire.rewind(mark)
    assert len(seeds) == 1 and seeds != {bytes(32)}


def test_draw_that_failed_changed_nothing(play):
    """R8, section 7: who looks at its role in the same transaction, and undoes a draw that does not suit, wins nothing."""
    play.mine_to_anchor()
    expected, member = _drawn(play), play.members[0]
    with reverts_with("NotMember", play.bench.people[20]):
        calls = [play.task.draw.encode_input(), play.task.leaveTask.encode_input()]
        play.task.multicall(calls, {"from": play.bench.people[20]})
    with reverts_with("WrongPhase"):
        play.task.multicall([play.task.draw.encode_input(), play.task.settle.encode_input()], {"from": member})
    assert _drawn(play) == expected


def test_hash_is_read_for_256_blocks_and_not_for_one_more(play):
    """R8: the call in block anchor + 256 draws; the one in the next block takes a new anchor, again one that nobody knows."""
    play.mine_to_anchor()
    anchor = play.view().anchor
    wire.mine(anchor + 255 - wire.height())
    mark = wire.mark()
    drawn = play.task.draw({"from": play.creator})
    assert drawn.block_number == anchor + 256 and "RoundDrawn" in drawn.events and "Anchored" not in drawn.events
    wire.rewind(mark)
    wire.mine(1)
    again = play.task.draw({"from": play.creator})
    assert again.block_number == anchor + 257 and "RoundDrawn" not in again.events
    assert again.events["Anchored"] == {"round": 1, "anchor": anchor + 258, "memberCount": 5}
    with reverts_with("SeedNotReady", anchor + 258):
        play.task.draw({"from": play.members[0]})


def test_list_stays_frozen_through_every_new_anchor(play, stranger):
    """R4, R8: who comes and goes while anchors expire is not in the draw; who was in it stays in it, with its weight."""
    frozen = list(play.members)
    play.join(stranger)
    play.join(play.bench.people[16])
    play.task.leaveTask({"from": play.members[0]})
    play.members = frozen
    before, anchors = [play.view(member).position for member in play.members], set()
    for _ in range(3):
        wire.mine(300)
        anchors.add(play.task.draw({"from": stranger}).events["Anchored"]["anchor"])
        play.top_up(play.members[1], STAR)
    play.draw()
    views = [play.view(member) for member in play.members]
    assert len(anchors) == 3 and [view.position for view in views] == before
    assert all(view.isInDraw and view.stake == 10 * STAR and view.drawnCount == 5 for view in views)
    assert play.lens.roleOf(play.task, stranger, 1) == Role.NONE


def test_each_round_and_each_task_has_its_own_seed(bench, OddBeacon):
    """R8: from one and the same value of the beacon, so nobody who is lucky in one place is so everywhere."""
    beacon = bench.people[0].deploy(OddBeacon)
    beacon.set(False, b"\x09" * 32, {"from": bench.people[0]})
    seeds = []
    for play in (bench.make_task(beacon=beacon, members=4), bench.make_task(beacon=beacon, members=4)):
        for _ in range(3):
            play.draw()
            seeds.append(play.view().seed)
            play.sleep(1_000)
            play.settle()
    assert len(set(seeds)) == 6


def test_new_stake_brings_no_weight_into_a_known_role(bench):
    """R4, R15: who has lost its whole stake cannot join anew to vote in the round that it is already drawn for."""
    play = bench.make_task(members=5, faultBps=10_000, proposers=1)
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.settle()
    play.task.slash(1, [absent], {"from": play.creator})
    assert play.view(absent).stake == 0 and not play.view(absent).isMember and play.view(absent).isInDraw
    play.draw()
    with reverts_with("AlreadyMember", absent):
        play.join(absent, 90 * STAR)
    if play.lens.roleOf(play.task, absent, 2) == Role.PROPOSER:
        play.sleep(1_000)
    else:
        play.train()
        play.sleep(2_000)
    play.settle()
    play.join(absent, 90 * STAR)
    assert not play.view(absent).isInDraw


def test_stake_after_the_end_is_refused(bench):
    """R4, I5, section 7: nobody stakes into a task that is over."""
    play = bench.make_task(members=5, rounds=1)
    play.play_round()
    with reverts_with("WrongState", 6):
        play.join(bench.people[9])
    with reverts_with("WrongState", 6):
        play.top_up(play.members[0], STAR)


def test_round_past_the_last_never_opens(bench):
    """I5, section 7: rounds stop at T, also when everybody goes on calling."""
    play = bench.make_task(members=5, rounds=1)
    play.play_round()
    wire.mine(10)
    member = play.members[0]
    for act in (
        lambda: play.task.draw({"from": member}),
        lambda: play.task.submitUpdate(member, digest_of(member), {"from": member}),
        lambda: play.task.commitVote(member, GOOD, {"from": member}),
        lambda: play.task.revealVote(member, GOOD, 1, 0, 0, 0, GOOD, {"from": member}),
        lambda: play.task.settle({"from": member}),
    ):
        with reverts_with("WrongPhase"):
            act()
