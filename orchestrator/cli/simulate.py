"""`starling simulate`: what will come of a task, before money is in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from orchestrator.adapters.files import write_atomically
from orchestrator.adapters.processes import Interrupted, interruptible
from orchestrator.errors import ConfigError
from orchestrator.terminal.documents import show_document, show_rows
from orchestrator.terminal.progress import showing_rounds

if TYPE_CHECKING:
    from orchestrator.simulation.scenario import Scenario

KEPT = Path(".starling") / "simulate"
INTERRUPTED = 130
"""What a shell shows for a command that Ctrl-C ended."""


class PlayIsMeant(TyperGroup):
    """`starling simulate …` is `starling simulate play …` unless it names another command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if args and args[0] in self.commands else ["play", *args])


app = typer.Typer(
    cls=PlayIsMeant, help="Play a task with the real contracts in this process, before money is in it; or sweep over many."
)

FileArgument = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A scenario in TOML.", show_default=False)]
PresetOption = Annotated[
    str | None, typer.Option("--preset", metavar="NAME", help="quick, crowd, thousand or payoffs, instead of FILE.")
]
LiarsOption = Annotated[float | None, typer.Option("--liars", metavar="SHARE", help="Of the members: how many play --attack.")]
AttackOption = Annotated[
    str | None, typer.Option("--attack", metavar="NAME", help="What the liars do; docs/simulate.md lists all strategies.")
]
AlphaOption = Annotated[
    float | None, typer.Option("--alpha", metavar="A", help="Dirichlet: the smaller, the less alike the members' data.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", metavar="S", help="Of the first game.")]
SeedsOption = Annotated[int | None, typer.Option("--seeds", metavar="N", help="So many games, with intervals of their means.")]
MembersOption = Annotated[int | None, typer.Option("--members", metavar="N", help="10 to 1,000.")]
RoundsOption = Annotated[int | None, typer.Option("--rounds", metavar="N", help="How many rounds.")]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Where the JSON report goes.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Where a page with plots goes.")]
ResumeOption = Annotated[
    Path | None,
    typer.Option("--resume", metavar="DIR", help="Keep what is done in this folder, and go on from what is kept there."),
]
ProcessesOption = Annotated[
    int | None, typer.Option("--jobs", metavar="N", min=1, help="Games at a time. (default: one a core)")
]
RayOption = Annotated[
    str | None, typer.Option("--ray", metavar="ADDRESS", help="Play on Ray: local, auto, or a cluster's address.")
]
DeviceOption = Annotated[str | None, typer.Option("--device", metavar="NAME", help="Where models are evaluated: cpu or cuda.")]


@app.command()
def play(
    file: FileArgument = None,
    preset: PresetOption = None,
    liars: LiarsOption = None,
    attack: AttackOption = None,
    alpha: AlphaOption = None,
    seed: SeedOption = None,
    seeds: SeedsOption = None,
    members: MembersOption = None,
    rounds: RoundsOption = None,
    report: ReportOption = None,
    html: HtmlOption = None,
    resume: ResumeOption = None,
    processes: ProcessesOption = None,
    ray: RayOption = None,
    device: DeviceOption = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", metavar="A B", help="Play nothing: say how two reports differ.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON report.")] = False,
) -> None:
    """Play a task with the real contracts, nodes, training and money, all in this process; `sweep` plays many.

    Ctrl-C keeps the rounds that are done, reports them, and says how to go on.
    """
    from orchestrator.simulation import scenario as scenarios  # torch takes seconds to load

    if compare:
        _compare(*compare, as_json=as_json)
        return
    base = _read_base(file, preset)
    _check_writable(report, html)
    chosen = scenarios.change(
        base, liars=liars, attack=attack, alpha=alpha, seed=seed, seeds=seeds, members=members, rounds=rounds, device=device
    )
    document, folder = _play(chosen, preset or (file.stem if file else ""), resume, processes, ray)
    _write(document, report, html)
    _show(document, as_json=as_json)
    if not document["is_complete"]:
        Console(stderr=True).print(f"interrupted: go on with --resume {folder}", highlight=False, soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    if resume is None:
        shutil.rmtree(folder, ignore_errors=True)


def _read_base(file: Path | None, preset: str | None) -> Scenario:
    """What the other options change. Raises ConfigError unless just one of the two is given."""
    from orchestrator.simulation.scenario import find_preset, read_scenario

    if file is not None and preset is None:
        return read_scenario(file)
    if file is None and preset is not None:
        return find_preset(preset)
    raise ConfigError("say what to simulate", hint="give a FILE, or --preset quick, crowd, thousand or payoffs")


def _play(
    scenario: Scenario, name: str, resume: Path | None, processes: int | None, ray: str | None
) -> tuple[dict[str, Any], Path]:
    """The report, and the folder that has what is done so far."""
    from orchestrator.simulation import spread
    from orchestrator.simulation.report import compose_report
    from orchestrator.simulation.run import has_begun, measure_peak, open_folder, plan_games, play_planned

    folder = resume or KEPT / f"{scenario.compute_digest()[:16]}-{os.getpid()}"
    open_folder(folder, scenario)
    games, started = plan_games(scenario), time.monotonic()
    documents: dict[int, dict[str, Any]] = {}
    with interruptible(signal.SIGINT, signal.SIGTERM):
        try:
            with showing_rounds(len(games), scenario.rounds) as on_round:
                documents |= spread.play(games, [folder] * len(games), on_round, processes=processes, ray=ray)
        except Interrupted:
            begun = [number for number, planned in enumerate(games) if has_begun(planned, folder)]
            documents = {number: play_planned(games[number], folder, is_last_word=True) for number in begun}
    told = [documents[number] for number in sorted(documents)]
    peak = max([measure_peak(), *(document["peak_rss_bytes"] for document in told)])
    document = compose_report(scenario, told, name=name, peak_rss_bytes=peak, seconds=time.monotonic() - started)
    document["is_complete"] = document["is_complete"] and len(told) == len(games)
    return document, folder


@app.command()
def sweep(
    file: FileArgument = None,
    preset: PresetOption = None,
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="NAME=V,V", help="Values to try, such as definition.verdict.theta=0.1,0.15; repeat it."),
    ] = None,
    budget: Annotated[
        int, typer.Option("--budget", metavar="N", min=1, help="Games in all; more points are drawn by lot.")
    ] = 40,
    liars: LiarsOption = None,
    attack: AttackOption = None,
    alpha: AlphaOption = None,
    seed: SeedOption = None,
    seeds: SeedsOption = None,
    members: MembersOption = None,
    rounds: RoundsOption = None,
    report: ReportOption = None,
    resume: ResumeOption = None,
    processes: ProcessesOption = None,
    ray: RayOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON report.")] = False,
) -> None:
    """Play a scenario with other values of its parameters, and list those that no others beat (Pareto): by accuracy, honest
    stake lost, liars' profit and gas."""
    from orchestrator.simulation import scenario as scenarios  # torch takes seconds to load
    from orchestrator.simulation import spread
    from orchestrator.simulation import sweep as sweeps
    from orchestrator.simulation.run import has_ended, open_folder, plan_games, play_planned

    base = _read_base(file, preset)
    _check_writable(report)
    base = scenarios.change(
        base,
        liars=liars, attack=attack, alpha=alpha, seed=seed, seeds=seeds, members=members, rounds=rounds,
    )  # fmt: skip
    points = sweeps.plan_points(base, sweeps.parse_over(over or []), budget=budget)
    folder, started = resume or KEPT / f"sweep-{os.getpid()}", time.monotonic()
    folders = [folder / point.scenario.compute_digest()[:16] for point in points]
    for each, point in zip(folders, points, strict=True):
        open_folder(each, point.scenario)
    owners = [number for number, point in enumerate(points) for _ in plan_games(point.scenario)]
    games, kept = [game for point in points for game in plan_games(point.scenario)], [folders[number] for number in owners]
    documents: dict[int, dict[str, Any]] = {}
    with interruptible(signal.SIGINT, signal.SIGTERM):
        try:
            with showing_rounds(len(games), base.rounds) as on_round:
                documents |= spread.play(games, kept, on_round, processes=processes, ray=ray)
        except Interrupted:
            ended = [number for number, planned in enumerate(games) if has_ended(planned, kept[number])]
            documents = {number: play_planned(games[number], kept[number]) for number in ended}
    found: list[list[dict[str, Any]]] = [[] for _ in points]
    for number in sorted(documents):
        found[owners[number]].append(documents[number])
    document = sweeps.compose_sweep(points, found, seconds=time.monotonic() - started)
    _write(document, report, None)
    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _show_points(document)
    if not document["is_complete"]:
        Console(stderr=True).print(f"interrupted: go on with --resume {folder}", highlight=False, soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    if resume is None:
        shutil.rmtree(folder, ignore_errors=True)


def _compare(left: Path, right: Path, *, as_json: bool) -> None:
    from orchestrator.simulation.compare import compare_reports, list_rows
    from orchestrator.simulation.run import read_document

    comparison = compare_reports(read_document(left), read_document(right))
    if as_json:
        show_document(comparison, as_json=True)
        return
    for name, its in comparison["scenario"].items():
        print(f"{name}: {its['a']} in A, {its['b']} in B")
    show_rows(list_rows(comparison), as_json=False, nothing="")


def _check_writable(*paths: Path | None) -> None:
    """Before hours are spent on what cannot be written. Raises ConfigError."""
    for path in paths:
        if path is None:
            continue
        folder = path.absolute().parent
        if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
            raise ConfigError(f"{path} cannot be written", hint="name a file in a folder that is there and can be written")


def _write(document: dict[str, Any], report: Path | None, html: Path | None) -> None:
    from orchestrator.simulation.page import compose_page

    if report:
        write_atomically(report, json.dumps(document, indent=1, ensure_ascii=False).encode())
    if html:
        write_atomically(html, compose_page(document).encode())


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    from orchestrator.simulation.page import SHOWN, tell, tell_interval

    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    rows = [
        {"figure": text, "mean": tell(document[key]), "95 % interval": tell_interval(document["intervals"].get(key))}
        for key, text in SHOWN.items()
        if document[key] is not None
    ]
    show_rows(rows, as_json=False, nothing="nothing was played")
    strategies = [
        {"strategy": name, **{key: tell(value) for key, value in its.items()}} for name, its in document["strategies"].items()
    ]
    print()
    show_rows(strategies, as_json=False, nothing="")
    if payoffs := document["payoffs"]:
        print("\ntokens a member and round more than the same members got honest:")
        told = [
            {"strategy": one["strategy"], "mean": tell(one["mean"]), "95 % interval": tell_interval(one), "games": one["games"]}
            for one in payoffs
        ]
        show_rows(told, as_json=False, nothing="")
    for game in document["games"]:
        for why, count in game["troubles"].items():
            Console(stderr=True).print(f"seed {game['seed']}: {count} times a node said: {why}", highlight=False, markup=False)
    gigabytes = document["peak_rss_bytes"] / 1e9
    print(
        f"\n{document['members']} members, {document['rounds']} rounds, {document['seconds']:.1f} s, {gigabytes:.2f} GB at most"
    )


def _show_points(document: dict[str, Any]) -> None:
    from orchestrator.simulation.page import tell

    rows = [
        {
            **{name: str(value) for name, value in one["values"].items()},
            **{aim: tell(one[aim]) for aim in document["aims"]},
            "not beaten": "yes" if one["is_pareto"] else "",
        }
        for one in document["points"]
    ]
    show_rows(rows, as_json=False, nothing="nothing was played")
