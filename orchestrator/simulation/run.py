"""Which games a scenario stands for, and what came of each: played here, kept in a folder, taken up again."""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.adapters.chain.deploying import load_bytecode
from orchestrator.adapters.files import write_atomically
from orchestrator.adapters.torch_trainer import has_device, set_threads
from orchestrator.errors import ConfigError
from orchestrator.simulation.game import Game
from orchestrator.simulation.journal import Journal
from orchestrator.simulation.report import compose_game
from orchestrator.simulation.scenario import Scenario

Document = dict[str, Any]


class Planned(NamedTuple):
    """One game of a scenario."""

    scenario: Scenario
    seed: int
    strategy: str | None = None
    """What the subjects of a comparison of payoffs play."""

    @property
    def name(self) -> str:
        """Of its files, in the folder of its scenario."""
        words = "".join(letter if letter.isalnum() else "-" for letter in self.strategy or "")
        return f"game-{self.seed}" + (f"-{words}" if words else "")


def plan_games(scenario: Scenario) -> list[Planned]:
    """Its games in the order in which they are played: seed by seed, so that what is done early says something."""
    strategies = ("honest", *scenario.payoffs.strategies) if scenario.payoffs else (None,)
    return [Planned(scenario, seed, strategy) for seed in scenario.list_seeds() for strategy in strategies]


def play_planned(
    planned: Planned, folder: Path | None, on_round: Callable[[int], None] = lambda number: None, *, is_last_word: bool = False
) -> Document:
    """What came of the game, or of what an earlier run has left of it in `folder`; kept there round by round.

    `on_round` hears how many rounds are settled. `is_last_word`: do not play on, tell how far it is. In an interrupted game the
    rounds until then are kept.
    """
    file = folder / f"{planned.name}.json" if folder else None
    if file and file.exists():
        return read_document(file)
    started = time.monotonic()
    if not has_device(planned.scenario.device):
        raise ConfigError(f"torch has no device {planned.scenario.device!r} here", hint="take --device cpu")
    set_threads(1)  # the same bits on any machine, and room for other games
    game = Game(planned.scenario.make_setting(planned.seed, planned.strategy), load_bytecode)
    journal = Journal(folder / planned.name) if folder else None
    if journal and (done := journal.restore(game)):
        on_round(done)

    def keep(round: int) -> None:
        if journal and round <= planned.scenario.rounds * 2:
            journal.keep(game)
        on_round(round)

    played = game.tell() if is_last_word else game.play(on_round=keep)
    document = compose_game(played, seconds=time.monotonic() - started, strategy=planned.strategy)
    document["peak_rss_bytes"] = measure_peak()
    if file and not is_last_word:
        write_atomically(file, json.dumps(document).encode())
        shutil.rmtree(file.with_suffix(""), ignore_errors=True)
    return document


def has_ended(planned: Planned, folder: Path) -> bool:
    """Whether all of this game is kept."""
    return (folder / f"{planned.name}.json").exists()


def has_begun(planned: Planned, folder: Path) -> bool:
    """Whether at least a round of this game is kept."""
    return has_ended(planned, folder) or count_kept(planned, folder) > 0


def count_kept(planned: Planned, folder: Path) -> int:
    """So many rounds are kept of a game that is not over."""
    return sum(1 for _ in (folder / planned.name).glob("round-*.json"))


def open_folder(folder: Path, scenario: Scenario) -> None:
    """Make the folder in which the games of this scenario are kept. Raises ConfigError where those of another are."""
    file = folder / "scenario.json"
    if not file.exists():
        write_atomically(file, json.dumps(scenario.model_dump(mode="json"), indent=2).encode())
    elif read_document(file) != json.loads(json.dumps(scenario.model_dump(mode="json"))):
        hint = "name another folder, or give the options of the run that it is from"
        raise ConfigError(f"{folder} keeps games of another scenario, see {file}", hint=hint)


def read_document(path: Path) -> Document:
    """A JSON object from a file. Raises ConfigError if there is none."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as failed:
        raise ConfigError(f"{path} cannot be read as JSON: {failed}", hint="name a report of `starling simulate`") from failed
    if not isinstance(document, dict):
        raise ConfigError(f"{path} holds no JSON object", hint="name a report of `starling simulate`")
    return document


def measure_peak() -> int:
    """The greatest memory this process has had, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
