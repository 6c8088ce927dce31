"""The same round twice, but for one thing: what that changes for others (I10, I11)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR, Play
from tests.contracts.model import Fault

Votes = dict[Any, tuple[bytes, int, int]]
Dues = dict[Any, Any]


def _begin(bench: Any, dice: random.Random) -> Play:
    """In Committing: three of nine propose, with stakes of all kinds."""
    play = bench.make_task(pool=1_000 * STAR + 7, minParticipants=9, proposers=3, condemnedBps=900)
    for account in bench.people[1:10]:
        play.join(account, dice.randint(1, 9) * STAR + dice.randint(0, 10**6))
    play.draw()
    play.train()
    return play


def _deal(play: Play, dice: random.Random) -> Votes:
    return {
        voter: (dice.choice([GOOD, GOOD, GOOD, BAD]), dice.choice([1, 1, 1, -1]), dice.randint(0, 7)) for voter in play.voters
    }


def _play_out(play: Play, votes: Votes) -> tuple[dict[str, Any], Dues]:
    """How the round ends and what it holds for each; as if it had not been played."""
    mark = wire.mark()
    play.vote(votes)
    told = dict(play.settle().events["RoundSettled"])
    dues = {member: due.dict() for member, due in zip(play.members, _dues(play), strict=True)}
    wire.rewind(mark)
    return told, dues


def _dues(play: Play) -> list[Any]:
    return list(play.lens.dues(play.task, 1, play.members))


@pytest.mark.parametrize("seed", range(6))
def test_what_stands_against_one_proposer_is_nothing_to_the_others(bench, seed):
    """I10, R17a: whatever voters say of one update, other proposers get and lose the same for the same outcome; so do voters,
    but for what they misjudged."""
    dice = random.Random(seed)
    play = _begin(bench, dice)
    votes, (one, *others) = _deal(play, dice), dice.sample(play.proposers, 3)
    bit = 1 << play.rank(one)
    before, dues = _play_out(play, votes)
    seen = set()
    for bits in (
        dict.fromkeys(votes, 0),
        dict.fromkeys(votes, bit),
        {voter: dice.choice([0, bit]) for voter in votes},
    ):
        told, changed = _play_out(play, {who: (*vote[:2], vote[2] & ~bit | bits[who]) for who, vote in votes.items()})
        assert told["condemned"] & ~bit == before["condemned"] & ~bit
        assert all(told[name] == before[name] for name in ("outcome", "winner", "reward", "turnout"))
        assert all(changed[other] == dues[other] for other in others)
        for voter in votes:
            assert all(changed[voter][name] == dues[voter][name] for name in ("fault", "penalty", "share"))
        seen.add(changed[one]["fault"])
    assert seen == {Fault.NONE, Fault.CONDEMNED}


@pytest.mark.parametrize("seed", range(6))
def test_nobody_gains_where_one_more_is_found_at_fault(bench, seed):
    """I11, R18: a voter that diverges or falls into the minority, a proposer that is condemned for its own update: as long as
    the round ends alike, the others earn what they did, or less, and have the share that they had."""
    dice = random.Random(100 + seed)
    play = _begin(bench, dice)
    voters, proposers = play.voters, play.proposers
    votes = dict.fromkeys(voters, (GOOD, 1, 0))
    before, dues = _play_out(play, votes)
    light = min(voters, key=lambda who: play.view(who).stake)
    condemn = {voter: (GOOD, 1, 1 << play.rank(proposers[0])) for voter in voters}
    for one, changes in ((light, {light: (BAD, 1, 0)}), (light, {light: (GOOD, -1, 0)}), (proposers[0], condemn)):
        told, changed = _play_out(play, votes | changes)
        assert (told["outcome"], told["reward"], told["turnout"]) == (before["outcome"], before["reward"], before["turnout"])
        assert changed[one]["fault"] != Fault.NONE and changed[one]["reward"] == 0 < dues[one]["reward"]
        for other in play.members:
            assert other == one or changed[other]["reward"] <= dues[other]["reward"]
            assert changed[other]["share"] == dues[other]["share"]
