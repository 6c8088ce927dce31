"""A task from its creation to its last token, on any chain (`brownie test <this file> --network ganache`)."""

from orchestrator.protocol.types import Outcome, Phase
from tests.contracts.dsl import BAD, STAR
from tests.contracts.errors import reverts_with


def test_task_from_creation_to_the_last_token(bench):
    """R1, R4, R8, R11, R13, R14, R17, R17a, R19a, R20, R21, I2: every outcome; slashed, claimed; everybody out."""
    play = bench.make_task(pool=300 * STAR, members=5, rounds=3, exitDelay=100)
    assert play.play_round(1).events["RoundSettled"]["outcome"] == Outcome.ACCEPTED
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote({play.voters[0]: (BAD, 1)})  # below the quorum
    play.sleep(2_000)
    assert play.settle().events["RoundSettled"]["outcome"] == Outcome.VOID
    play.task.slash(2, [absent], {"from": play.creator})
    play.draw()
    play.train()
    play.vote_alike(against=play.bits(play.proposers[0]))
    told = play.settle().events["RoundSettled"]
    assert (told["outcome"], told["condemned"].bit_count()) == (Outcome.ACCEPTED, 1)
    assert play.phase == Phase.DRAWING
    assert play.play_round(-1).events["RoundSettled"]["outcome"] == Outcome.REJECTED
    assert play.phase == Phase.COMPLETED
    play.task.claim(play.creator, play.creator, {"from": play.creator})
    play.sleep(100)
    play.empty()
    held = [play.balance(account) for account in (play.creator, *play.members)]
    assert play.balance() + sum(held) == 350 * STAR and play.balance() < 10


def test_refusals_tell_why_on_any_chain(play):
    """I4: the names and values of errors are the same everywhere."""
    with reverts_with("WrongPhase", Phase.SETTLING, Phase.DRAWING):
        play.settle()
    with reverts_with("AlreadyMember", play.members[0]):
        play.join(play.members[0])
    with reverts_with("StakeTooSmall", STAR, 1):
        play.task.join(1, [], {"from": play.bench.people[9]})
    play.draw()
    with reverts_with("WrongRole", 1, 2):
        play.submit(play.voters[0])
