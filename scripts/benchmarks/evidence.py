"""The games behind docs/evidence.md: which they are is in evidence/grid.toml, what came of them in evidence/*.jsonl.

    python scripts/benchmarks/evidence.py play [TABLE…] [--jobs N]   # what has not been played yet, of these tables or of all
    python scripts/benchmarks/evidence.py write                      # the tables of docs/evidence.md
    python scripts/benchmarks/evidence.py left                       # how many games have not been played yet

Each game is one that `starling simulate` plays. One that was interrupted goes on from its last round, kept in build/evidence;
of one that is over a line is kept. Needs `make compile`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
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
from orchestrator.simulation.tables import compose_table  # noqa: E402

FOLDER = ROOT / "scripts" / "benchmarks" / "evidence"
UNFINISHED = ROOT / "build" / "evidence"
PAGE = ROOT / "docs" / "evidence.md"
PLACE = re.compile(r"(<!-- (\S+): written by scripts/benchmarks/evidence\.py -->\n).*?(<!-- until here -->\n)", re.S)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("play", "write", "left"))
    parser.add_argument("tables", nargs="*", metavar="TABLE")
    parser.add_argument("--jobs", type=int, default=1, help="games at a time")
    chosen = parser.parse_args()
    tables = read_grid(FOLDER / "grid.toml")
    named = [table for table in tables if not chosen.tables or table.name in chosen.tables]
    if chosen.what == "play":
        play_missing(named, chosen.jobs)
    elif chosen.what == "write":
        PAGE.write_text(write_tables(PAGE.read_text(), join_tables(tables), read_entries()))
    else:
        for table in join_tables(named).values():
            print(f"{table.name}: {len(list(list_missing([table])))} of {len(list(list_games(table)))} games are left")


def write_tables(page: str, tables: dict[str, Table], entries: dict[str, dict[str, Any]]) -> str:
    """The page with each table in its place."""
    return PLACE.sub(lambda place: "\n".join([place[1], *compose_table(tables[place[2]], entries), "", place[3]]), page)


def read_entries() -> dict[str, dict[str, Any]]:
    """What is kept of games that are over."""
    lines = [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return {line["game"]: line for line in lines}


def play_missing(tables: list[Table], jobs: int) -> None:
    missing = list(list_missing(tables))
    games, folders = [game for _, _, game in missing], [UNFINISHED / identify(game) for _, _, game in missing]
    for number, document in play(games, folders, lambda game, rounds: None, processes=jobs):
        name, labels, game = missing[number]
        if document["troubles"]:
            print(f"{name}, {labels}: nodes said {document['troubles']}", flush=True)
        with (FOLDER / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(describe(game, labels, document), ensure_ascii=False) + "\n")
        shutil.rmtree(folders[number], ignore_errors=True)
        told = f"accuracy {document['accuracy']:.3f}, lost {document['honest_lost_share']:.2%}, {document['seconds']:.1f} s"
        print(f"{name}, {labels}, seed {game.seed}: {told}", flush=True)


def describe(game: Planned, labels: str, document: dict[str, Any]) -> dict[str, Any]:
    """The line that is kept."""
    figures = {name: _shorten(document[name]) for name in FIGURES}
    net = [_shorten(value) for value in document["net"]]
    return {"game": identify(game), "is": labels, "seed": game.seed, **figures, "net": net}


def list_missing(tables: list[Table]) -> Iterator[tuple[str, str, Planned]]:
    """(table, what it is, game) of those that have not been played, each once, in the order of the grid."""
    seen = set(read_entries())
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
