"""Section 7, the verdicts: a majority decides, each is judged alone, and nobody gains what another loses."""

import pytest

from orchestrator.protocol.types import Outcome, Phase
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR
from tests.contracts.errors import reverts_with

OLD = "0x" + "02" * 32


def _task(bench, stakes, **changes):
    """These stakes, in this order; the anchor is fixed with the last."""
    settings = dict(pool=100 * STAR, minParticipants=len(stakes), proposers=1, rounds=10, faultBps=50, condemnedBps=500)
    play = bench.make_task(**settings | changes)
    for account, stake in zip(bench.people[1:], stakes, strict=False):
        play.give(account, stake * STAR)
        play._do(account, play.task, "join", stake * STAR, [])
        play.members.append(account)
    return play


def _end(play, votes, hidden=()):
    """How the round ends with these votes, and what each member then has more than before, all dues applied; then undone."""
    mark = wire.mark()
    before = {member: _wealth(play, member) for member in play.members}
    play.vote(votes, hidden)
    if play.phase != Phase.SETTLING:
        play.sleep(play.settings["revealWindow"])
    told = dict(play.settle().events["RoundSettled"])
    wire.send(play.creator, play.task, "slash", told["round"], play.members)
    gains = {member: _wealth(play, member) - before[member] for member in play.members}
    wire.rewind(mark)
    return told, gains


def _wealth(play, member):
    number, view = play.view().round - 1, play.view(member)
    due = play.lens.dues(play.task, number, [member])[0] if number else (0, 0, 0, 0)
    return view.stake + view.rewards - due[1] + due[3]


def test_plurality_that_was_split_on_purpose_names_no_model(bench):
    """R16, D19, section 7: two proposers serve their updates to different voters; a voter with a fifth of the weight and a bit
    has the most of five digests, and decides nothing; nobody pays."""
    play = _task(bench, [10, 10, 25, 20, 20, 20, 20], proposers=2)
    attacker, honest = play.members[2], play.members[3:]
    play.draw_with(proposing=tuple(play.members[:2]))
    play.train()
    digests = [bytes([0x30 + number]) * 32 for number in range(4)]
    told, gains = _end(play, {attacker: (BAD, 1)} | {who: (digest, 1) for who, digest in zip(honest, digests, strict=True)})
    assert (told["outcome"], told["winner"], told["reward"]) == (Outcome.VOID, "0x" + "00" * 32, 0)
    assert set(gains.values()) == {0} and play.task.globalModel() == OLD


def test_rejecting_pays_no_more_than_accepting(bench):
    """R18, D20, section 7: "all say −1 and compute nothing" paid n / (n − P) times as much."""
    play = _task(bench, [10] * 5, proposers=2)
    play.draw()
    play.train()
    (_, accepting), (_, rejecting) = (_end(play, dict.fromkeys(play.voters, (GOOD, score))) for score in (1, -1))
    for voter in play.voters:
        assert accepting[voter] == rejecting[voter] == 2 * STAR
    assert all(rejecting[proposer] == 0 for proposer in play.proposers)


def test_poison_and_vote_no_pays_less_than_honest_work(bench):
    """R17a, R18, R19, D18, section 7: a small poisoner with a large voter of its own has the round rejected: the two get less
    than for an honest round, and the honest proposer beside it loses nothing but this round's pay."""
    play = _task(bench, [2, 10, 60, 10, 10, 10], proposers=2, minParticipants=6)
    poisoner, beside, own, *others = play.members
    play.draw_with(proposing=(poisoner, beside))
    play.train()
    bit = play.bits(poisoner)
    _, honest = _end(play, dict.fromkeys(play.voters, (GOOD, 1)))
    told, attack = _end(play, {own: (GOOD, -1)} | dict.fromkeys(others, (GOOD, 1, bit)))
    assert told["outcome"] == Outcome.REJECTED
    assert attack[poisoner] + attack[own] < honest[poisoner] + honest[own]
    assert attack[beside] == 0
    assert all(attack[other] == -STAR // 20 for other in others)


@pytest.mark.parametrize("vote", [(BAD, 1), (GOOD, -1)])
def test_reveal_that_would_lose_is_not_better_hidden(bench, vote):
    """R19, D3, section 7: who sees that it loses keeps still for the same price."""
    play = _task(bench, [10] * 6)
    play.draw()
    play.train()
    loser, *others = play.voters
    votes = {loser: vote} | dict.fromkeys(others, (GOOD, 1))
    (_, shown), (_, hidden) = _end(play, votes), _end(play, votes, hidden=(loser,))
    assert shown[loser] == hidden[loser] == -STAR // 20


def test_majority_cannot_confiscate_by_divergence(bench):
    """R19, D3, section 7: a 51 % majority names a digest that nobody can make, round after round. It spoils the task; in three
    rounds it took seven eighths of the others' stakes; now that is three and a half in a hundred, and it gets none of it."""
    play = _task(bench, [70, 10, 10, 10, 10, 10], rounds=30)
    majority, victims = play.members[0], play.members[1:]
    rounds = 0
    while rounds < 3:
        play.draw()
        play.train()
        voters = play.voters
        if majority in voters:
            rounds += 1
            play.vote({voter: (BAD if voter == majority else GOOD, 1) for voter in voters})
        else:
            play.sleep(2_000)
        play.settle()
    wire.send(play.creator, play.task, "slash", play.view().round - 1, play.members)
    for victim in victims:
        assert play.view(victim).stake >= 10 * STAR * 9_650 // 10_000
    assert play.view(majority).stake <= 70 * STAR


def test_no_jury_of_one(bench):
    """R1, R9, section 7: a task in which one voter decides is refused, and none becomes one."""
    for changes in (dict(minParticipants=4, proposers=3), dict(voters=1), dict(voters=2), dict(minParticipants=3, proposers=1)):
        with reverts_with("InvalidParameter"):
            bench.manager.createTask.call(bench.parameters(**changes), {"from": bench.people[0]})
    play = _task(bench, [10] * 9, proposers=4)
    for leaver in play.members[4:]:
        play._do(leaver, play.task, "leaveTask")
    play.play_round()
    play.draw()
    assert (play.view().proposers, play.view().voters) == (1, 3)


def test_creator_gains_nothing_by_voiding_the_end(bench):
    """R19a, D22, section 7: puppets that keep still voided the last rounds, and what was left went home with the creator."""
    play = _task(bench, [10] * 6, rounds=3, pool=90 * STAR, quorumBps=10_000)
    for _ in range(2):
        play.play_round()
    play.draw()
    play.train()
    puppet = play.voters[0]
    play.vote({voter: (GOOD, 1) for voter in play.voters if voter != puppet})
    assert play.settle().events["RoundSettled"]["outcome"] == Outcome.VOID and play.phase == Phase.DRAWING
    with reverts_with("WrongState", Phase.DRAWING):
        play.task.refund({"from": play.creator})
    assert play.play_round().events["RoundSettled"]["reward"] >= 30 * STAR
    assert play.phase == Phase.COMPLETED and play.pool() == 0


def test_creator_gains_nothing_by_starving_the_end(bench):
    """R1, section 7: with one puppet's leaving the task had too few members, stood still and was closed."""
    play = _task(bench, [10] * 6, rounds=3, pool=90 * STAR)
    play.play_round()
    for puppet in play.members[:2]:
        play._do(puppet, play.task, "leaveTask")
    for _ in range(2):
        play.play_round()
    assert play.phase == Phase.COMPLETED and play.pool() == 0


def test_withheld_update_is_paid_for_by_who_withheld_it(bench):
    """R14, R17a, R19, section 7: a bit of each voter says so, and the others' round goes on."""
    play = _task(bench, [10] * 6, proposers=2)
    play.draw()
    play.train()
    withholder, honest = play.proposers
    told, gains = _end(play, dict.fromkeys(play.voters, (GOOD, 1, play.bits(withholder))))
    assert told["outcome"] == Outcome.ACCEPTED and gains[withholder] == -STAR // 2
    assert {gains[member] for member in play.members if member != withholder} == {100 * STAR // 60}
    assert honest in gains


def test_serving_just_enough_voters_gains_nothing(bench):
    """R18, R19, D20, section 7: who was served got the share of the voter that was not; now it gets its own, and the other
    loses half a per cent."""
    play = _task(bench, [10] * 6)
    play.draw()
    play.train()
    left_out, *served = play.voters
    _, honest = _end(play, dict.fromkeys(play.voters, (GOOD, 1)))
    _, attack = _end(play, {left_out: (BAD, 1)} | dict.fromkeys(served, (GOOD, 1)))
    assert all(attack[member] == honest[member] for member in (*served, *play.proposers))
    assert attack[left_out] == -STAR // 20


def test_all_resubmitting_the_global_model_are_condemned_and_not_paid(bench):
    """R17a, R18, section 7: idle updates, which public arithmetic tells: each is condemned by its own bit, and judging pays the
    voters what it always pays."""
    play = _task(bench, [10] * 7, proposers=3)
    play.draw()
    for proposer in play.proposers:
        play.submit(proposer, bytes.fromhex(OLD[2:]))
    told, gains = _end(play, dict.fromkeys(play.voters, (bytes.fromhex(OLD[2:]), 1, 0b111)))
    assert told["condemned"] == 0b111
    assert {gains[proposer] for proposer in play.proposers} == {-STAR // 2}
    assert {gains[voter] for voter in play.voters} == {100 * STAR // 70}


def test_seats_are_as_dear_as_weight_where_stakes_are_capped(bench):
    """R5, section 7: many small stakes held most seats. Where the most that one may stake is the least, a seat costs what its
    weight costs, however it is split, and nobody is heavier."""
    play = _task(bench, [1] * 9, proposers=4, maxStake=STAR)
    whale = bench.people[10]
    with reverts_with("StakeTooLarge", STAR, 30 * STAR):
        play.join(whale, 30 * STAR)
    with reverts_with("StakeTooLarge", STAR, STAR + 1):
        play.top_up(play.members[0], 1)
    play.draw()
    play.train()
    _, gains = _end(play, dict.fromkeys(play.voters, (GOOD, 1)))
    assert len(set(gains.values())) == 1


def test_stake_that_comes_for_the_last_rounds_finds_no_more_in_them(bench):
    """R18, R19a, section 7: void rounds left more and more to the last ones; now each decided round pays an even part."""
    play = _task(bench, [10] * 5, rounds=4, pool=100 * STAR, faultBps=0)
    for _ in range(3):
        play.draw()
        play.sleep(1_000)
        play.settle()
    rewards = []
    for _ in range(4):
        rewards.append(play.play_round().events["RoundSettled"]["reward"])
    assert rewards == [25 * STAR] * 4


def test_who_reports_itself_with_a_second_account_still_pays_nine_tenths(bench):
    """R20, section 7: with one's own account there is no share; with another there is, at the most the slasher's."""
    play = _task(bench, [10] * 6)
    play.draw()
    absent = play.proposers[0]
    play.sleep(1_000)
    play.settle()
    second = next(member for member in play.members if member != absent)
    for reporter, back in ((absent, 0), (second, STAR // 20 // 10)):
        mark = wire.mark()
        play._do(reporter, play.task, "slash", 1, [absent])
        assert play.view(reporter).rewards == back and play.view(absent).stake == 10 * STAR - STAR // 20
        wire.rewind(mark)


def test_topping_up_a_wei_before_a_slash_saves_nothing(bench):
    """R20, section 7: what is due is taken in full, and the slasher's share of it goes to the pool."""
    play = _task(bench, [10] * 6)
    play.draw()
    absent = play.proposers[0]
    play.sleep(1_000)
    play.settle()
    pool = play.pool()
    play.top_up(absent, 1)
    view = play.view(absent)
    assert view.stake + view.toppedUp == 10 * STAR - STAR // 20 + 1 and play.pool() == pool + STAR // 20
    with reverts_with("Nothing"):
        play.task.slash(1, [absent], {"from": play.creator})


def test_liars_in_the_minority_pay_more_each_time_and_honest_voters_do_not(bench):
    """R19, D3: 0.5, 1, 2 per cent: who always inverts is soon out, who was wrong once has paid a two-hundredth."""
    play = _task(bench, [10] * 6, rounds=40, floorBps=10_000, minStake=9 * STAR)
    liar, rounds = play.members[0], 0
    while play.view(liar).isMember and rounds < 20:
        rounds += 1
        play.draw()
        play.train()
        voters = play.voters
        play.vote({voter: (GOOD, -1 if voter == liar else 1) for voter in voters})
        play.settle()
        wire.send(play.creator, play.task, "slash", play.view().round - 1, [liar])
    assert not play.view(liar).isMember and rounds < 20
    assert {play.view(member).stake for member in play.members[1:]} == {10 * STAR}


def test_condemned_is_told_at_the_end_and_not_when_reveals_begin(bench):
    """R17a: whoever reveals first condemns nobody by that; more than half of all that is revealed does."""
    play = _task(bench, [10] * 6)
    play.draw()
    play.train()
    bit = play.bits(*play.proposers)
    for order in (play.voters, play.voters[::-1]):
        votes = {voter: (GOOD, 1, bit * (voter in play.voters[:2])) for voter in order}
        told, gains = _end(play, votes)
        assert told["condemned"] == 0 and gains[play.proposers[0]] == 100 * STAR // 60
