"""The draw: seed, roles, anchors (R8 – R10, I3, D7, D8)."""

import pytest
from brownie import web3
from eth_abi import encode

from orchestrator.protocol import roles
from orchestrator.protocol.types import Phase, Role
from tests.contracts import wire
from tests.contracts.errors import reverts_with


def test_seed_is_made_of_the_anchor_block_the_task_and_the_round(play):
    """R8: the hash of a block fixed in advance, with the task and the round, is the seed."""
    anchor = play.view().anchor
    drawn = play.draw()
    words = encode(["bytes32", "address", "uint16"], [bytes(web3.eth.get_block(anchor)["hash"]), play.task.address, 1])
    seed = int.from_bytes(web3.keccak(words), "big") % 2**80
    assert int.from_bytes(play.view().seed, "big") == seed
    assert drawn.events["RoundDrawn"]["memberCount"] == 5


def test_nobody_draws_before_the_anchor_is_mined(play):
    """R8: the block is in the future, so nobody knows the seed when membership is fixed."""
    anchor = play.view().anchor
    with reverts_with("SeedNotReady", anchor):
        play.task.draw({"from": play.creator})
    assert not play.view().isSeedReady
    play.mine_to_anchor()
    assert play.view().isSeedReady
    play.task.draw({"from": play.creator})
    assert play.phase == Phase.TRAINING


def test_expired_anchor_is_replaced_by_the_next_call(play, stranger):
    """R8: if nobody draws while the hash can be read, the next call fixes a new future block; the membership stays."""
    play.join(stranger)
    wire.mine(300)
    assert play.view().isSeedReady
    again = play.task.draw({"from": play.creator})
    assert again.events["Anchored"] == {"round": 1, "anchor": again.block_number + 1, "memberCount": 5}
    assert play.phase == Phase.DRAWING
    play.draw()
    assert play.view().drawnCount == 5 and play.lens.roleOf(play.task, stranger, 1) == Role.NONE


def test_a_round_is_drawn_once(drawn):
    """R8: there is one seed a round."""
    with reverts_with("WrongPhase", Phase.DRAWING, Phase.TRAINING):
        drawn.task.draw({"from": drawn.creator})


def test_no_draw_while_members_are_missing(bench):
    """R8: only a filled task fixes a block."""
    play = bench.make_task(members=4, minParticipants=5)
    with reverts_with("WrongPhase", Phase.DRAWING, Phase.ENROLLING):
        play.task.draw({"from": play.creator})


def test_task_falls_back_to_enrolling_while_members_are_missing(play):
    """R1, R8: settling fixes a block only if four are members; filling the task again does."""
    for leaver in play.members[:2]:
        play.task.leaveTask({"from": leaver})
    play.play_round()
    assert play.phase == Phase.ENROLLING and play.view().anchor == 0 and play.view().drawnCount == 0
    play.enrol(1)
    assert play.phase == Phase.DRAWING and play.view().drawnCount == 4


def test_first_draw_needs_the_minimum_and_later_ones_four(bench):
    """R1: a task for which nine came goes on while four are left."""
    play = bench.make_task(members=8, minParticipants=9, proposers=4)
    assert play.phase == Phase.ENROLLING
    play.enrol(1)
    leavers = play.members[:5]
    for leaver in leavers:
        play.task.leaveTask({"from": leaver})
    play.play_round()
    assert play.phase == Phase.DRAWING and play.view().drawnCount == 4
    play.play_round()
    assert (play.lens.resultOf(play.task, 2).dict()["updates"], play.view().decided) == (1, 2)


@pytest.mark.parametrize(
    "n, proposers, voters, expected",
    [(5, 2, 0, (2, 3)), (6, 1, 3, (1, 3)), (9, 4, 0, (4, 5)), (9, 4, 200, (4, 5)), (4, 1, 3, (1, 3)), (9, 4, 3, (4, 3))],
)
def test_head_counts_of_the_roles(bench, n, proposers, voters, expected):
    """I3, R9: exactly min(P, ⌊(n−1)/2⌋) propose, V (or all others) vote, and each has one role."""
    play = bench.make_task(members=n, proposers=proposers, voters=voters)
    play.draw()
    assert (len(play.proposers), len(play.voters)) == expected == (play.view().proposers, play.view().voters)


@pytest.mark.parametrize("left, expected", [(8, (3, 5)), (7, (3, 4)), (6, (2, 4)), (5, (2, 3)), (4, (1, 3))])
def test_fewer_propose_where_members_have_become_fewer(bench, left, expected):
    """R9, I3: a task goes on while four are left, and voters stay the majority."""
    play = bench.make_task(members=9, proposers=4)
    for leaver in play.members[left:]:
        play.task.leaveTask({"from": leaver})
    play.play_round()
    play.draw()
    assert (play.view().proposers, play.view().voters) == expected == (len(play.proposers), len(play.voters))


def test_roles_are_those_that_a_node_computes(drawn):
    """R9: a role is computed from (seed, number of members, position) by contract and node alike."""
    for member in drawn.members:
        view = drawn.view(member)
        rank = roles.rank_of(int.from_bytes(view.seed, "big"), view.drawnCount, view.position)
        assert rank == view.rank
        assert roles.compute_role(rank, view.proposers, view.voters) == drawn.lens.roleOf(drawn.task, member, 1) == view.role


def test_roles_of_former_rounds_survive_those_who_join_and_leave(bench):
    """R10: a role in any unsettled or slashable round can still be computed after others have joined and left."""
    play = bench.make_task(members=6, proposers=2, voters=3)
    told = {}
    for number in range(1, 9):
        play.draw()
        told[number] = {member: play.lens.roleOf(play.task, member, number) for member in play.members}
        leaver = play.members[number % 3]
        if play.view(leaver).isMember:
            play.task.leaveTask({"from": leaver})  # the last of the list takes its position
        play.join(play.bench.people[10 + number])
        play.train()
        play.vote_alike()
        play.settle()
        for past in range(max(1, number - 5), number + 1):
            assert {member: play.lens.roleOf(play.task, member, past) for member in told[past]} == told[past]


def test_roles_are_told_for_as_long_as_the_history_reaches(play):
    """R10: what is no longer slashable is no longer told; nor is what is not drawn yet."""
    with reverts_with("WrongRound", 0, 1):
        play.lens.roleOf(play.task, play.members[0], 1)
    for _ in range(7):
        play.play_round()
    play.lens.roleOf(play.task, play.members[0], 2)
    with reverts_with("WrongRound", 7, 1):
        play.lens.roleOf(play.task, play.members[0], 1)


def test_place_changed_in_each_of_eight_rounds_is_still_right(bench):
    """R10: the history of positions reaches as far back as absence can be told."""
    play = bench.make_task(members=5, proposers=1, voters=3, exitDelay=0)
    wanderer, told = play.members[-1], {}
    for number in range(1, 10):
        play.draw()
        told[number] = play.lens.roleOf(play.task, wanderer, number)
        play.task.leaveTask({"from": play.members[0]})
        play.members.append(play.members.pop(0))
        play.train()
        play.vote_alike()
        play.settle()
        play.task.withdraw(play.members[-1], play.members[-1], {"from": play.members[-1]})
        play.task.join(10**18, [], {"from": play.members[-1]})
        for past in range(max(1, number - 5), number + 1):
            assert play.lens.roleOf(play.task, wanderer, past) == told[past]
