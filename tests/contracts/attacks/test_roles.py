"""Section 7, the roles: nobody can throw the dice until it likes them, or bring new weight to a role it knows."""

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


def test_caller_and_moment_of_the_draw_do_not_matter(play, bench):
    """R8, D8, section 7: whoever calls `draw`, and whenever, the seed is the same."""
    play.mine_to_anchor()
    seeds = set()
    for caller, wait in ((1, 0), (2, 5), (20, 200)):
        mark = wire.mark()
        wire.mine(wait + 1)
        play.task.draw({"from": bench.people[caller]})
        seeds.add(play.view().seed)
        wire.rewind(mark)
    assert len(seeds) == 1


def test_not_drawing_only_gives_another_block_that_nobody_knows(play):
    """R8: waiting until the anchor expires is no choice: anybody can draw meanwhile, and the next anchor is in the future."""
    play.mine_to_anchor()
    wire.mine(256)
    again = play.task.draw({"from": play.members[0]})
    assert again.events["Anchored"]["anchor"] > again.block_number
    with reverts_with("SeedNotReady"):
        play.task.draw({"from": play.members[0]})


def test_new_stake_brings_no_weight_into_a_known_role(bench):
    """R4, R15: who has lost its whole stake cannot join anew to vote in the round that it is already drawn for."""
    play = bench.make_task(members=5, absentBps=10_000, proposers=1, minParticipants=2)
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.settle()
    play.task.slash(1, [absent], {"from": play.creator})
    assert play.view(absent).stake == 0 and not play.view(absent).isMember and play.view(absent).isInDraw
    play.draw()
    with reverts_with("AlreadyMember", absent):
        play.join(absent, 90 * STAR)
    if play.task.roleOf(absent, 2) == Role.PROPOSER:
        play.sleep(1_000)
    else:
        play.train()
        play.sleep(2_000)
    play.settle()
    play.join(absent, 90 * STAR)
    assert not play.view(absent).isInDraw


def test_stake_after_the_end_is_refused(bench):
    """R4, I5, section 7: nobody stakes into a task that is over."""
    play = bench.make_task(members=3, rounds=1)
    play.play_round()
    with reverts_with("WrongState", 6):
        play.join(bench.people[9])
    with reverts_with("WrongState", 6):
        play.top_up(play.members[0], STAR)


def test_round_past_the_last_never_opens(bench):
    """I5, section 7: rounds stop at T, also when everybody goes on calling."""
    play = bench.make_task(members=3, rounds=1)
    play.play_round()
    wire.mine(10)
    member = play.members[0]
    for act in (
        lambda: play.task.draw({"from": member}),
        lambda: play.task.submitUpdate(digest_of(member), {"from": member}),
        lambda: play.task.commitVote(GOOD, {"from": member}),
        lambda: play.task.revealVote(GOOD, 1, 0, 0, GOOD, {"from": member}),
        lambda: play.task.settle({"from": member}),
    ):
        with reverts_with("WrongPhase"):
            act()
