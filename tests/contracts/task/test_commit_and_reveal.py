"""Hidden votes (R13 – R15, I4)."""

import pytest

from orchestrator.protocol.types import Ballot, Phase, Role, compute_commitment
from tests.contracts.dsl import BAD, GOOD, SALT, STAR
from tests.contracts.errors import reverts_with


def test_voter_commits_once(trained):
    """R13, I4: a drawn voter commits once."""
    voter = trained.voters[0]
    commitment = trained.commit(voter).events["VoteCommitted"]["commitment"]
    assert trained.view(voter).commitment[:30] == bytes(commitment)[:30]
    with reverts_with("AlreadyDone", voter, 1):
        trained.commit(voter, BAD)


def test_only_voters_commit(trained, stranger):
    """I3: nobody votes on a round in which it proposes."""
    with reverts_with("WrongRole", Role.VOTER, Role.PROPOSER):
        trained.commit(trained.proposers[0])
    with reverts_with("WrongRole", Role.VOTER, Role.NONE):
        trained.commit(stranger)


def test_commitment_is_not_empty(trained):
    """R13: a commitment binds a ballot."""
    with reverts_with("EmptyDigest"):
        trained.task.commitVote(trained.voters[0], bytes(32), {"from": trained.voters[0]})


def test_no_commitment_outside_its_phase(drawn):
    """I4: nothing counts outside its phase."""
    voter = drawn.voters[0]
    with reverts_with("WrongPhase", Phase.COMMITTING, Phase.TRAINING):
        drawn.commit(voter)
    drawn.train()
    drawn.sleep(1_000)
    with reverts_with("WrongPhase", Phase.COMMITTING, Phase.SETTLING):
        drawn.commit(voter)


def test_commitment_is_what_a_node_computes(trained):
    """R13: it binds chain, task, round, voter, aggregate digest, score, both losses and a salt."""
    from brownie import chain

    voter, ballot = trained.voters[0], Ballot(GOOD, -1, 2**64 - 1, 3)
    ours = compute_commitment(ballot, SALT, chain_id=chain.id, task=trained.task.address, round=7, voter=voter.address)
    theirs = trained.task.commitmentOf(7, voter, GOOD, -1, 2**64 - 1, 3, SALT)
    assert theirs == "0x" + ours.hex()


def test_last_commitment_ends_the_phase(trained):
    """R13: Committing ends when every voter has committed."""
    for voter in trained.voters:
        assert trained.phase == Phase.COMMITTING
        trained.commit(voter, number=1)
    assert trained.phase == Phase.REVEALING


@pytest.mark.parametrize("field, value", [(0, BAD), (1, -1), (2, 2_001), (3, 1_001), (4, b"\x06" * 32)])
def test_reveal_must_match_its_commitment(trained, field, value):
    """R14: every part of the ballot is bound."""
    voter = trained.voters[0]
    trained.commit(voter)
    trained.sleep(1_000)
    ballot = list(trained.ballots[voter])
    ballot[field] = value
    with reverts_with("WrongBallot"):
        trained.task.revealVote(voter, *ballot, {"from": voter})
    trained.reveal(voter)


def test_reveal_records_losses_and_the_stake_as_of_the_draw(drawn):
    """R14, R15: the two losses are recorded for everyone to see; weight is the voter's stake as of the draw."""
    voter = drawn.voters[0]
    drawn.top_up(voter, 90 * STAR)
    drawn.train()
    drawn.commit(voter)
    drawn.sleep(1_000)
    told = drawn.reveal(voter).events["VoteRevealed"]
    assert dict(told) == {
        "round": 1, "voter": voter, "aggregate": "0x" + GOOD.hex(), "score": 1, "weight": 10 * STAR,
        "lossBefore": 2_000, "lossAfter": 1_000,
    }  # fmt: skip


def test_voter_reveals_once(trained):
    """I4: at most one reveal per voter."""
    voter, other = trained.voters[:2]
    trained.commit(voter)
    trained.commit(other)
    trained.sleep(1_000)
    trained.reveal(voter)
    with reverts_with("AlreadyDone", voter, 1):
        trained.reveal(voter)


def test_no_reveal_without_commitment(trained):
    """R14: only what was hidden can be shown."""
    voter, other = trained.voters[:2]
    trained.commit(voter)
    trained.sleep(1_000)
    with reverts_with("NoCommitment", other, 1):
        trained.task.revealVote(other, GOOD, 1, 0, 0, SALT, {"from": other})


def test_no_reveal_outside_its_phase(trained):
    """I4: nothing counts outside its phase."""
    voter = trained.voters[0]
    trained.commit(voter)
    with reverts_with("WrongPhase", Phase.REVEALING, Phase.COMMITTING):
        trained.reveal(voter)
    trained.sleep(2_000)
    with reverts_with("WrongPhase", Phase.REVEALING, Phase.SETTLING):
        trained.reveal(voter)


def test_last_reveal_ends_the_phase(trained):
    """R14: Revealing ends when all that committed have revealed."""
    voter, other = trained.voters[:2]
    trained.commit(voter)
    trained.commit(other)
    trained.sleep(1_000)
    trained.reveal(voter)
    assert trained.phase == Phase.REVEALING
    trained.reveal(other)
    assert trained.phase == Phase.SETTLING


def test_commitment_of_a_former_round_is_worth_nothing(play):
    """R13: a commitment is of one round."""
    play.draw()
    play.train()
    voter = play.voters[0]
    play.commit(voter)
    play.sleep(2_000)
    play.settle()
    for _ in range(8):
        play.draw()
        if voter in play.voters:
            break
        play.sleep(1_000)
        play.settle()
    play.train()
    others = [account for account in play.voters if account != voter]
    play.commit(others[0])
    play.sleep(1_000)
    with reverts_with("NoCommitment", voter, play.view().round):
        play.reveal(voter)


def test_aggregate_is_not_empty(trained):
    """R14: a ballot is for a digest."""
    voter = trained.voters[0]
    trained.commit(voter, bytes(32))
    trained.sleep(1_000)
    with reverts_with("EmptyDigest"):
        trained.reveal(voter)
