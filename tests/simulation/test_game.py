"""A game is the real thing in small: compiled contracts, nodes of our own, and books that add up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.chain.deploying import load_bytecode
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.errors import ConfigError
from orchestrator.protocol.types import Fault
from orchestrator.simulation.figures import compute_figures
from orchestrator.simulation.game import STAKE, Game, Played, Setting
from orchestrator.simulation.journal import Journal
from orchestrator.simulation.strategies import ATTACKS, STRATEGIES
from orchestrator.simulation.weather import Weather

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


def test_who_serves_half_of_the_voters_at_last_divides_nobody_and_pays_where_it_was_too_late() -> None:
    """Section 5, "Withheld updates": all honest voters draw the same line, wherever in the window an update comes."""
    played = play(seed=11, strategies=dict.fromkeys((MEMBERS - 1, MEMBERS - 2), ATTACKS["last-moment serving"]))
    honest = {player.account for player in played.players if player.is_honest}
    rounds = played.ledger.rounds.values()
    served_late = [(round, account) for round in rounds for account in round.updates if account not in honest]
    assert len(served_late) >= 2
    faults = [round.faults.get(account) for round in rounds for account in honest]
    assert Fault.DIVERGENT not in faults and Fault.ABSENT not in faults
    told = {round.faults.get(account) for round, account in served_late}
    assert told == {None, Fault.CONDEMNED}, "one came before the cut-off, one after"


def test_a_majority_of_a_rounds_weight_decides_and_the_figures_tell_it() -> None:
    """R17a: what the honest lose to a majority of liars is counted apart."""
    played = play(seed=5, strategies={MEMBERS - 1 - number: ATTACKS["sign flip"] for number in range(6)})
    figures = compute_figures(played)
    assert 1 <= figures.captured <= ROUNDS and 0 < figures.honest_lost_captured_share <= figures.honest_lost_share


class Watched(Game):
    """Everybody looks in every block, whether there could be anything to do or not."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        for player in self.players:
            player.is_due = lambda now, arrivals, player=player: not player.is_done  # type: ignore[method-assign]


class Doubting(Game):
    """In every block, what all share is held against what one finds alone."""

    owed = 0

    def _play_block(self) -> bool:
        alone = TaskReader(self._creator, self.task, self._lens)
        for number in range(max(1, len(self.moments) - 2), len(self.moments) + 1):
            found = alone.read_penalised(number)
            assert sorted(self._reader.read_penalised(number)) == sorted(found)
            self.owed += len(found)
        return super()._play_block()


def test_what_all_share_of_penalties_is_what_each_would_read() -> None:
    strategies = dict.fromkeys((MEMBERS - 1, MEMBERS - 2), ATTACKS["sign flip"])
    setting = Setting(recipe="digits", data=Path(), members=MEMBERS, rounds=3, proposers=2, seed=3, strategies=strategies)
    game = Doubting(setting, load_bytecode)
    game.play()
    assert game.owed > 0


def list_decided(played: Played) -> list[object]:
    return [(round.winner, round.condemned, round.outcome, round.revealed) for round in played.ledger.rounds.values()]


def test_who_has_nothing_to_do_need_not_look(honest: Played) -> None:
    """Leaving nodes alone that would only wait changes nothing that is decided."""
    setting = Setting(recipe="digits", data=Path(), members=MEMBERS, rounds=ROUNDS, proposers=2, seed=1)
    assert list_decided(Watched(setting, load_bytecode).play()) == list_decided(honest)


@pytest.mark.parametrize("name", ["honest", "alie", "adaptive", "withhold"])
def test_a_game_that_was_interrupted_goes_on_as_if_it_had_not_been(name: str, tmp_path: Path) -> None:
    """Acts are done again, nodes start again with their notes: what came of it is the same."""
    strategies = {MEMBERS - 1: STRATEGIES[name], MEMBERS - 2: STRATEGIES[name]}
    setting = Setting(recipe="digits", data=Path(), members=MEMBERS, rounds=3, proposers=2, seed=5, strategies=strategies)
    whole = Game(setting, load_bytecode).play()
    game, journal = Game(setting, load_bytecode), Journal(tmp_path)

    def stop(round: int) -> None:
        journal.keep(game)
        if round == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        game.play(on_round=stop)
    again = Game(setting, load_bytecode)
    assert Journal(tmp_path).restore(again) == 2
    played = again.play()
    assert list_decided(played) == list_decided(whole)
    assert (played.moments, played.accuracies) == (whole.moments, whole.accuracies)
    assert compute_figures(played) == compute_figures(whole)
    assert played.ledger.participants == whole.ledger.participants


def test_what_is_damaged_is_not_played_on(tmp_path: Path) -> None:
    setting = Setting(recipe="digits", data=Path(), members=MEMBERS, rounds=1, proposers=2)
    (tmp_path / "round-00001.json").write_text('{"block": 7}')
    with pytest.raises(ConfigError, match="damaged"):
        Journal(tmp_path).restore(Game(setting, load_bytecode))


def test_nodes_that_crash_or_are_slow_cost_themselves_and_stop_nobody() -> None:
    """R19: who is down is absent; the task goes on."""
    weather = Weather(crashes=0.15, stragglers=0.2, seed=1)
    windows = {"train_window": 60, "commit_window": 60, "reveal_window": 60}
    played = play(seed=6, weather=weather, parameters=windows)
    down = {
        (player.account, number)
        for number in played.ledger.rounds
        for player in played.players
        if weather.is_down(player.number, number)
    }
    absent = {
        (account, round.number)
        for round in played.ledger.rounds.values()
        for account, fault in round.faults.items()
        if fault is Fault.ABSENT
    }
    assert absent and absent <= down
    assert compute_figures(played).accepted == ROUNDS
    assert played.is_complete


def test_who_stakes_late_is_drawn_late() -> None:
    """R4: from the next draw on, with the stake it brings."""
    played = play(seed=7, strategies={MEMBERS - 1: replace(STRATEGIES["just-in-time stake"], joins_after=0.3)})
    late = played.players[-1].account
    assert [late in round.roles for round in played.ledger.rounds.values()] == [False] * 3 + [True]
    assert played.ledger.participants[late].staked == 5 * STAKE


def test_a_majority_that_names_what_nobody_has_takes_the_stakes_of_the_others() -> None:
    """What the trust table says of a majority: it decides."""
    cartel = dict.fromkeys(range(4, MEMBERS), STRATEGIES["majority cartel"])
    windows = {"train_window": 60, "commit_window": 60, "reveal_window": 60}
    played = play(seed=8, strategies=cartel, parameters=windows)
    figures = compute_figures(played)
    assert figures.accuracy == 0 and figures.honest_lost_share > 0


def test_puppets_void_rounds_and_the_creator_gets_nothing_for_it_that_others_earned() -> None:
    """D22: a void round is played again, up to twice as many as there should be."""
    puppets = dict.fromkeys(range(4, MEMBERS), STRATEGIES["creator's puppets"])
    windows = {"train_window": 60, "commit_window": 60, "reveal_window": 60}
    played = play(seed=9, strategies=puppets, parameters=windows)
    figures = compute_figures(played)
    assert figures.void > 0 and figures.honest_lost_share < NOISE
    assert min(played.ledger.participants[player.account].slashed for player in played.players[4:]) > 0
