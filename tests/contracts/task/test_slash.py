"""Penalties (R5, R19, R20, I7, D3, D13)."""

import pytest

from orchestrator.protocol.types import Fault
from tests.contracts.dsl import BAD, GOOD, STAR
from tests.contracts.errors import reverts_with


def _slash(play, number, accounts, slasher=None):
    slashed = play.task.slash(number, accounts, {"from": slasher or play.creator})
    return [dict(event) for event in slashed.events["Slashed"]]


@pytest.fixture
def decided(trained):
    """Accepted, by two voters; the third was absent, or divergent, or of another mind."""

    def decide(third):
        first, second, last = trained.voters
        ballots = {first: (GOOD, 1), second: (GOOD, 1)} | ({last: third} if third else {})
        trained.vote(ballots)
        if not third:
            trained.sleep(1_000)
        trained.settle()
        return last

    return decide


@pytest.mark.parametrize(
    "third, fault, bps", [(None, Fault.ABSENT, 500), ((BAD, 1), Fault.DIVERGENT, 2_000), ((GOOD, -1), Fault.MINORITY, 300)]
)
def test_each_fault_of_a_voter_has_its_penalty(trained, decided, third, fault, bps):
    """R19, D3: absent, divergent, minority: each with its own parameter, in basis points of the stake as of the draw."""
    guilty = decided(third)
    penalty = 10 * STAR * bps // 10_000
    (event,) = _slash(trained, 1, trained.members)
    assert event == {
        "round": 1, "account": guilty, "fault": fault, "amount": penalty, "slasher": trained.creator,
        "slasherShare": penalty // 10,
    }  # fmt: skip
    assert trained.view(guilty).stake == 10 * STAR - penalty


def test_absent_proposer_is_penalised(drawn):
    """R19: drawn, did not submit."""
    absent = drawn.proposers[0]
    drawn.train(absent=(absent,))
    drawn.vote_alike()
    drawn.settle()
    (event,) = _slash(drawn, 1, drawn.members)
    assert (event["account"], event["fault"]) == (absent, Fault.ABSENT)


def test_voter_that_committed_and_did_not_reveal_was_absent(trained):
    """R19: drawn, did not reveal."""
    silent, *others = trained.voters
    for voter in (silent, *others):
        trained.commit(voter, number=1)
    for voter in others:
        trained.reveal(voter)
    trained.sleep(1_000)
    trained.settle()
    (event,) = _slash(trained, 1, trained.members)
    assert (event["account"], event["fault"]) == (silent, Fault.ABSENT)


def test_proposers_of_a_rejected_round_are_penalised(trained):
    """R19: rejected."""
    proposers = trained.proposers
    trained.vote_alike(score=-1)
    trained.settle()
    events = _slash(trained, 1, trained.members)
    assert {event["account"] for event in events} == {str(proposer) for proposer in proposers}
    assert {(event["fault"], event["amount"]) for event in events} == {(Fault.REJECTED, 10 * STAR * 400 // 10_000)}


def test_void_round_penalises_only_absence(trained):
    """R19: in a void round only absence is penalised."""
    absent = trained.voters[2]
    trained.vote(dict(zip(trained.voters, [(GOOD, 1), (BAD, -1)], strict=False)))
    trained.sleep(1_000)
    trained.settle()
    (event,) = _slash(trained, 1, trained.members)
    assert (event["account"], event["fault"]) == (absent, Fault.ABSENT)


def test_idle_member_has_nothing_to_be_penalised_for(bench):
    """R19: only who was drawn can be absent."""
    play = bench.make_task(members=5, proposers=1, voters=1)
    play.draw()
    idle = [member for member in play.members if member not in play.proposers + play.voters]
    play.sleep(1_000)
    play.settle()
    with reverts_with("Nothing"):
        play.task.slash(1, idle, {"from": play.creator})


def test_an_account_is_slashed_once_a_round(trained, decided):
    """R20, I7: once per account and round, however often it is named."""
    guilty = decided(None)
    assert len(_slash(trained, 1, [guilty, guilty])) == 1
    with reverts_with("Nothing"):
        trained.task.slash(1, [guilty], {"from": trained.creator})


def test_slashed_tokens_go_to_the_slasher_and_the_pool(trained, decided, stranger):
    """R20, D13: the caller gets the slasher's share, the rest goes back to the reward pool."""
    guilty = decided(None)
    pool = trained.pool()
    _slash(trained, 1, [guilty], stranger)
    assert trained.pool() == pool + STAR // 2 * 9 // 10
    trained.task.claim(stranger, {"from": stranger})
    assert trained.balance(stranger) == STAR // 20


def test_nobody_earns_by_slashing_itself(trained, decided):
    """R20: all of it goes to the pool then."""
    guilty = decided(None)
    pool = trained.pool()
    (event,) = _slash(trained, 1, [guilty], guilty)
    assert event["slasherShare"] == 0 and trained.pool() == pool + STAR // 2


def test_slashing_applies_earlier_rounds_too(play):
    """R20: dues are applied in order, so a later slash brings the earlier penalties with it."""
    for _ in range(2):
        play.draw()
        play.sleep(1_000)
        play.settle()
    events = _slash(play, 2, play.members)
    assert len(events) == 4
    by_account = {}
    for event in events:
        by_account.setdefault(event["account"], []).append((event["round"], event["amount"]))
    for penalties in by_account.values():
        assert [number for number, _ in penalties] == sorted(number for number, _ in penalties)
        if len(penalties) == 2:
            assert penalties[1][1] == penalties[0][1] * 95 // 100


def test_only_settled_rounds_are_slashed(trained):
    """R20: what is not decided yet cannot be penalised."""
    with reverts_with("WrongRound", 0, 1):
        trained.task.slash(1, trained.members, {"from": trained.creator})


def test_penalty_is_of_the_stake_as_of_the_draw(drawn):
    """R19, R4: what was topped up since then is out of reach of that round's penalty."""
    absent = drawn.proposers[0]
    drawn.top_up(absent, 90 * STAR)
    drawn.train(absent=(absent,))
    drawn.vote_alike()
    drawn.settle()
    (event,) = _slash(drawn, 1, [absent])
    assert event["amount"] == STAR // 2 and drawn.view(absent).stake == 99.5 * STAR


def test_member_below_the_minimum_is_not_drawn_again(bench):
    """R5: a member whose stake falls below `minStake` is not drawn again."""
    play = bench.make_task(members=5, absentBps=9_001, minParticipants=4)
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    play.settle()
    play.task.slash(1, [absent], {"from": play.creator})
    assert not play.view(absent).isMember
    play.play_round()  # its membership was fixed before the slash
    play.draw()
    assert play.view().drawnCount == 4 and play.lens.roleOf(play.task, absent, 3) == 0


def test_nobody_acts_with_stake_that_it_has_lost(play):
    """R15, R20: the first act after a fault applies the penalty before it weighs, and nobody gets a share of it."""
    play.draw()
    late = play.proposers[0]
    play.train(absent=(late,))
    play.vote_alike()
    play.settle()
    pool = play.pool()
    play.draw()
    if late in play.proposers:
        events = play.submit(late).events
        weight = events["UpdateSubmitted"]["weight"]
    else:
        play.train()
        play.commit(late)
        play.sleep(1_000)
        events = play.reveal(late).events
        weight = events["VoteRevealed"]["weight"]
    (penalty,) = events["Slashed"]
    assert (penalty["round"], penalty["account"], penalty["amount"], penalty["slasherShare"]) == (1, late, STAR // 2, 0)
    assert weight == 9.5 * STAR == play.view(late).stake and play.pool() == pool + STAR // 2
    with reverts_with("Nothing"):
        play.task.slash(1, [late], {"from": play.creator})


def test_absence_is_forgiven_after_six_rounds(bench):
    """R6, R10: absence can be told for six rounds; an act for ever."""
    play = bench.make_task(members=5, rounds=20, proposers=1, voters=1)
    play.draw()
    absent = play.proposers[0]
    play.sleep(1_000)
    play.settle()
    play.task.leaveTask({"from": absent})
    play.join(bench.people[10])
    for _ in range(5):
        play.draw()
        play.sleep(1_000)
        play.settle()
    play.task.slash.call(1, [absent], {"from": play.creator})
    play.draw()
    play.sleep(1_000)
    play.settle()
    with reverts_with("Nothing"):
        play.task.slash(1, [absent], {"from": play.creator})


def test_losses_never_exceed_the_stake(bench):
    """I7: with every penalty at its highest, a participant loses its stake and no more."""
    play = bench.make_task(members=3, absentBps=10_000)
    for _ in range(3):
        play.draw()
        play.sleep(1_000)
        play.settle()
    events = [event for number in (1, 2, 3) for event in _try_slash(play, number)]
    lost = {member: sum(event["amount"] for event in events if event["account"] == member) for member in play.members}
    assert [play.view(member).stake for member in play.members] == [10 * STAR - lost[member] for member in play.members]
    assert set(lost.values()) <= {0, 10 * STAR} and 10 * STAR in lost.values()
    once = [(event["account"], event["round"]) for event in events]
    assert len(once) == len(set(once))


def _try_slash(play, number):
    try:
        return _slash(play, number, play.members)
    except Exception as error:
        assert "Nothing" in str(error)
        return []
