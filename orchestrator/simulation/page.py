"""A report as a page that needs nothing else: tables and plots in one HTML file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from orchestrator.simulation.plot import plot_bars, plot_lines

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1180px;padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.5rem} h2{font-size:1.1rem;margin:.2rem 0}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(460px,1fr));gap:1.5rem}
section{border:1px solid #ddd;border-radius:8px;padding:1rem;overflow-x:auto}
svg{width:100%;height:auto} svg text{font-size:11px;fill:#444} .grid{stroke:#eee} .axis{stroke:#888}
table{border-collapse:collapse;width:100%} td,th{padding:.15rem .5rem;text-align:right;border-bottom:1px solid #eee}
td:first-child,th:first-child{text-align:left}
.legend span{margin-right:1rem;white-space:nowrap} .legend i{display:inline-block;width:.8em;height:.8em;margin-right:.3em}
pre{white-space:pre-wrap;font-size:12px} .warning{color:#b91c1c}
@media (prefers-color-scheme:dark){body{background:#111;color:#eee} section{border-color:#333} td,th{border-color:#222}
svg text{fill:#bbb} .grid{stroke:#222}}
"""
SHOWN = {
    "accuracy": "accuracy on the held-out test set",
    "honest_lost_share": "share of the honest stakes that penalties took",
    "captured": "rounds in which liars had most of the revealed weight",
    "honest_lost_captured_share": "share of the honest stakes that those rounds took",
    "honest_excluded": "honest members below the floor",
    "honest_condemned_share": "share of honest updates that were condemned",
    "honest_minority_share": "share of honest ballots in the minority or divergent",
    "liars_condemned_share": "share of malicious updates that were condemned",
    "liars_left": "malicious members still drawn",
    "liars_profit": "what the malicious earned less what they lost, tokens",
    "accepted": "rounds accepted",
    "rejected": "rounds rejected",
    "void": "rounds void",
    "gas_per_member_round": "gas of a member and round",
    "back_door": "inputs with the trigger taken for its target",
}


def compose_page(report: Mapping[str, Any]) -> str:
    """The page. Plots over rounds are of the first game; figures are means over all, with their 95 % intervals."""
    games = report["games"]
    first = games[0] if games else {"rounds": [], "strategies": {}}
    title = f"Starling simulation: {report['name']}"
    sections = [
        _section("Figures", _tabulate_figures(report)),
        _section("Strategies", _tabulate_strategies(report["strategies"])),
        _section("Accuracy", plot_lines(_list_accuracies(games), unit="fraction", least=0.0)),
        _section("Stakes by strategy", plot_lines(_list_stakes(first["rounds"]), unit="tokens of all its members", least=0.0)),
        _section("Verdicts", plot_lines(_list_verdicts(first["rounds"]), unit="count", least=0.0)),
        _section("Outcomes", _tabulate_outcomes(games)),
        _section("Gas", plot_lines({"gas of a round": [one["gas"] for one in first["rounds"]]}, unit="gas", least=0.0)),
        _section("Payoffs beside honesty", _show_payoffs(report["payoffs"])),
        _section("Scenario", f"<pre>{escape(json.dumps(report['scenario'], indent=1))}</pre>"),
    ]
    unfinished = "" if report["is_complete"] else '<p class="warning">It was interrupted: this is what was done until then.</p>'
    about = f"{report['members']} members, {report['rounds']} rounds, {len(games)} game(s), {report['seconds']:.0f} s"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{escape(title)}</h1><p>{escape(about)}; Starling {escape(report['starling'])}</p>{unfinished}"
        f"<main>{''.join(sections)}</main></body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _tabulate(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    def row(cells: Sequence[Any], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(tell(cell))}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{row(header, 'th')}{''.join(row(cells, 'td') for cells in rows)}</table>"


def tell(value: Any) -> str:
    """A figure in few letters."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def tell_interval(interval: Mapping[str, Any] | None) -> str:
    """Between what a mean lies."""
    if not interval or interval["low"] is None:
        return ""
    return f"{tell(interval['low'])} … {tell(interval['high'])}"


def _tabulate_figures(report: Mapping[str, Any]) -> str:
    intervals = report["intervals"]
    rows = [(text, report[key], tell_interval(intervals.get(key))) for key, text in SHOWN.items() if report[key] is not None]
    return _tabulate(("figure", "mean", "95 % interval"), rows)


def _tabulate_strategies(strategies: Mapping[str, Mapping[str, float]]) -> str:
    rows = [(name, *its.values()) for name, its in strategies.items()]
    return _tabulate(("strategy", "members", "stake at start", "at the end", "earned", "slashed"), rows)


def _tabulate_outcomes(games: Sequence[Mapping[str, Any]]) -> str:
    rows = [(game["strategy"] or f"seed {game['seed']}", game["accepted"], game["rejected"], game["void"]) for game in games]
    return _tabulate(("game", "accepted", "rejected", "void"), rows)


def _list_accuracies(games: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    shown = [game for game in games if game["strategy"] in (None, "honest")][:8]
    return {f"seed {game['seed']}": [one["accuracy"] for one in game["rounds"]] for game in shown}


def _list_stakes(rounds: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    names = rounds[0]["stakes"] if rounds else {}
    return {name: [one["stakes"][name] for one in rounds] for name in names}


def _list_verdicts(rounds: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    keys = {
        "condemned_honest": "honest updates condemned",
        "condemned_malicious": "other updates condemned",
        "minority": "ballots in the minority",
        "divergent": "ballots divergent",
        "absent": "absent",
    }
    return {text: [one[key] for one in rounds] for key, text in keys.items()}


def _show_payoffs(payoffs: Sequence[Mapping[str, Any]]) -> str:
    if not payoffs:
        return "<p>No payoffs were compared: the preset <code>payoffs</code> does.</p>"
    bars = {one["strategy"]: (one["mean"], one["low"], one["high"]) for one in payoffs}
    return plot_bars(bars, unit="tokens a member and round more than honest; 95 % interval (Student's t over seeds)")
