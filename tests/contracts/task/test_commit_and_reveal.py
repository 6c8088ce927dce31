"""Hidden votes (R13 – R15, I4)."""

import hashlib

import pytest
from brownie import chain
from eth_abi import encode

from orchestrator.protocol.types import Phase, Role
from tests.contracts.dsl import BAD, GOOD, SALT, STAR, ballot_of
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
    """R13: it binds chain, task, round, voter, digest, score, `against`, both losses and a salt: SHA-256 of ten words."""
    voter, most = trained.voters[0], 2**32 - 1
    types = ["uint256", "address", "uint256", "address", "bytes32", "int256", "uint256", "uint256", "uint256", "bytes32"]
    words = [chain.id, trained.task.address, 7, voter.address, GOOD, -1, 0b11, most, 3, SALT]
    ours = hashlib.sha256(encode(types, words)).hexdigest()
    assert trained.task.commitmentOf(7, voter, GOOD, -1, 0b11, most, 3, SALT) == "0x" + ours


def test_last_commitment_ends_the_phase(trained):
    """R13: Committing ends when every voter has committed."""
    for voter in trained.voters:
        assert trained.phase == Phase.COMMITTING
        trained.commit(voter, number=1)
    assert trained.phase == Phase.REVEALING


@pytest.mark.parametrize("field, value", [(0, BAD), (1, -1), (2, 0b10), (3, 2_001), (4, 1_001), (5, b"\x06" * 32)])
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
        "round": 1, "voter": voter, "aggregate": "0x" + GOOD.hex(), "score": 1, "against": 0,
        "weight": 10 * STAR, "lossBefore": 2_000, "lossAfter": 1_000,
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
        trained.task.revealVote(other, *ballot_of(GOOD), {"from": other})


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


@pytest.mark.parametrize("against", [0b00, 0b01, 0b10, 0b11])
def test_ballot_tells_whom_it_accuses(trained, against):
    """R14, R22: a mask over the proposers' ranks."""
    voter = trained.voters[0]
    trained.commit(voter, against=against)
    trained.sleep(1_000)
    assert trained.reveal(voter).events["VoteRevealed"]["against"] == against


@pytest.mark.parametrize("against", [0b010, 0b100, 0b111, 2**15])
def test_only_those_that_submitted_are_accused(drawn, against):
    """R14: bits of proposers that submitted nothing, and of ranks that propose nothing, are 0."""
    first = next(proposer for proposer in drawn.proposers if drawn.rank(proposer) == 0)
    drawn.submit(first)
    drawn.sleep(1_000)
    voter = drawn.voters[0]
    drawn.commit(voter, against=against)
    drawn.sleep(1_000)
    with reverts_with("InvalidMask", 0b001, against):
        drawn.reveal(voter)


def test_accusations_of_one_round_are_nothing_to_the_next(play):
    """R17a, D17: the words are used again, and what they said before counts for nothing."""
    play.draw()
    play.train()
    play.vote_alike(against=0b11)
    assert play.settle().events["RoundSettled"]["condemned"] == 0b11
    play.draw()
    play.train()
    first, *others = play.voters
    play.vote({first: (GOOD, 1, 0b01)} | dict.fromkeys(others, (GOOD, 1, 0)))
    assert play.settle().events["RoundSettled"]["condemned"] == 0


@pytest.mark.parametrize("condemned", [2**5, 2**6, 2**11, 2**12, 2**13 - 1, 0b1010101010101])
def test_each_proposer_has_a_lane_of_its_own(bench, condemned):
    """R17a: in three words of six lanes, whichever of them are written."""
    play = _many(bench)
    play.draw()
    play.train()
    play.vote({voter: (GOOD, 1, condemned if index else 0) for index, voter in enumerate(play.voters)})
    assert play.settle().events["RoundSettled"]["condemned"] == condemned


def _many(bench):
    """As many proposers as the accounts at hand allow: thirteen of twenty-seven, who fill three words."""
    play = bench.make_task(minParticipants=27, maxParticipants=27, proposers=13)
    play.enrol(27)
    return play
