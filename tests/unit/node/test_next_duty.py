"""What a node does next, as a table over phases, roles and notes (section 5, "Node")."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.protocol.duties import (
    CommitVote,
    Draw,
    Judge,
    Leave,
    Policy,
    Publish,
    RevealVote,
    Settle,
    SlashOthers,
    Stop,
    SubmitUpdate,
    Train,
    Wait,
    Withdraw,
    next_duty,
    see,
)
from orchestrator.protocol.types import Ballot, Notes, Phase, Role, RoundView, Update, identify_round, identify_updates

BALLOT = Ballot(b"\x02" * 32, 1, 0, 5, 4)
MODEL = b"\x01" * 32
BASE = RoundView(
    block_number=50,
    timestamp=1000,
    phase=Phase.TRAINING,
    round=1,
    rounds=5,
    member_count=8,
    drawn_count=8,
    anchor=40,
    train_end=1100,
    commit_end=1200,
    reveal_end=1300,
    global_model=MODEL,
    is_member=True,
    is_in_draw=True,
    stake=100,
)
UPDATES = (Update("0xa", 100, b"\x0a" * 32, 0), Update("0xb", 100, b"\x0b" * 32, 1))
COMMITTED = b"\x07" * 30 + b"\0\0"
OVER = dict(phase=Phase.COMPLETED, round=6, can_withdraw=True, stake=0)

TABLE = [
    ("a proposer trains", dict(role=Role.PROPOSER), {}, Train(1, MODEL)),
    ("a proposer with an update submits it", dict(role=Role.PROPOSER), dict(update=b"u"), SubmitUpdate(1, b"u")),
    ("a proposer that submitted waits", dict(role=Role.PROPOSER, has_submitted=True), {}, Wait("training, proposer", 1100)),
    ("a voter waits while others train", dict(role=Role.VOTER), {}, Wait("training, voter", 1100)),
    ("a voter judges", dict(phase=Phase.COMMITTING, role=Role.VOTER), {}, Judge(1, 1200)),
    (
        "a voter with a ballot commits",
        dict(phase=Phase.COMMITTING, role=Role.VOTER),
        dict(ballot=BALLOT),
        CommitVote(1, BALLOT),
    ),
    (
        "a voter that committed waits",
        dict(phase=Phase.COMMITTING, role=Role.VOTER, commitment=COMMITTED),
        dict(ballot=BALLOT),
        Wait("committing, voter", 1200),
    ),
    (
        "a proposer waits while others vote",
        dict(phase=Phase.COMMITTING, role=Role.PROPOSER),
        {},
        Wait("committing, proposer", 1200),
    ),
    (
        "a voter reveals",
        dict(phase=Phase.REVEALING, role=Role.VOTER, commitment=COMMITTED),
        dict(ballot=BALLOT),
        RevealVote(1, BALLOT),
    ),
    (
        "a voter that lost its notes judges again to reveal",
        dict(phase=Phase.REVEALING, role=Role.VOTER, commitment=COMMITTED),
        {},
        Judge(1, 1300),
    ),
    (
        "a voter that did not commit has nothing to reveal",
        dict(phase=Phase.REVEALING, role=Role.VOTER),
        dict(ballot=BALLOT),
        Wait,
    ),
    (
        "a voter that revealed waits",
        dict(phase=Phase.REVEALING, role=Role.VOTER, commitment=COMMITTED, has_revealed=True),
        dict(ballot=BALLOT),
        Wait,
    ),
    (
        "a voter that cannot reveal any more waits",
        dict(phase=Phase.REVEALING, role=Role.VOTER, commitment=COMMITTED),
        dict(ballot=BALLOT, is_given_up=True),
        Wait,
    ),
    ("who has nothing left at stake does not try", dict(role=Role.PROPOSER, stake=0), {}, Wait("training, proposer", 1100)),
    ("who is idle waits", dict(role=Role.NONE), {}, Wait("training, none", 1100)),
    ("the first in turn settles", dict(phase=Phase.SETTLING, rank=0), {}, Settle(1)),
    ("the second in turn lets the first settle", dict(phase=Phase.SETTLING, rank=1), {}, Wait("settling, none", 1012)),
    ("the second settles when the first does not", dict(phase=Phase.SETTLING, rank=1, timestamp=1012), {}, Settle(1)),
    ("the first in turn draws", dict(phase=Phase.DRAWING, position=0), {}, Draw(1)),
    ("nobody draws before there is an anchor", dict(phase=Phase.DRAWING, anchor=0), {}, Wait("drawing, none")),
    ("nobody draws before the anchor's block", dict(phase=Phase.DRAWING, anchor=56), {}, Wait("drawing, none", block=56)),
    ("the draw is sent when the anchor's block is the latest", dict(phase=Phase.DRAWING, block_number=40), {}, Draw(1)),
    (
        "turns to draw begin with the anchor's block, not with the phase",
        dict(phase=Phase.DRAWING, block_number=40, position=1, timestamp=1100),
        {},
        Wait("drawing, none", block=52),
    ),
    (
        "the second draws when the first does not",
        dict(phase=Phase.DRAWING, block_number=46, position=1),
        dict(block_seconds=2.0),
        Draw(1),
    ),
    (
        "a turn lasts three blocks where these are slow",
        dict(phase=Phase.DRAWING, block_number=42, position=1),
        dict(block_seconds=12.0),
        Wait("drawing, none", block=43),
    ),
    (
        "and three blocks later it is the next one's",
        dict(phase=Phase.DRAWING, block_number=43, position=1),
        dict(block_seconds=12.0),
        Draw(1),
    ),
    (
        "settling, too, waits three slow blocks",
        dict(phase=Phase.SETTLING, rank=1, timestamp=1035),
        dict(block_seconds=12.0),
        Wait("settling, none", 1036),
    ),
    ("until they are over", dict(phase=Phase.SETTLING, rank=1, timestamp=1036), dict(block_seconds=12.0), Settle(1)),
    (
        "nothing is published while others train",
        dict(role=Role.PROPOSER, has_submitted=True),
        dict(drafts=(b"u",)),
        Wait("training, proposer", 1100),
    ),
    (
        "an update is published when Training is over",
        dict(phase=Phase.COMMITTING, role=Role.PROPOSER, has_submitted=True),
        dict(drafts=(b"u", b"v")),
        Publish(1, b"u"),
    ),
    (
        "also by who lost its notes",
        dict(phase=Phase.REVEALING, role=Role.PROPOSER, has_submitted=True, rank=1, updates=UPDATES),
        {},
        Publish(1, b"\x0b" * 32),
    ),
    (
        "but once",
        dict(phase=Phase.COMMITTING, role=Role.PROPOSER, has_submitted=True, rank=1, updates=UPDATES),
        dict(has_published=True),
        Wait("committing, proposer", 1200),
    ),
    (
        "who submitted nothing publishes nothing",
        dict(phase=Phase.COMMITTING, role=Role.PROPOSER, rank=1, updates=UPDATES),
        {},
        Wait("committing, proposer", 1200),
    ),
    (
        "no aggregate is published before the vote on it is hidden",
        dict(phase=Phase.COMMITTING, role=Role.VOTER),
        dict(drafts=(b"a",)),
        Judge(1, 1200),
    ),
    (
        "nor by a voter that gave up",
        dict(phase=Phase.COMMITTING, role=Role.VOTER),
        dict(drafts=(b"a",), is_given_up=True),
        Wait("committing, voter", 1200),
    ),
    (
        "but then",
        dict(phase=Phase.COMMITTING, role=Role.VOTER, commitment=COMMITTED),
        dict(drafts=(b"a",), ballot=BALLOT),
        Publish(1, b"a"),
    ),
    (
        "revealing goes before publishing",
        dict(phase=Phase.REVEALING, role=Role.VOTER, commitment=COMMITTED),
        dict(drafts=(b"a",), ballot=BALLOT),
        RevealVote(1, BALLOT),
    ),
    ("publishing goes before settling", dict(phase=Phase.SETTLING, rank=0), dict(drafts=(b"a",)), Publish(1, b"a")),
    (
        "what was not published in its round is in a later one, or at the end",
        dict(phase=Phase.COMPLETED, round=6, can_withdraw=True),
        dict(drafts=(b"a",), slashed_round=5),
        Publish(6, b"a"),
    ),
    ("who gets no model waits", dict(round=6), dict(unusable_since=4, slashed_round=5), Wait),
    ("and leaves after three rounds", dict(round=7), dict(unusable_since=4, slashed_round=6), Leave(7)),
    ("once", dict(round=7, is_member=False), dict(unusable_since=4, slashed_round=6), Wait),
    (
        "duties go before leaving",
        dict(round=7, role=Role.PROPOSER),
        dict(unusable_since=4, slashed_round=6),
        Train(7, MODEL),
    ),
    (
        "turns to draw move on with the anchor",
        dict(phase=Phase.DRAWING, anchor=41),
        {},
        Wait("drawing, none", block=53),
    ),
    ("so that who comes last is first with another", dict(phase=Phase.DRAWING, anchor=41, position=7), {}, Draw(1)),
    (
        "of many nobody waits for more than eight",
        dict(phase=Phase.SETTLING, drawn_count=20, rank=12, timestamp=1096),
        {},
        Settle(1),
    ),
    (
        "but for eight",
        dict(phase=Phase.SETTLING, drawn_count=20, rank=12, timestamp=1095),
        {},
        Wait("settling, none", 1096),
    ),
    ("outsiders draw last", dict(phase=Phase.DRAWING, is_in_draw=False), {}, Wait("drawing, none", block=136)),
    ("who has nothing else to do slashes", dict(round=3, position=6), dict(slashed_round=1), SlashOthers(2)),
    (
        "those in the draw take turns, not all members",
        dict(round=3, position=3, drawn_count=5),
        dict(slashed_round=1),
        SlashOthers(2),
    ),
    ("a duty goes before slashing", dict(round=3, position=6, role=Role.PROPOSER), dict(slashed_round=1), Train(3, MODEL)),
    ("a round is looked at once", dict(round=3, position=6), dict(slashed_round=2), Wait),
    ("rounds too old to tell are left alone", dict(round=20, position=2), {}, SlashOthers(14)),
    ("enrolling: wait", dict(phase=Phase.ENROLLING, anchor=0, drawn_count=0, is_in_draw=False), {}, Wait("enrolling, none")),
    (
        "over: slash first",
        dict(phase=Phase.COMPLETED, round=6, drawn_count=0, is_in_draw=False, position=4, timestamp=1012, can_withdraw=True),
        dict(slashed_round=4),
        SlashOthers(5),
    ),
    (
        "over: nobody goes before its turn to slash",
        dict(phase=Phase.COMPLETED, round=6, drawn_count=0, is_in_draw=False, position=4, can_withdraw=True),
        dict(slashed_round=4),
        Wait("a turn to slash", 1012),
    ),
    (
        "over: two look who owes a penalty, and nobody else waits for a turn",
        dict(phase=Phase.COMPLETED, round=6, drawn_count=0, is_in_draw=False, position=5, timestamp=2000, can_withdraw=True),
        dict(slashed_round=4),
        Withdraw(),
    ),
    ("outsiders slash nobody", dict(round=3, position=6, is_in_draw=False, timestamp=1100), dict(slashed_round=1), Wait),
    (
        "who may go at a known time waits for that",
        dict(phase=Phase.COMPLETED, round=6, is_in_draw=False, exit_at=1500),
        dict(slashed_round=5),
        Wait("the exit delay", 1500),
    ),
    (
        "over: the members take turns",
        dict(phase=Phase.COMPLETED, round=6, drawn_count=0, is_in_draw=False, position=3),
        dict(slashed_round=4),
        SlashOthers(5),
    ),
    (
        "over: withdraw",
        dict(phase=Phase.COMPLETED, round=6, is_in_draw=False, can_withdraw=True),
        dict(slashed_round=5),
        Withdraw(),
    ),
    (
        "over, too early: wait",
        dict(phase=Phase.COMPLETED, round=6, is_in_draw=False),
        dict(slashed_round=5),
        Wait("the exit delay"),
    ),
    (
        "over and withdrawn: stop",
        dict(phase=Phase.COMPLETED, round=6, stake=0),
        dict(slashed_round=5),
        Stop("the task is over"),
    ),
    ("what is not at stake yet is withdrawn too", OVER | dict(topped_up=1), dict(slashed_round=5), Withdraw()),
    ("and what was earned", OVER | dict(rewards=1), dict(slashed_round=5), Withdraw()),
    ("closed: withdraw", dict(phase=Phase.CLOSED, can_withdraw=True), {}, Withdraw()),
    ("closed: nothing is left to slash", dict(phase=Phase.CLOSED, round=3, can_withdraw=True), {}, Withdraw()),
    (
        "slashed out of the list: withdraw",
        dict(phase=Phase.TRAINING, is_member=False, is_in_draw=False, can_withdraw=True),
        {},
        Withdraw(),
    ),
    (
        "never staked: stop",
        dict(phase=Phase.TRAINING, is_member=False, is_in_draw=False, stake=0),
        {},
        Stop("this account is not a member of the task: stake first"),
    ),
    (
        "who left still does its duty",
        dict(phase=Phase.COMMITTING, is_member=False, role=Role.VOTER),
        {},
        Judge(1, 1200),
    ),
    (
        "and does not go before the round is over",
        dict(phase=Phase.COMMITTING, is_member=False),
        {},
        Wait("committing, none", 1200),
    ),
]


@pytest.mark.parametrize(("view", "notes", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_next_duty_is(view: dict, notes: dict, expected: object) -> None:
    """R8, R11, R13, R14, R16, R20, R6: each act is the duty of whoever may do it, when it may be done."""
    seen = replace(BASE, **view)
    known = Notes(round=seen.round, phase=seen.phase, phase_seen_at=1000, **notes)
    duty = next_duty(seen, known, Policy(turn_seconds=12, leave_after=3))
    assert duty == expected or duty.__class__ is expected


def test_notes_of_another_round_are_dropped() -> None:
    """R14: a ballot of an earlier round is never shown in a later one; what was learnt about models stays, and so does what is
    to be published yet."""
    kept = dict(best_loss=0.5, slashed_round=1, unusable_since=1, drafts=(b"a",), counted_block=49, counted_at=900)
    old = Notes(round=1, update=b"u", ballot=BALLOT, is_given_up=True, has_published=True, block_seconds=3.0, **kept)
    view = replace(BASE, round=2, timestamp=1500)
    expected = dict(round=2, origin=identify_round(view), phase=Phase.TRAINING, phase_seen_at=1500, block_seconds=3.0)
    assert see(old, view) == Notes(**kept, **expected)


@pytest.mark.parametrize("change", [dict(seed=b"\x09" * 32), dict(global_model=b"\x09" * 32)])
def test_what_was_made_in_a_round_that_a_reorganisation_replaced_is_dropped(change: dict) -> None:
    """N9: the number is the same, the round is not."""
    view = replace(BASE, phase=Phase.COMMITTING, role=Role.VOTER, updates=UPDATES)
    made = replace(see(Notes(), view), update=b"u", ballot=BALLOT, ballot_origin=identify_updates(view), is_given_up=True)
    assert see(made, view) == made
    again = see(made, replace(view, **change))
    assert (again.update, again.ballot, again.is_given_up) == (None, None, False)
    assert see(made, replace(view, **change, commitment=COMMITTED)).ballot is None


@pytest.mark.parametrize(
    "updates",
    [
        UPDATES[:1],
        (UPDATES[0], replace(UPDATES[1], digest=b"\x0c" * 32)),
        (UPDATES[0], replace(UPDATES[1], rank=2)),
        (*UPDATES, Update("0xc", 100, b"\x0c" * 32, 2)),
    ],
)
def test_a_ballot_of_other_updates_is_made_anew_unless_it_is_committed(updates: tuple) -> None:
    """N9: a commitment may outlive a reorganisation; the ballot behind it is kept, and compared when it is shown."""
    view = replace(BASE, phase=Phase.COMMITTING, role=Role.VOTER, updates=UPDATES)
    made = replace(see(Notes(), view), ballot=BALLOT, ballot_origin=identify_updates(view))
    assert see(made, replace(view, updates=updates)).ballot is None
    assert see(made, replace(view, updates=updates, commitment=COMMITTED)).ballot == BALLOT
    assert see(made, replace(view, updates=UPDATES[::-1])).ballot == BALLOT


def test_how_fast_blocks_come_is_learnt_from_two_and_then_from_eight() -> None:
    def look(notes: Notes, block: int, time: int) -> Notes:
        return see(notes, replace(BASE, block_number=block, timestamp=time))

    notes = look(Notes(), 100, 1000)
    assert notes.block_seconds == 0 == look(notes, 101, 1002).block_seconds
    notes = look(notes, 102, 1004)
    assert notes.block_seconds == 2.0 == look(notes, 107, 1100).block_seconds
    notes = look(notes, 108, 1024)
    assert (notes.block_seconds, notes.counted_block, notes.counted_at) == (3.0, 108, 1024)
    assert look(notes, 200, 10**6).block_seconds == 60.0


def test_a_chain_that_went_back_is_counted_from_there() -> None:
    notes = replace(see(Notes(), BASE), block_seconds=2.0)
    for block, time in ((BASE.block_number - 1, 990), (BASE.block_number + 9, 990)):
        again = see(notes, replace(BASE, block_number=block, timestamp=time))
        assert (again.block_seconds, again.counted_block, again.counted_at) == (2.0, block, time)


def test_a_phase_begins_when_it_is_first_seen() -> None:
    """R16: turns are counted from when a phase was first seen, not from every look."""
    first = see(Notes(), BASE)
    assert see(first, replace(BASE, timestamp=1050)) == first
    assert see(first, BASE) == first
    assert see(first, replace(BASE, timestamp=1050, phase=Phase.SETTLING)).phase_seen_at == 1050
    assert see(first, replace(BASE, timestamp=1050, seed=b"\x07" * 32)).phase_seen_at == 1050


def test_withdrawing_can_be_left_to_the_participant() -> None:
    """R6: who does not want its node to withdraw says so."""
    view = replace(BASE, phase=Phase.COMPLETED, round=6, can_withdraw=True)
    assert next_duty(view, Notes(slashed_round=5), Policy(withdraws=False)) == Stop("the task is over")
