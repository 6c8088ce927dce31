"""What a node does next, as a table over phases, roles and notes (section 5, "Node")."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.protocol.duties import (
    CommitVote,
    Draw,
    Judge,
    Policy,
    RevealVote,
    Settle,
    Slash,
    Stop,
    SubmitUpdate,
    Train,
    Wait,
    Withdraw,
    next_duty,
    see,
)
from orchestrator.protocol.types import Ballot, Notes, Phase, Role, RoundView

BALLOT = Ballot(b"\x02" * 32, 1, 5, 4)
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
COMMITTED = b"\x07" * 30 + b"\0\0"

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
    ("the second in turn lets the first settle", dict(phase=Phase.SETTLING, rank=1), {}, Wait("settling, none")),
    ("the second settles when the first does not", dict(phase=Phase.SETTLING, rank=1, timestamp=1012), {}, Settle(1)),
    ("the first in turn draws", dict(phase=Phase.DRAWING, is_seed_ready=True, position=0), {}, Draw(1)),
    ("nobody draws before the seed is there", dict(phase=Phase.DRAWING), {}, Wait("drawing, none")),
    (
        "turns to draw move on with the anchor",
        dict(phase=Phase.DRAWING, is_seed_ready=True, anchor=41),
        {},
        Wait("drawing, none"),
    ),
    ("outsiders draw last", dict(phase=Phase.DRAWING, is_seed_ready=True, is_in_draw=False), {}, Wait("drawing, none")),
    ("who has nothing else to do slashes", dict(round=3, position=6), dict(slashed_round=1), Slash(2)),
    ("a duty goes before slashing", dict(round=3, position=6, role=Role.PROPOSER), dict(slashed_round=1), Train(3, MODEL)),
    ("a round is looked at once", dict(round=3, position=6), dict(slashed_round=2), Wait),
    ("rounds too old to tell are left alone", dict(round=20, position=2), {}, Slash(14)),
    ("enrolling: wait", dict(phase=Phase.ENROLLING, anchor=0, drawn_count=0, is_in_draw=False), {}, Wait("enrolling, none")),
    (
        "over: slash first",
        dict(phase=Phase.COMPLETED, round=6, is_in_draw=False, timestamp=2000),
        dict(slashed_round=4),
        Slash(5),
    ),
    (
        "over: nobody goes before its turn to slash",
        dict(phase=Phase.COMPLETED, round=6, drawn_count=0, is_in_draw=False, position=1, can_withdraw=True),
        dict(slashed_round=4),
        Wait("a turn to slash"),
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
    ("closed: withdraw", dict(phase=Phase.CLOSED, can_withdraw=True), {}, Withdraw()),
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
]


@pytest.mark.parametrize(("view", "notes", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_next_duty_is(view: dict, notes: dict, expected: object) -> None:
    """R8, R11, R13, R14, R16, R20, R6: each act is the duty of whoever may do it, when it may be done."""
    seen = replace(BASE, **view)
    known = Notes(round=seen.round, phase=seen.phase, phase_seen_at=1000, **notes)
    duty = next_duty(seen, known, Policy(turn_seconds=12))
    assert duty == expected or duty.__class__ is expected


def test_notes_of_another_round_are_dropped() -> None:
    """R14: a ballot of an earlier round is never shown in a later one; what was learnt about models stays."""
    old = Notes(round=1, update=b"u", ballot=BALLOT, is_given_up=True, best_loss=0.5, slashed_round=1)
    new = see(old, replace(BASE, round=2, timestamp=1500))
    assert new == Notes(round=2, best_loss=0.5, slashed_round=1, phase=Phase.TRAINING, phase_seen_at=1500)


def test_a_phase_begins_when_it_is_first_seen() -> None:
    """R16: turns are counted from when a phase was first seen, not from every look."""
    first = see(Notes(), BASE)
    assert see(first, replace(BASE, timestamp=1050)) == first
    assert see(first, replace(BASE, timestamp=1050, phase=Phase.SETTLING)).phase_seen_at == 1050


def test_withdrawing_can_be_left_to_the_participant() -> None:
    """R6: who does not want its node to withdraw says so."""
    view = replace(BASE, phase=Phase.COMPLETED, round=6, can_withdraw=True)
    assert next_duty(view, Notes(slashed_round=5), Policy(withdraws=False)) == Stop("the task is over")
