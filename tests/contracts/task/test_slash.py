"""Penalties (R5, R19, R20, I7, D3, D13)."""

import pytest

from orchestrator.protocol.types import Outcome, Phase, Role
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR
from tests.contracts.errors import reverts_with
from tests.contracts.model import Fault


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


@pytest.mark.parametrize("third, fault", [(None, Fault.ABSENT), ((BAD, 1), Fault.DIVERGENT), ((GOOD, -1), Fault.MINORITY)])
def test_all_that_a_voter_can_do_wrong_costs_the_same(trained, decided, third, fault):
    """R19, D3: absent, divergent, minority: `faultBps` of the stake as of the draw, or the dearer would be avoided."""
    guilty = decided(third)
    penalty = STAR // 2
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


@pytest.mark.parametrize("score", [1, -1])
def test_condemned_proposer_is_penalised_and_the_one_beside_it_is_not(trained, score):
    """R17a, R19, D18: one verdict each, whatever becomes of the round."""
    liar, honest = trained.proposers
    trained.vote_alike(score=score, against=trained.bits(liar))
    told = trained.settle().events["RoundSettled"]
    (event,) = _slash(trained, 1, trained.members)
    assert (event["account"], event["fault"], event["amount"]) == (liar, Fault.CONDEMNED, 2 * STAR)
    assert told["condemned"] == trained.lens.resultOf(trained.task, 1).dict()["condemned"] == 1 << _rank(trained, 1, liar)
    assert trained.view(honest).stake == 10 * STAR


def _rank(play, number, account):
    """As the update's event told it."""
    return wire.events(play.task, "UpdateSubmitted", round=number, proposer=account)[0]["rank"]


def test_proposers_of_a_rejected_round_are_not_penalised(trained):
    """R19: who is not condemned is never penalised for what others did."""
    trained.vote_alike(score=-1)
    trained.settle()
    with reverts_with("Nothing"):
        trained.task.slash(1, trained.members, {"from": trained.creator})


@pytest.mark.parametrize("accusers, is_condemned", [(1, False), (2, True), (3, True)])
def test_more_than_half_of_the_revealed_weight_condemns(trained, accusers, is_condemned):
    """R17a: two of three alike voters are more than half, one is not."""
    accused = trained.proposers[0]
    bit = trained.bits(accused)
    trained.vote({voter: (GOOD, 1, bit * (index < accusers)) for index, voter in enumerate(trained.voters)})
    assert bool(trained.settle().events["RoundSettled"]["condemned"]) == is_condemned


def test_exactly_half_condemns_nobody(trained):
    """R17a: more than half of what is revealed, hidden votes count for nothing."""
    accused, (first, second, _) = trained.proposers[0], trained.voters
    trained.vote({first: (GOOD, 1, trained.bits(accused)), second: (GOOD, 1)})
    trained.sleep(1_000)
    assert trained.settle().events["RoundSettled"]["condemned"] == 0


def test_stake_condemns_and_not_heads(bench):
    """R17a, D2: one voter of 50 STAR against four of 10; and what is rounded is the accused's."""
    play = bench.make_task(proposers=1, minParticipants=6)
    for account, stake in zip(bench.people[1:7], (50, 10, 10, 10, 10, 10), strict=True):
        play.join(account, stake * STAR)
    play.draw_with(voting=(bench.people[1],))
    play.train()
    bit = play.bits(*play.proposers)
    play.vote({voter: (GOOD, 1, bit * (voter == bench.people[1])) for voter in play.voters})
    assert play.settle().events["RoundSettled"]["condemned"] == bit


def test_void_round_penalises_only_absence_and_condemnation(trained):
    """R19, R17a: no digest with more than half; who diverged or lost is not penalised, the condemned is, the absent is."""
    absent, liar = trained.voters[2], trained.proposers[0]
    bit = trained.bits(liar)
    trained.vote(dict(zip(trained.voters, [(GOOD, 1, bit), (BAD, -1, bit)], strict=False)))
    trained.sleep(1_000)
    assert trained.settle().events["RoundSettled"]["outcome"] == Outcome.VOID
    faults = {event["account"]: event["fault"] for event in _slash(trained, 1, trained.members)}
    assert faults == {absent: Fault.ABSENT, liar: Fault.CONDEMNED}


def test_round_without_quorum_condemns_nobody(bench):
    """R17a: one of three voters is no jury."""
    play = bench.make_task(members=5, quorumBps=6_000)
    play.draw()
    play.train()
    play.vote({play.voters[0]: (GOOD, 1, play.bits(*play.proposers))})
    play.sleep(1_000)
    assert play.settle().events["RoundSettled"]["condemned"] == 0


def test_penalty_doubles_with_every_fault_in_a_row(bench):
    """R19: 0.5 % of what is left, 1 %, 2 %, … up to 64 %, and then the same for ever."""
    play = bench.make_task(pool=100 * STAR, members=4, rounds=100, faultBps=50, floorBps=0, voters=3)
    lazy, stake, strikes = play.members[0], 10 * STAR, {Role.PROPOSER: 0, Role.VOTER: 0}
    for number in range(1, 16):
        play.draw()
        role = play.view(lazy).role
        play.train(absent=(lazy,) if role == Role.PROPOSER else ())
        if play.phase != Phase.SETTLING:
            play.vote({voter: (GOOD, 1) for voter in play.voters if voter != lazy})
            if play.phase != Phase.SETTLING:
                play.sleep(1_000)
        outcome = play.settle().events["RoundSettled"]["outcome"]
        (event,) = _slash(play, number, [lazy])
        assert event["amount"] == stake * min(10_000, 50 * 2 ** strikes[role]) // 10_000
        stake -= event["amount"]
        strikes[role] = min(7, strikes[role] + (outcome != Outcome.VOID))
    assert strikes[Role.VOTER] == 7 and play.view(lazy).stake == stake


def test_duty_well_done_begins_the_row_anew(bench):
    """R19: in the same role, and in a round that was decided; the other role has a row of its own."""
    play = bench.make_task(members=5, rounds=60, faultBps=100)
    who, seen = play.members[0], []
    strikes = {Role.PROPOSER: 0, Role.VOTER: 0}
    for is_absent in (True, True, False, True, True, False, True):
        play.draw()
        role, stake = play.view(who).role, play.view(who).stake
        play.train(absent=(who,) if is_absent and role == Role.PROPOSER else ())
        play.vote({voter: (GOOD, 1) for voter in play.voters if voter != who or not is_absent})
        if play.phase != Phase.SETTLING:
            play.sleep(1_000)
        play.settle()
        number = play.view().round - 1
        if is_absent:
            (event,) = _slash(play, number, [who])
            seen.append(event["amount"])
            assert event["amount"] == stake * 100 * 2 ** strikes[role] // 10_000
            strikes[role] += 1
        else:
            play.task.claim(who, who, {"from": who})
            strikes[role] = 0
    assert len(seen) == 5


def test_void_round_neither_adds_nor_clears_a_strike(bench):
    """R19: absent in void rounds costs so many times the first penalty, not the first and the second."""
    play = bench.make_task(members=4, rounds=20, faultBps=100, voters=3)
    for number in (1, 2, 3):
        play.draw()
        absent = play.proposers[0]
        play.sleep(1_000)
        play.settle()
        stake = play.view(absent).stake
        (event,) = _slash(play, number, [absent])
        assert event["amount"] == stake // 100


def test_idle_member_has_nothing_to_be_penalised_for(bench):
    """R19: only who was drawn can be absent."""
    play = bench.make_task(members=5, proposers=1, voters=3)
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
    trained.task.claim(stranger, stranger, {"from": stranger})
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


@pytest.mark.parametrize("stake, is_out", [(STAR - 1, True), (STAR, False)])
def test_floor_is_a_part_of_the_least_stake(bench, stake, is_out):
    """R5: by default half of it: who stakes just the minimum survives a first fault."""
    play = bench.make_task(minParticipants=5, faultBps=5_000, minStake=STAR - 1 if is_out else STAR)
    for account in bench.people[1:6]:
        play.join(account, stake)
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    play.settle()
    play.task.slash(1, [absent], {"from": play.creator})
    assert play.view(absent).stake == stake - stake // 2
    assert play.view(absent).isMember


def test_who_has_nothing_left_is_out_even_without_a_floor(bench):
    """R5: `floorBps` 0 keeps whoever has a wei, and nobody who has none."""
    play = bench.make_task(members=5, faultBps=10_000, floorBps=0)
    play.draw()
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    play.settle()
    play.task.slash(1, [absent], {"from": play.creator})
    assert (play.view(absent).stake, play.view(absent).isMember) == (0, False)


def test_member_below_the_floor_is_not_drawn_again(bench):
    """R5: a member whose stake falls below `floorBps` of `minStake` is not drawn again."""
    play = bench.make_task(members=5, faultBps=9_501)
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
    play = bench.make_task(members=5, rounds=20, proposers=1, voters=3)
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
    play = bench.make_task(members=5, faultBps=10_000)
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
