"""Section 7, the votes: what failed in the first designs of this kind does no harm here."""

import pytest

from orchestrator.protocol.types import Outcome, Phase
from tests.contracts.dsl import BAD, GOOD, SALT, STAR
from tests.contracts.errors import reverts_with


def test_copied_commitment_cannot_be_shown(trained):
    """R13, section 7: who copies a hidden vote binds itself to a ballot that names another voter."""
    honest, copier, third = trained.voters
    hidden = trained.commit(honest).events["VoteCommitted"]["commitment"]
    trained.task.commitVote(hidden, {"from": copier})
    trained.commit(third)
    trained.reveal(honest)
    with reverts_with("WrongBallot"):
        trained.task.revealVote(*trained.ballots[honest], {"from": copier})


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
    voter, ballot = trained.voters[0], (GOOD, 1, 2_000, 1_000, SALT)
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


def test_split_stake_has_the_weight_of_the_whole(bench):
    """D2: k identities with stake s/k have the voting weight of one with s."""
    play = bench.make_task(pool=100 * STAR, proposers=1, minParticipants=6, absentBps=0, rounds=50)
    for account, stake in zip(bench.people[1:7], (12, 12, 3, 3, 3, 3), strict=True):
        play.join(account, stake * STAR)
    whole, group = play.members[:2], play.members[2:]
    play.draw()
    while play.proposers[0] not in whole:
        play.sleep(1_000)
        play.settle()
        play.draw()
    play.train()
    play.vote({voter: (BAD if voter in group else GOOD, 1) for voter in play.voters})
    assert play.settle().events["RoundSettled"]["outcome"] == Outcome.VOID  # 12 against 4 · 3: exactly as much


@pytest.mark.parametrize("score", [0, 2, -2, 127, -128])
def test_scores_other_than_plus_and_minus_one_are_no_votes(trained, score):
    """R14, section 7: score 0 was a free ride; it cannot be shown, so it counts as absence."""
    rider, *others = trained.voters
    trained.task.commitVote(trained.task.commitmentOf(1, rider, GOOD, score, 0, 0, SALT), {"from": rider})
    for voter in others:
        trained.commit(voter)
    with reverts_with("InvalidScore", score):
        trained.task.revealVote(GOOD, score, 0, 0, SALT, {"from": rider})
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
    """Section 7: published by digest and then withheld: voters agree on what the others give, and the round is decided."""
    trained.vote_alike(GOOD)
    assert trained.settle().events["RoundSettled"]["outcome"] == Outcome.ACCEPTED


def test_absent_proposers_hold_up_nobody(play):
    """R12, I8, section 7: voters waited for ever on a proposer that never submits; here the clock moves on."""
    for expected in range(1, 4):
        assert play.view().round == expected
        play.draw()
        play.sleep(1_000)
        assert play.phase == Phase.SETTLING
        play.settle()
