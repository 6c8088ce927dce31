"""The games behind docs/evidence.md: which they are is in evidence/grid.toml, what came of them in evidence/*.jsonl.

    python scripts/benchmarks/evidence.py play [TABLE…] [--jobs N]   # what has not been played yet, of these tables or of all
    python scripts/benchmarks/evidence.py write                      # the tables of docs/evidence.md
    python scripts/benchmarks/evidence.py left                       # how many games have not been played yet

Each game is one that `starling simulate` plays; of one that is over a line is kept, and it is not played again. Needs
`make compile`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from orchestrator.simulation.grid import Table, identify, join_tables, read_grid  # noqa: E402
from orchestrator.simulation.report import FIGURES  # noqa: E402
from orchestrator.simulation.run import Planned, plan_games  # noqa: E402
from orchestrator.simulation.spread import play  # noqa: E402
from orchestrator.simulation.tables import compose_page, read_entries  # noqa: E402

FOLDER = ROOT / "scripts" / "benchmarks" / "evidence"
PAGE = ROOT / "docs" / "evidence.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("play", "write", "left"))
    parser.add_argument("tables", nargs="*", metavar="TABLE")
    parser.add_argument("--jobs", type=int, default=1, help="games at a time")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where grid.toml is, and what came of its games")
    chosen = parser.parse_args()
    tables = [table for table in read_grid(chosen.folder / "grid.toml") if table.name in chosen.tables or not chosen.tables]
    if chosen.what == "play":
        play_missing(tables, chosen.folder, chosen.jobs)
    elif chosen.what == "write":
        PAGE.write_text(compose_page(PAGE.read_text(), chosen.folder))
    else:
        for table in join_tables(tables).values():
            left, games = len(list(list_missing([table], chosen.folder))), len(list(list_games(table)))
            print(f"{table.name}: {left} of {games} games are left")


def play_missing(tables: list[Table], folder: Path, jobs: int) -> None:
    missing = list(list_missing(tables, folder))
    games = [game for _, _, game in missing]
    for number, document in play(games, [None] * len(games), lambda game, rounds: None, processes=jobs):
        name, labels, game = missing[number]
        if document["troubles"]:
            print(f"{name}, {labels}: nodes said {document['troubles']}", flush=True)
        with (folder / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(describe(game, labels, document), ensure_ascii=False) + "\n")
        told = f"accuracy {document['accuracy']:.3f}, lost {document['honest_lost_share']:.2%}, {document['seconds']:.1f} s"
        print(f"{name}, {labels}, seed {game.seed}: {told}", flush=True)


def describe(game: Planned, labels: str, document: dict[str, Any]) -> dict[str, Any]:
    """The line that is kept."""
    figures = {name: _shorten(document[name]) for name in FIGURES}
    net = [_shorten(value) for value in document["net"]]
    return {"game": identify(game), "is": labels, "seed": game.seed, **figures, "net": net}


def list_missing(tables: list[Table], folder: Path) -> Iterator[tuple[str, str, Planned]]:
    """(table, what it is, game) of those that have not been played, each once, in the order of the grid."""
    seen = set(read_entries(folder))
    for table in tables:
        for labels, game in list_games(table):
            if identify(game) not in seen:
                seen.add(identify(game))
                yield table.name, labels, game


def list_games(table: Table) -> Iterator[tuple[str, Planned]]:
    for row in table.rows:
        for game in plan_games(row.scenario):
            yield ", ".join(filter(None, [*row.labels.values(), game.strategy])), game


def _shorten(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
