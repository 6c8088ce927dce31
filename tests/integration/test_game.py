"""A game is the real thing in small: compiled contracts, nodes of our own, and books that add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.chain.deploying import load_bytecode
from orchestrator.protocol.types import Fault
from orchestrator.simulation.figures import compute_figures
from orchestrator.simulation.game import Game, Played, Setting
from orchestrator.simulation.strategies import ATTACKS

MEMBERS, ROUNDS = 9, 4
NOISE = 0.01
"""Of all honest stakes: with some thirty samples to judge by, an honest voter errs now and then, and so may two."""


def play(**values: object) -> Played:
    setting = Setting(recipe="digits", data=Path(), members=MEMBERS, rounds=ROUNDS, proposers=2, **values)  # type: ignore[arg-type]
    return Game(setting, load_bytecode).play()


@pytest.fixture(scope="module")
def honest() -> Played:
    return play(seed=1)


def test_the_honest_among_themselves_lose_next_to_nothing(honest: Played) -> None:
    """R19: at most a first fault; and the model gets better."""
    figures = compute_figures(honest)
    assert (figures.accepted, figures.honest_excluded, figures.honest_absent) == (ROUNDS, 0, 0)
    assert figures.honest_lost_share < NOISE
    assert honest.accuracies[-1] > honest.accuracies[0] + 0.2
    assert len(honest.accuracies) == ROUNDS + 1


def test_all_that_went_in_came_out_but_for_dust(honest: Played) -> None:
    """I2: everybody has withdrawn, and the pool is what they did not earn."""
    ledger = honest.ledger
    assert all(participant.has_withdrawn for participant in ledger.participants.values())
    assert 0 <= ledger.paid_in - ledger.paid_out - ledger.pool < MEMBERS * ROUNDS


def test_the_same_seed_is_the_same_game(honest: Played) -> None:
    again = play(seed=1)
    assert [round.winner for round in again.ledger.rounds.values()] == [round.winner for round in honest.ledger.rounds.values()]
    assert compute_figures(again) == compute_figures(honest)
    assert [round.roles for round in play(seed=2).ledger.rounds.values()] != [
        round.roles for round in honest.ledger.rounds.values()
    ]


def test_liars_pay_and_the_honest_beside_them_do_not() -> None:
    """R17a, D18: whoever proposes beside a liar keeps its stake."""
    played = play(seed=3, strategies={MEMBERS - 1: ATTACKS["sign flip"], MEMBERS - 2: ATTACKS["sign flip"]})
    figures = compute_figures(played)
    assert figures.honest_lost_share < NOISE and figures.honest_excluded == 0
    assert (figures.captured, figures.honest_lost_captured_share) == (0, 0)
    books = played.ledger.participants
    lost = {player.is_honest: [] for player in played.players}
    for player in played.players:
        lost[player.is_honest].append(books[player.account].slashed)
    assert min(lost[False]) > 0 and sum(lost[False]) / 2 > 10 * sum(lost[True]) / (MEMBERS - 2)


def test_a_withheld_update_costs_its_proposer_and_delays_nobody() -> None:
    """R14: everybody says that it did not come, in time."""
    played = play(seed=4, strategies={MEMBERS - 1: ATTACKS["withhold"]})
    figures = compute_figures(played)
    assert (figures.honest_absent, figures.void) == (0, 0) and figures.honest_lost_share < NOISE
    proposed = [round for round in played.ledger.rounds.values() if played.players[-1].account in round.updates]
    assert all(round.faults[played.players[-1].account] is Fault.CONDEMNED for round in proposed)


def test_a_majority_of_a_rounds_weight_decides_and_the_figures_tell_it() -> None:
    """R17a: what the honest lose to a majority of liars is counted apart."""
    played = play(seed=5, strategies={MEMBERS - 1 - number: ATTACKS["sign flip"] for number in range(6)})
    figures = compute_figures(played)
    assert 1 <= figures.captured <= ROUNDS and 0 < figures.honest_lost_captured_share <= figures.honest_lost_share
