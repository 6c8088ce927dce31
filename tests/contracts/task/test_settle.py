"""Deciding a round (R16 – R18, I5, I6, D1, D2)."""

import itertools

import pytest

from orchestrator.protocol.types import Outcome, Phase
from tests.contracts.dsl import BAD, DEFAULTS, GOOD, STAR
from tests.contracts.errors import reverts_with

OTHER = b"\x33" * 32
OLD = "0x" + DEFAULTS["initialModel"].hex()


def _decide(play, *ballots):
    """A round in which the voters vote so, in their order."""
    play.draw()
    play.train()
    play.vote(dict(zip(play.voters, ballots, strict=False)))
    if play.phase != Phase.SETTLING:
        play.sleep(2_000)
    return play.settle().events["RoundSettled"]


def test_net_weight_above_zero_accepts(play):
    """R17, I6: the winner becomes the global model."""
    told = _decide(play, (GOOD, 1), (GOOD, 1), (GOOD, -1))
    assert (told["outcome"], told["weightFor"], told["weightAgainst"]) == (Outcome.ACCEPTED, 20 * STAR, 10 * STAR)
    assert play.task.globalModel() == "0x" + GOOD.hex() == told["winner"]


def test_net_weight_below_zero_rejects(play):
    """R17, I6: the old global model stays."""
    told = _decide(play, (GOOD, -1), (GOOD, 1), (GOOD, -1))
    assert told["outcome"] == Outcome.REJECTED
    assert play.task.globalModel() == OLD


def test_net_weight_of_exactly_zero_is_void(play):
    """R17, D1: no gap between "not accepted" and "not punished" that somebody could aim at."""
    told = _decide(play, (GOOD, -1), (GOOD, 1))
    assert (told["outcome"], told["reward"]) == (Outcome.VOID, 0)
    assert play.task.globalModel() == OLD


def test_winner_is_the_digest_with_more_than_half(play):
    """R16: divergent ballots neither win nor count for the winner."""
    told = _decide(play, (BAD, -1), (GOOD, 1), (GOOD, 1))
    assert (told["winner"], told["weightFor"], told["weightAgainst"]) == ("0x" + GOOD.hex(), 20 * STAR, 0)


@pytest.mark.parametrize("ballots", [[(GOOD, 1), (BAD, 1)], [(GOOD, 1), (BAD, -1), (OTHER, 1)]])
def test_no_digest_with_more_than_half_is_void(play, ballots):
    """R16: exactly half, or the most of several parts, wins nothing."""
    told = _decide(play, *ballots)
    assert (told["outcome"], told["winner"]) == (Outcome.VOID, "0x" + "00" * 32)


@pytest.mark.parametrize("order", [(GOOD, BAD, BAD), (BAD, GOOD, BAD), (BAD, BAD, GOOD), (BAD, GOOD, GOOD)])
def test_order_of_reveals_does_not_matter(play, order):
    """R16: overtaking, drawing level and leading alone come to the same."""
    told = _decide(play, *[(digest, 1) for digest in order])
    assert told["winner"] == "0x" + max(order, key=order.count).hex()


@pytest.mark.parametrize("order", sorted(set(itertools.permutations((GOOD, GOOD, GOOD, BAD, BAD, OTHER))))[::7])
def test_majority_of_six_is_told_in_every_order(bench, order):
    """R16: with stakes 3 : 3 : 3 against 2 : 2 : 4 the first has more than half, whoever has led before."""
    stakes = iter((3, 3, 3, 2, 2, 4))
    play = bench.make_task(proposers=1, minParticipants=7)
    play.join(bench.people[1], 5 * STAR)
    weight = {GOOD: [], BAD: [], OTHER: []}
    for digest in (GOOD, GOOD, GOOD, BAD, BAD, OTHER):
        weight[digest].append(next(stakes))
    for account, digest in zip(bench.people[2:8], order, strict=True):
        play.join(account, weight[digest].pop() * STAR)
    play.draw_with(proposing=(bench.people[1],))
    play.train()
    play.vote({account: (digest, 1) for account, digest in zip(bench.people[2:8], order, strict=True)})
    told = play.settle().events["RoundSettled"]
    assert (told["winner"], told["weightFor"]) == ("0x" + GOOD.hex(), 9 * STAR)


def test_stake_decides_and_not_heads(bench):
    """D2, R16: heads are free to make."""
    play = bench.make_task(pool=100 * STAR, proposers=1, minParticipants=5)
    for account, stake in zip(bench.people[1:6], (50, 10, 10, 10, 10), strict=True):
        play.join(account, stake * STAR)
    play.draw_with(voting=(bench.people[1],))
    play.train()
    play.vote({voter: (GOOD if voter == bench.people[1] else BAD, 1) for voter in play.voters})
    assert play.settle().events["RoundSettled"]["winner"] == "0x" + GOOD.hex()


@pytest.mark.parametrize("quorum, reveals, outcome", [(6_667, 2, Outcome.VOID), (6_666, 2, Outcome.ACCEPTED), (10_000, 3, 1)])
def test_fewer_reveals_than_the_quorum_are_void(bench, quorum, reveals, outcome):
    """R16: the quorum is a share of the drawn voters, to the basis point."""
    play = bench.make_task(members=5, quorumBps=quorum)
    assert _decide(play, *[(GOOD, 1)] * reveals)["outcome"] == outcome


def test_no_reveal_at_all_is_void(play):
    """R16: and the digest that led an earlier round leads no later one."""
    _decide(play, *[(GOOD, 1)] * 3)
    told = _decide(play)
    assert (told["outcome"], told["winner"], told["weightFor"]) == (Outcome.VOID, "0x" + "00" * 32, 0)


def test_reward_is_an_even_part_of_the_pool(bench):
    """R18, D4, D22: `pool / (rounds left to decide)` is taken out of the pool when, and only when, a round is decided."""
    play = bench.make_task(pool=1_000 * STAR, members=5, faultBps=0)
    assert _decide(play, *[(GOOD, 1)] * 3)["reward"] == 100 * STAR
    assert play.pool() == 900 * STAR
    assert _decide(play)["reward"] == 0
    assert play.pool() == 900 * STAR
    assert _decide(play, *[(GOOD, 1)] * 3)["reward"] == 900 * STAR // 9


def test_last_round_pays_all_that_is_left(bench):
    """R18, D4: the pool is used up by the last round and never overdrawn."""
    play = bench.make_task(pool=1_000 * STAR + 1, members=4, rounds=3)
    for _ in range(3):
        play.play_round()
    assert play.pool() == 0 and play.phase == Phase.COMPLETED


def test_settle_opens_the_next_round(play):
    """I5: rounds only go forward."""
    _decide(play, *[(GOOD, 1)] * 3)
    assert (play.view().round, play.phase) == (2, Phase.DRAWING)
    with reverts_with("WrongPhase", Phase.SETTLING, Phase.DRAWING):
        play.settle()


def test_settled_outcome_never_changes(play):
    """I5: later rounds and late slashes leave it as it is."""
    _decide(play, (GOOD, 1), (GOOD, 1))
    before = play.lens.resultOf(play.task, 1)
    _decide(play, (BAD, -1), (BAD, -1), (GOOD, 1))
    play.task.slash(2, play.members, {"from": play.creator})
    assert play.lens.resultOf(play.task, 1) == before
    assert before.dict()["outcome"] == Outcome.ACCEPTED and not before.dict()["isComplete"]


@pytest.mark.parametrize("phase", ["drawing", "training", "committing", "revealing"])
def test_no_settling_before_its_time(play, phase):
    """I4: nothing counts outside its phase."""
    if phase != "drawing":
        play.draw()
    if phase in ("committing", "revealing"):
        play.train()
    if phase == "revealing":
        for voter in play.voters:
            play.commit(voter, number=1)
    with reverts_with("WrongPhase", Phase.SETTLING, Phase[phase.upper()]):
        play.settle()
