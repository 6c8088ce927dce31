"""Two sets of books, one kept by the rules, one from what the first announces: they agree, whatever happens (R22)."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import get_args

import pytest

from orchestrator.protocol.events import Event
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Ballot, Outcome, Phase, Role
from tests.books import EXPIRY, Books, Refused

CREATOR = "creator"
PEOPLE = [f"account {number}" for number in range(9)]
STAKE = 1_000_003
PLAIN = Parameters(
    token="token",
    beacon="beacon",
    definition=b"d" * 32,
    initial_model=b"m" * 32,
    min_stake=STAKE,
    rounds=30,
    min_participants=3,
    max_participants=8,
    proposers=2,
    exit_delay=500,
    stall_timeout=3600,
)
VARIANTS = [
    PLAIN,
    replace(PLAIN, proposers=1, voters=2, absent_bps=10_000, minority_bps=5_000),
    replace(PLAIN, rounds=4, quorum_bps=10_000, exit_delay=0),
    replace(PLAIN, voters=3, absent_bps=3_000, slasher_bps=10_000),
]
AGGREGATES = [b"\x11" * 32, b"\x11" * 32, b"\x11" * 32, b"\x22" * 32]
SCORES = [1, 1, 1, -1]
STEPS = 400


def take_step(books: Books, dice: random.Random) -> None:
    """One act of somebody, allowed or not, or some time."""
    who, amount = dice.choice(PEOPLE), dice.choice([STAKE, 2 * STAKE + 1, 5 * STAKE])
    books.now, books.block = books.now + dice.choice([1, 1, 40]), books.block + 1
    with suppress(Refused):
        dice.choices([act_in_round, go_on, come, grow, go, be_paid, slash, fund, wait], [16, 8, 4, 2, 1, 2, 4, 1, 1])[0](
            books, dice, who, amount
        )


def act_in_round(books: Books, dice: random.Random, who: str, amount: int) -> None:
    """What the phase asks for: mostly of everybody, sometimes of one."""
    for account in dice.choice([books.frozen, books.frozen, [who]]):
        with suppress(Refused):
            if books.phase is Phase.TRAINING:
                books.submit(account, account.encode().ljust(32))
            elif books.phase is Phase.COMMITTING:
                books.commit(account)
            else:
                books.reveal(account, Ballot(dice.choice(AGGREGATES), dice.choice(SCORES), 5, 4), True)


def go_on(books: Books, dice: random.Random, who: str, amount: int) -> None:
    if books.phase is Phase.DRAWING:
        books.draw(dice.getrandbits(80))
    else:
        books.settle()


def come(books: Books, dice: random.Random, who: str, amount: int) -> None:
    books.join(who, amount)


def grow(books: Books, dice: random.Random, who: str, amount: int) -> None:
    books.top_up(who, amount)


def go(books: Books, dice: random.Random, who: str, amount: int) -> None:
    books.leave(who)


def be_paid(books: Books, dice: random.Random, who: str, amount: int) -> None:
    act: Callable[[str], int] = dice.choice([books.claim, books.withdraw])
    act(who)


def slash(books: Books, dice: random.Random, who: str, amount: int) -> None:
    """Anybody may, a member or not."""
    books.slash(dice.choice([who, "a stranger"]), books.round - dice.choice([1, 1, 2]), dice.sample(PEOPLE, 3))


def fund(books: Books, dice: random.Random, who: str, amount: int) -> None:
    books.fund(100 * amount)


def wait(books: Books, dice: random.Random, who: str, amount: int) -> None:
    books.now, books.block = books.now + 1_000, books.block + dice.choice([1, EXPIRY + 10])


def get_all_out(books: Books) -> None:
    """The end, from wherever the task is."""
    books.now += 10**6
    with suppress(Refused):
        books.settle()
    books.now += 10**6
    with suppress(Refused):
        books.close()
    for act in (books.withdraw, lambda who: books.refund()):
        for who in PEOPLE:
            with suppress(Refused):
                act(who)


def compare(books: Books, ledger: Ledger) -> None:
    """All that both know. What is due already, and not applied yet, is applied in a copy of both."""
    later, told = books.apply_all(), copy.deepcopy(ledger)
    for happened in later.announced[len(books.announced) :]:
        told.apply(happened)
    for who, person in later.people.items():
        if (it := told.participants.get(who)) is None:
            assert person.stake + person.top_up + person.rewards == 0
            continue
        assert it.staked + it.earned - it.slashed - it.withdrawn - it.claimed == person.stake + person.top_up + person.rewards
        assert it.is_member == (who in later.members)
    assert (ledger.paid_in, ledger.paid_out, ledger.global_model) == (books.entered, books.left, books.global_model)
    for number, past in books.rounds.items():
        round = ledger.rounds[number]
        assert round.roles == {who: past.role(who) for who in past.members if past.role(who) is not Role.NONE}
        assert round.updates == {who: digest for who, (digest, _) in past.updates.items()}
        assert round.committed.keys() == past.commits
        assert round.revealed == {who: (shown.ballot.aggregate, shown.ballot.score) for who, shown in past.ballots.items()}
        assert round.weights == {who: weight for who, (_, weight) in past.updates.items()} | {
            who: shown.weight for who, shown in past.ballots.items()
        }
        if past.tally:
            assert (round.outcome, round.winner, round.reward) == (past.tally.outcome, past.tally.winner, past.reward)
            assert (round.weight_for, round.weight_against) == (past.tally.weight_for, past.tally.weight_against)


def walk(number: int) -> Books:
    """A long history, compared on the way; the books at its end."""
    dice = random.Random(number)
    parameters = VARIANTS[number % len(VARIANTS)]
    books, ledger, taken = Books(parameters, CREATOR, 1_000), Ledger(parameters), 0
    for step in range(STEPS + 1):
        take_step(books, dice) if step < STEPS else get_all_out(books)
        for happened in books.announced[taken:]:
            ledger.apply(happened)
        taken = len(books.announced)
        if step % 20 == 0:
            compare(books, ledger)
    return books


@pytest.mark.parametrize("number", range(8))
def test_the_ledger_says_what_the_books_say(number: int) -> None:
    """R22: members come, go and return, strangers report, stakes fall below the minimum, and the events tell it all."""
    books = walk(number)
    left = books.apply_all().people  # who has lost everything had nothing to withdraw
    assert not any(left[who].stake + left[who].top_up + left[who].rewards for who in PEOPLE if who in left)


def test_the_walks_meet_every_event_and_every_outcome_with_a_reward() -> None:
    walks = [walk(number) for number in range(4)]
    assert {type(happened.event) for books in walks for happened in books.announced} == set(get_args(Event))
    pasts = [past for books in walks for past in books.rounds.values() if past.tally]
    assert {past.tally.outcome for past in pasts if past.tally and past.reward} == {Outcome.ACCEPTED, Outcome.REJECTED}
