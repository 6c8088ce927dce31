"""Submitting updates (R11, R12, I4)."""

from orchestrator.protocol.types import Outcome, Phase, Role
from tests.contracts.dsl import STAR, digest_of
from tests.contracts.errors import reverts_with


def test_each_proposer_submits_one_update(drawn):
    """R11: a drawn proposer submits one update; the order does not matter; the last one ends the phase."""
    second, first = drawn.proposers
    submitted = drawn.submit(first)
    assert submitted.events["UpdateSubmitted"] == {
        "round": 1, "proposer": first, "digest": "0x" + digest_of(first).hex(), "rank": drawn.rank(first),
        "weight": 10 * STAR,
    }  # fmt: skip
    assert drawn.phase == Phase.TRAINING
    drawn.submit(second)
    assert drawn.phase == Phase.COMMITTING


def test_updates_are_counted_and_told_by_events(drawn):
    """R11, R22: a view says how many there are; who submitted what with which weight is in the events."""
    for count, proposer in enumerate(drawn.proposers, 1):
        told = drawn.task.submitUpdate(proposer, digest_of(proposer), {"from": proposer}).events["UpdateSubmitted"]
        rank, digest = drawn.rank(proposer), "0x" + digest_of(proposer).hex()
        assert dict(told) == dict(round=1, proposer=proposer, digest=digest, rank=rank, weight=10 * STAR)
        assert drawn.view().updates == count == drawn.view().submitted.bit_count()
        assert drawn.view().submitted >> rank & 1


def test_second_update_of_a_proposer_is_refused(drawn):
    """I4: at most one update per proposer."""
    proposer = drawn.proposers[0]
    drawn.submit(proposer)
    with reverts_with("AlreadyDone", proposer, 1):
        drawn.submit(proposer)


def test_only_proposers_submit(drawn, stranger):
    """R11, I3: voters and strangers have no update to offer."""
    with reverts_with("WrongRole", Role.PROPOSER, Role.VOTER):
        drawn.submit(drawn.voters[0])
    with reverts_with("WrongRole", Role.PROPOSER, Role.NONE):
        drawn.submit(stranger)


def test_update_has_a_digest(drawn):
    """R11: an update is the digest of a published artifact."""
    with reverts_with("EmptyDigest"):
        drawn.task.submitUpdate(drawn.proposers[0], bytes(32), {"from": drawn.proposers[0]})


def test_no_update_outside_training(play):
    """I4: nothing counts outside its phase."""
    with reverts_with("WrongPhase", Phase.TRAINING, Phase.DRAWING):
        play.submit(play.members[0])
    play.draw()
    proposer = play.proposers[0]
    play.sleep(1_000)
    with reverts_with("WrongPhase", Phase.TRAINING, Phase.SETTLING):
        play.submit(proposer)


def test_training_ends_without_the_absent(drawn):
    """R11: the phase ends when `trainWindow` is over, with the updates that are there."""
    drawn.submit(drawn.proposers[0])
    drawn.sleep(1_000)
    assert drawn.phase == Phase.COMMITTING


def test_round_without_updates_is_void(drawn):
    """R12: no update at all: the round goes straight to Settling and is void."""
    drawn.sleep(1_000)
    assert drawn.phase == Phase.SETTLING
    assert drawn.settle().events["RoundSettled"]["outcome"] == Outcome.VOID


def test_voters_have_no_duty_in_a_round_without_updates(drawn):
    """R12, R19: where there was nothing to vote on, only the proposers were absent."""
    proposers, voters = drawn.proposers, drawn.voters
    drawn.sleep(1_000)
    drawn.settle()
    with reverts_with("Nothing"):
        drawn.task.slash(1, voters, {"from": drawn.creator})
    drawn.task.slash(1, proposers, {"from": drawn.creator})


def test_proposer_without_stake_cannot_submit(bench):
    """R15, R5: where nothing is left at stake, nothing can be weighed."""
    play = bench.make_task(members=4, faultBps=10_000, floorBps=0, proposers=1)
    absent = set()
    for _ in range(9):
        play.draw()
        proposer = play.proposers[0]
        if proposer in absent:
            break
        absent.add(proposer)  # its stake is lost, but it applies that itself only when it acts
        play.train(absent=(proposer,))
        play.settle()
    with reverts_with("NoStake", proposer):
        play.submit(proposer)
