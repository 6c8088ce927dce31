"""Section 7, the votes: what failed in the first designs of this kind does no harm here."""

import pytest

from orchestrator.protocol.types import Outcome, Phase
from tests.books import Fault
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, SALT, STAR, at_time, ballot_of
from tests.contracts.errors import reverts_with


def test_copied_commitment_cannot_be_shown(trained):
    """R13, section 7: who copies a hidden vote binds itself to a ballot that names another voter."""
    honest, copier, third = trained.voters
    hidden = trained.commit(honest).events["VoteCommitted"]["commitment"]
    trained.task.commitVote(copier, hidden, {"from": copier})
    trained.commit(third)
    trained.reveal(honest)
    with reverts_with("WrongBallot"):
        trained.task.revealVote(copier, *trained.ballots[honest], {"from": copier})


def test_shown_vote_comes_too_late_to_be_copied(trained):
    """R13, section 7: when the first vote is seen, nobody can commit any more."""
    honest, copier, _ = trained.voters
    trained.commit(honest)
    trained.sleep(1_000)
    trained.reveal(honest)
    with reverts_with("WrongPhase", Phase.COMMITTING, Phase.SETTLING):
        trained.commit(copier)


def test_commitment_of_another_round_or_task_is_another(bench, trained):
    """R13, section 7: nothing can be replayed; the commitment binds chain, task, round and voter."""
    voter, ballot = trained.voters[0], ballot_of(GOOD)
    other = bench.make_task().task
    told = [
        trained.task.commitmentOf(1, voter, *ballot),
        trained.task.commitmentOf(2, voter, *ballot),
        trained.task.commitmentOf(1, trained.voters[1], *ballot),
        other.commitmentOf(1, voter, *ballot),
    ]
    assert len({str(each) for each in told}) == 4


def test_group_of_many_small_stakes_decides_nothing(bench):
    """D2, R16, section 7: a Sybil group at minimum stake has the weight of its stake, however many it counts."""
    play = bench.make_task(pool=100 * STAR, proposers=1, minParticipants=9, voters=0)
    honest = bench.people[1:4]
    for account in bench.people[1:10]:
        play.join(account, 10 * STAR if account in honest else STAR)
    play.draw()
    play.train()
    play.vote({voter: (GOOD if voter in honest else BAD, 1) for voter in play.voters})
    told = play.settle().events["RoundSettled"]
    assert told["winner"] == "0x" + GOOD.hex() and told["outcome"] == Outcome.ACCEPTED


def _vote_of(bench, group, honest_vote, group_vote):
    """Three honest members with 9 STAR each, one of whom proposes, against a group with these stakes.

    How the round is decided, and what the group and the honest have left after all penalties."""
    play = bench.make_task(minParticipants=3 + len(group), maxParticipants=20, proposers=1)
    for account, stake in zip(bench.people[1:], (9, 9, 9, *group), strict=False):
        play.give(account, stake * STAR)
        play._do(account, play.task, "join", stake * STAR, [])
        play.members.append(account)
    honest, split = play.members[:3], play.members[3:]
    play.draw_with(proposing=(honest[0],))
    play.train()
    play.vote({voter: group_vote if voter in split else honest_vote for voter in play.voters})
    told = dict(play.settle().events["RoundSettled"])
    wire.send(play.creator, play.task, "slash", told["round"], play.members)
    del told["round"]
    return told, sum(play.view(member).stake for member in split), [play.view(member).stake for member in honest]


@pytest.mark.parametrize("group_vote", [(BAD, 1), (GOOD, -1), (GOOD, 1)])
@pytest.mark.parametrize("total, outcomes", [(15, (1, 1, 1)), (18, (3, 3, 1)), (21, (1, 2, 1))])
def test_split_stake_has_the_weight_of_the_whole(bench, total, outcomes, group_vote):
    """D2, R15, R16, section 7: k identities with stake s/k have the weight of one with s, below, at and above 18 honest STAR;
    they lose as much, too."""
    whole = _vote_of(bench, [total], (GOOD, 1), group_vote)
    assert _vote_of(bench, [3] * (total // 3), (GOOD, 1), group_vote) == whole
    told, *_ = whole
    assert told["outcome"] == outcomes[[(BAD, 1), (GOOD, -1), (GOOD, 1)].index(group_vote)]
    weights = told["weightFor"] + told["weightAgainst"]
    expected = {(BAD, 1): max(18, total), (GOOD, -1): 18 + total, (GOOD, 1): 18 + total}[group_vote]
    assert weights == (0 if group_vote == (BAD, 1) and total == 18 else expected * STAR)  # half of the weight is no majority


def test_losses_weigh_nothing(trained):
    """R14: they are recorded for everyone to see; the score decides."""
    mark, told = wire.mark(), []
    for losses in [(0, 0), (0, 2**32 - 1), (2**32 - 1, 0)]:
        play = trained.copy()
        for voter in play.voters:
            ballot = play.ballots[voter] = (GOOD, 1, 0, *losses, SALT)
            play.task.commitVote(voter, play.task.commitmentOf(1, voter, *ballot), {"from": voter})
        for voter in play.voters:
            revealed = play.reveal(voter).events["VoteRevealed"]
            assert (revealed["lossBefore"], revealed["lossAfter"]) == losses
        told.append(dict(play.settle().events["RoundSettled"]))
        wire.rewind(mark)
        mark = wire.mark()
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("score", [0, 2, -2, 127, -128])
def test_scores_other_than_plus_and_minus_one_are_no_votes(trained, score):
    """R14, section 7: score 0 was a free ride; it cannot be shown, so it counts as absence."""
    rider, *others = trained.voters
    trained.task.commitVote(rider, trained.task.commitmentOf(1, rider, GOOD, score, 0, 0, 0, SALT), {"from": rider})
    for voter in others:
        trained.commit(voter)
    with reverts_with("InvalidScore", score):
        trained.task.revealVote(rider, GOOD, score, 0, 0, 0, SALT, {"from": rider})
    for voter in others:
        trained.reveal(voter)
    trained.sleep(1_000)
    trained.settle()
    slashed = trained.task.slash(1, [rider], {"from": trained.creator}).events["Slashed"]
    assert (slashed["account"], slashed["fault"]) == (rider, 1)


def test_vote_before_the_updates_is_refused(drawn):
    """I4, section 7: nobody votes on what is not there yet."""
    voter = drawn.voters[0]
    drawn.submit(drawn.proposers[0])
    with reverts_with("WrongPhase", Phase.COMMITTING, Phase.TRAINING):
        drawn.commit(voter)


def test_withheld_update_holds_up_nobody(trained):
    """R13, R16, R19, section 7: published by digest and shown to one friend only. The others agree on what the rest gives,
    nothing waits for the bytes, and the friend, who votes for an aggregate that nobody else can make, pays."""
    friend, *others = trained.voters
    begun = trained.view().timestamp
    trained.vote({voter: (BAD if voter == friend else GOOD, 1) for voter in (friend, *others)})
    told = trained.settle()
    assert told.events["RoundSettled"]["outcome"] == Outcome.ACCEPTED and told.timestamp - begun < 1_000
    assert trained.task.globalModel() == "0x" + GOOD.hex() and trained.phase == Phase.DRAWING
    (slashed,) = trained.task.slash(1, trained.members, {"from": trained.creator}).events["Slashed"]
    assert (slashed["account"], slashed["fault"]) == (friend, Fault.DIVERGENT)


def test_updates_that_nobody_can_fetch_hold_up_nobody(trained):
    """R14, R17a, I5, section 7: where all are withheld, voters say so, in time, and those who withheld pay."""
    proposers = trained.proposers
    trained.vote_alike(BAD, -1, against=trained.bits(*proposers))
    assert trained.settle().events["RoundSettled"]["outcome"] == Outcome.REJECTED
    slashed = trained.task.slash(1, proposers, {"from": trained.creator}).events["Slashed"]
    assert [event["fault"] for event in slashed] == [Fault.CONDEMNED] * 2 and trained.phase == Phase.DRAWING


def test_absent_proposers_hold_up_nobody(play):
    """R12, I8, section 7: voters waited for ever on a proposer that never submits; here the clock moves on."""
    for expected in range(1, 4):
        assert play.view().round == expected
        play.draw()
        play.sleep(1_000)
        assert play.phase == Phase.SETTLING
        play.settle()


@pytest.mark.parametrize("present", [0, 1])
def test_voters_wait_for_an_absent_proposer_for_its_window_and_no_longer(drawn, present):
    """R11, R12, section 7: to the second, with one of two updates or with none."""
    for proposer in drawn.proposers[:present]:
        drawn.submit(proposer)
    end = drawn.view().trainEnd
    at_time(end - 1)
    wire.mine(1)
    assert drawn.phase == Phase.TRAINING
    at_time(end)
    wire.mine(1)
    assert drawn.phase == (Phase.COMMITTING if present else Phase.SETTLING)
    if present:
        drawn.vote_alike()
    assert drawn.settle().events["RoundSettled"]["outcome"] == (Outcome.ACCEPTED if present else Outcome.VOID)
