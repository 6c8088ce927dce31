"""What came of a grid's games, as tables in Markdown: means, and how far they may be off (95 %, Student's t over games)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from orchestrator.simulation.grid import Row, Table, identify, join_tables, read_grid
from orchestrator.simulation.intervals import Interval, compute_interval
from orchestrator.simulation.run import plan_games, read_document
from orchestrator.simulation.sweep import AS_IT_IS

Entry = Mapping[str, Any]
"""The figures of one game, as a report has them."""
Entries = Mapping[str, Entry]
"""By what `identify` says of the game."""
NOTHING: Final = "–"
GAP: Final = re.compile(r"(<!-- (\S+): written by scripts/benchmarks/evidence\.py -->\n).*?(<!-- until here -->\n)", re.S)
"""Where a table goes on a page, and its name."""


class Column(NamedTuple):
    """How a figure is shown."""

    title: str
    is_share: bool = False
    digits: int = 1


COLUMNS: Final = {
    "accuracy": Column("accuracy", digits=3),
    "honest_lost_share": Column("honest stake lost", is_share=True),
    "honest_lost_captured_share": Column("of that in captured rounds", is_share=True),
    "captured": Column("rounds captured"),
    "honest_excluded": Column("honest excluded"),
    "honest_condemned_share": Column("honest updates condemned", is_share=True),
    "honest_minority_share": Column("honest ballots in the minority", is_share=True),
    "liars_condemned_share": Column("liars' updates condemned", is_share=True, digits=0),
    "liars_left": Column("liars left"),
    "liars_profit": Column("liars' profit", digits=0),
    "accepted": Column("accepted"),
    "rejected": Column("rejected"),
    "void": Column("void"),
    "back_door": Column("back door", is_share=True, digits=0),
    "gas_per_member_round": Column("gas", digits=0),
}
"""By the name of the figure."""


def read_entries(folder: Path) -> dict[str, Entry]:
    """What is kept there of games that are over: a JSON object a line, in files named as tables are."""
    lines = [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return {line["game"]: line for line in lines}


def compose_page(page: str, folder: Path) -> str:
    """The page with each table of the folder's grid where it goes; a sweep is read from its report there. Raises KeyError for
    a gap that nothing goes into."""
    tables, entries = join_tables(read_grid(folder / "grid.toml")), read_entries(folder)

    def compose(name: str) -> list[str]:
        table = tables[name]
        if table.options.get("shows") == "sweep":
            sweep = folder / f"{name}.json"
            return compose_sweep_table(read_document(sweep)) if sweep.exists() else ["Not played yet."]
        return compose_table(table._replace(rows=table.rows or tables[table.options["of"]].rows), entries)

    return GAP.sub(lambda gap: "\n".join([gap[1], *compose(gap[2]), "", gap[3]]), page)


def compose_table(table: Table, entries: Entries) -> list[str]:
    """Its lines, as its option `shows` says: figures (the default), payoffs, or aims."""
    shows: dict[str, Callable[[Table, Entries], list[str]]] = {"payoffs": _show_payoffs, "aims": _show_aims}
    return shows.get(table.options.get("shows", "figures"), _show_figures)(table, entries)


def list_entries(row: Row, entries: Entries, strategy: str | None = None) -> dict[int, Entry]:
    """Seed → what came of those games of the row that have been played."""
    games = [game for game in plan_games(row.scenario) if game.strategy == strategy]
    return {game.seed: entries[identify(game)] for game in games if identify(game) in entries}


def tell_interval(interval: Interval, column: Column, *, has_sign: bool = False) -> str:
    """`mean ± half of the interval`; shares in percent."""
    factor, digits = (100, column.digits) if column.is_share else (1, column.digits)
    mean = f"{factor * interval.mean:{'+' if has_sign else ''}.{digits}f}"
    return mean if interval.high is None else f"{mean} ± {factor * (interval.high - interval.mean):.{digits}f}"


def _join(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _title(figure: str) -> str:
    return COLUMNS[figure].title + (", %" if COLUMNS[figure].is_share else "")


def _head(titles: Sequence[str]) -> list[str]:
    return [_join(titles), _join(["---"] * len(titles))]


# ── figures: a row a scenario ──


def _show_figures(table: Table, entries: Entries) -> list[str]:
    """`columns` names the figures. With `against`, {axis: label}, each is followed by the difference to that scenario."""
    names, against = table.options["columns"], table.options.get("against")
    lines = _head([*table.axes, "games", *map(_title, names)])
    for row in table.rows:
        if found := list_entries(row, entries):
            base = _find_base(row, table.rows, against, entries) if against else {}
            cells = [_tell(name, found, base) for name in names]
            lines.append(_join([*row.labels.values(), str(len(found)), *cells]))
    return lines


def _find_base(row: Row, rows: Sequence[Row], against: Mapping[str, str], entries: Entries) -> dict[int, Entry]:
    labels = row.labels | dict(against)
    return next((list_entries(other, entries) for other in rows if other.labels == labels and other != row), {})


def _tell(name: str, found: Mapping[int, Entry], base: Mapping[int, Entry]) -> str:
    values = [entry[name] for entry in found.values() if entry[name] is not None]
    if not values:
        return NOTHING
    told = tell_interval(compute_interval(values), COLUMNS[name])
    pairs = [(entry[name], base[seed][name]) for seed, entry in found.items() if seed in base and base[seed][name] is not None]
    if not pairs:
        return told
    difference = compute_interval([value - other for value, other in pairs])
    text = tell_interval(difference, COLUMNS[name], has_sign=True)
    is_sure = difference.low is not None and difference.high is not None and not difference.low <= 0 <= difference.high
    return f"{told} ({f'**{text}**' if is_sure else text})"


# ── payoffs: a row a strategy, a column a scenario ──


def _show_payoffs(table: Table, entries: Entries) -> list[str]:
    titles = [", ".join(row.labels.values()) for row in table.rows]
    lines = _head(["strategy", *titles])
    for strategy in table.rows[0].scenario.payoffs.strategies if table.rows[0].scenario.payoffs else ():
        intervals = [compare_payoff(row, strategy, entries) for row in table.rows]
        if any(intervals):
            lines.append(_join([strategy, *map(_tell_payoff, intervals)]))
    return lines


def compare_payoff(row: Row, strategy: str, entries: Entries) -> Interval | None:
    """Tokens a member and round more than the same members had honest; None before both have been played."""
    played, honest = list_entries(row, entries, strategy), list_entries(row, entries, "honest")
    subjects = row.scenario.payoffs.subjects if row.scenario.payoffs else 0
    differences = [_earn(played[seed], subjects) - _earn(honest[seed], subjects) for seed in played.keys() & honest.keys()]
    return compute_interval(differences) if differences else None


def _earn(entry: Entry, subjects: int) -> float:
    net: Sequence[float] = entry["net"][:subjects]
    return sum(net) / subjects


def _tell_payoff(interval: Interval | None) -> str:
    if interval is None:
        return NOTHING
    text = tell_interval(interval, Column("", digits=1), has_sign=True)
    return f"**{text}**" if interval.low is not None and interval.low > 0 else text


# ── aims: a row an aim and scenario ──


def _show_aims(table: Table, entries: Entries) -> list[str]:
    """`aims` lists a figure, the most it may be, for which label of the first axis, and for which of the second if not all."""
    lines = _head(["aim", table.axes[0], "attacks played", "missed, as a mean"])
    for aim in table.options["aims"]:
        for label in aim["for"]:
            means = list(_list_means(table, aim, label, entries))
            if means:
                missed = [
                    f"{name} ({tell_interval(mean, COLUMNS[aim['figure']])})" for name, mean in means if _misses(aim, mean)
                ]
                lines.append(_join([aim["says"], label, str(len(means)), ", ".join(missed) or "**met**"]))
    return lines


def _misses(aim: Mapping[str, Any], mean: Interval) -> bool:
    return bool(mean.mean > aim["most"])


def _list_means(table: Table, aim: Mapping[str, Any], label: str, entries: Entries) -> Iterator[tuple[str, Interval]]:
    for row in table.rows:
        first, second = row.labels.values()
        found = list_entries(row, entries)
        if first == label and second in aim.get("with", [second]) and found:
            yield second, compute_interval([entry[aim["figure"]] for entry in found.values()])


# ── sweeps ──


def compose_sweep_table(sweep: Mapping[str, Any]) -> list[str]:
    """Of a sweep's report those points that no other beats, and the scenario as it is, marked."""
    shown = [point for point in sweep["points"] if point["is_pareto"] or AS_IT_IS in point["values"].values()]
    names = list(sweep["points"][0]["values"])
    lines = _head([*(f"`{name}`" for name in names), "games", *(_title(aim) for aim in sweep["aims"]), "not beaten"])
    for point in shown:
        intervals = {aim: Interval(**its) for aim, its in point["intervals"].items()}
        cells = [tell_interval(intervals[aim], COLUMNS[aim]) for aim in sweep["aims"]]
        values = [str(point["values"][name]) for name in names]
        lines.append(_join([*values, str(point["games"]), *cells, "yes" if point["is_pareto"] else "no"]))
    return lines
