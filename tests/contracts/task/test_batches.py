"""Several acts in one transaction: a member with several duties pays for one (`multicall`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.protocol.types import Outcome, Phase
from tests.contracts import wire
from tests.contracts.dsl import STAR, Play, digest_of
from tests.contracts.errors import reverts_with

Calls = list[tuple[Any, ...]]


def _after_the_draw(play: Play) -> list[Any]:
    """Who will propose: everybody can compute that as soon as the anchor is there."""
    play.mine_to_anchor()
    mark = wire.mark()
    play._do(play.creator, play.task, "draw")
    proposers = play.proposers
    wire.rewind(mark)
    return proposers


def draw_and_submit(play: Play) -> tuple[Any, Calls]:
    proposer = _after_the_draw(play)[0]
    return proposer, [("draw",), ("submitUpdate", proposer.address, digest_of(proposer))]


def settle_slash_and_claim(play: Play) -> tuple[Any, Calls]:
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    voter = play.voters[0]
    return voter, [("settle",), ("slash", 1, [absent.address]), ("claim", voter.address, voter.address)]


def reveal_settle_and_claim(play: Play) -> tuple[Any, Calls]:
    play.draw()
    play.train()
    *others, last = play.voters
    for voter in (*others, last):
        play.commit(voter, number=1)
    for voter in others:
        play.reveal(voter)
    return last, [("revealVote", last.address, *play.ballots[last]), ("settle",), ("claim", last.address, last.address)]


def claim_and_top_up(play: Play) -> tuple[Any, Calls]:
    play.play_round()
    member = play.members[0]
    return member, [("claim", member.address, member.address), ("topUp", 20 * STAR)]


def slash_and_draw(play: Play) -> tuple[Any, Calls]:
    play.draw()
    absent = play.proposers
    play.sleep(1_000)
    play.settle()
    play.mine_to_anchor()
    return play.creator, [("slash", 1, [account.address for account in absent]), ("draw",)]


def withdraw_and_refund(play: Play) -> tuple[Any, Calls]:
    play.sleep(10_000)
    return play.members[0], [("close",), ("withdraw", play.members[0].address, play.members[0].address), ("refund",)]


BATCHES: list[Callable[[Play], tuple[Any, Calls]]] = [
    draw_and_submit, settle_slash_and_claim, reveal_settle_and_claim, claim_and_top_up, slash_and_draw, withdraw_and_refund,
]  # fmt: skip


def _state(play: Play) -> list[Any]:
    """What does not depend on the number of blocks that it took."""
    views = [play.view(account) for account in (play.creator, *play.members)]
    seen = [
        (view.phase, view.round, view.pool, view.seed, view.stake, view.toppedUp, view.rewards, view.role) for view in views
    ]
    return [seen, [play.balance(account) for account in (play.task, play.creator, *play.members)], views[0].globalModel]


@pytest.mark.parametrize("batch", BATCHES)
def test_batch_does_what_its_parts_do_for_less(play, batch):
    """R20, R21, I2: the same in one transaction, and cheaper than in several."""
    account, calls = batch(play)
    before, mark = _state(play), wire.mark()
    apart = sum(_gas(wire.send(account, play.task, *call)) for call in calls)
    expected = _state(play)
    wire.rewind(mark)
    together = _gas(wire.send(account, play.task, "multicall", _encode(play, calls)))
    assert _state(play) == expected != before
    assert together < apart


def _gas(sent: tuple[str | None, dict[str, Any]]) -> int:
    error, receipt = sent
    assert error is None, error
    return int(receipt["gasUsed"], 16)


def _encode(play: Play, calls: Calls) -> list[str]:
    return [getattr(play.task, method).encode_input(*values) for method, *values in calls]


def test_last_voter_ends_the_round_in_one_transaction(play):
    """R14, R16, R21: shows its vote, has the round decided, and takes its reward."""
    voter, calls = reveal_settle_and_claim(play)
    events = play.task.multicall(_encode(play, calls), {"from": voter}).events
    assert events["VoteRevealed"]["voter"] == events["Claimed"]["account"] == voter
    assert events["RoundSettled"]["outcome"] == Outcome.ACCEPTED and events["Anchored"]["round"] == 2
    assert play.balance(voter) == 20 * STAR


@pytest.mark.parametrize("position", [0, 1, 2, 3])
def test_one_call_that_fails_undoes_the_batch_and_tells_why(play, position):
    """I2, I4: wherever it stands, and with its own name and values."""
    voter, calls = settle_slash_and_claim(play)
    before = _state(play)
    calls.insert(position, ("commitVote", voter.address, b"\x01" * 32))
    with reverts_with("WrongPhase", Phase.COMMITTING, Phase.SETTLING if position == 0 else Phase.DRAWING):
        play.task.multicall(_encode(play, calls), {"from": voter})
    assert _state(play) == before


@pytest.mark.parametrize("method", ["settle", "slash", "claim"])
def test_the_same_call_twice_in_a_batch_counts_once(play, method):
    """I2, I4: a batch is no way around what counts once."""
    voter, calls = settle_slash_and_claim(play)
    (again,) = [call for call in calls if call[0] == method]
    with reverts_with("WrongPhase" if method == "settle" else "Nothing"):
        play.task.multicall(_encode(play, [*calls, again]), {"from": voter})


def test_batch_takes_no_ether(play):
    """I2: so no call in a batch can count the same ether twice, and none can be stuck."""
    with pytest.raises(Exception, match="revert"):
        play.task.multicall([], {"from": play.creator, "amount": 1})
    assert play.task.balance() == 0
