"""`starling simulate` as people type it: games are played, kept, reported and compared."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli_harness import STARLING

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--preset", "quick", "--members", "10", "--rounds", "2"]


def simulate(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*STARLING, "simulate", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reports of the same two seeds, without liars and with."""
    folder = tmp_path_factory.mktemp("reports")
    for name, more in {"a": (), "b": ("--liars", 0.2, "--attack", "sign flip")}.items():
        done = simulate(folder, *SMALL, "--seeds", 2, "--jobs", 2, "--report", f"{name}.json", "--html", f"{name}.html", *more)
        assert done.returncode == 0, done.stderr
        assert "accuracy on the held-out test set" in done.stdout
    return folder


def test_a_report_says_what_came_of_it(reports: Path) -> None:
    report = read(reports / "b.json")
    assert (report["members"], report["rounds"], report["is_complete"]) == (10, 2, True)
    assert report["strategies"]["honest"]["count"] == 8 and report["strategies"]["sign flip"]["count"] == 2
    assert [game["seed"] for game in report["games"]] == [0, 1]
    assert report["peak_rss_bytes"] > 100e6 and report["seconds"] > 0
    assert not any(game["troubles"] for game in report["games"])
    assert "<svg" in (reports / "b.html").read_text()
    assert not list((reports / ".starling" / "simulate").iterdir()), "what was kept meanwhile is gone"


def test_reports_are_compared(reports: Path) -> None:
    done = simulate(reports, "--compare", "a.json", "b.json")
    assert done.returncode == 0 and "liars: 0.0 in A, 0.2 in B" in done.stdout
    assert re.search(r"accuracy +0\.\d+ +0\.\d+ ", done.stdout)


def test_ctrl_c_keeps_what_is_done_and_the_run_goes_on(tmp_path: Path, reports: Path) -> None:
    """What comes of it in the end is what would have come of it."""
    arguments = [
        "--preset",
        "quick",
        "--members",
        "10",
        "--rounds",
        "6",
        "--seed",
        "3",
        "--report",
        "r.json",
        "--resume",
        "kept",
    ]
    process = subprocess.Popen([*STARLING, "simulate", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 200
    while not list(tmp_path.glob("kept/game-3/round-00002.json")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=100)
    assert process.returncode == 130 and "go on with --resume kept" in told
    partial = read(tmp_path / "r.json")
    assert not partial["is_complete"] and 2 <= partial["rounds"] < 6
    assert simulate(tmp_path, *arguments).returncode == 0
    whole = simulate(tmp_path, *arguments[:-2], "--report", "whole.json")
    assert whole.returncode == 0
    resumed, played = (read(tmp_path / name)["games"][0] for name in ("r.json", "whole.json"))
    for document in (resumed, played):
        document.pop("seconds"), document.pop("peak_rss_bytes")
    assert resumed == played
    other = simulate(tmp_path, *arguments, "--alpha", 0.5)
    assert other.returncode == 1 and "keeps games of another scenario" in other.stderr


def test_a_sweep_lists_what_no_other_choice_beats(tmp_path: Path) -> None:
    over = ["--over", "proposers=2,3", "--over", "definition.verdict.theta=0.15", "--report", "s.json"]
    done = simulate(tmp_path, "sweep", *SMALL, *over)
    assert done.returncode == 0, done.stderr
    points = read(tmp_path / "s.json")["points"]
    assert {point["values"]["proposers"] for point in points} == {2, 3} and any(point["is_pareto"] for point in points)
    assert "not beaten" in done.stdout


def test_payoffs_are_held_against_honesty(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        'members = 10\nrounds = 2\nseeds = 2\n[payoffs]\nstrategies = ["never reveal"]\nsubjects = 2\n'
    )
    done = simulate(tmp_path, "p.toml", "--report", "p.json")
    assert done.returncode == 0, done.stderr
    (payoff,) = read(tmp_path / "p.json")["payoffs"]
    assert payoff["strategy"] == "never reveal" and payoff["games"] == 2 and payoff["mean"] < 0


def test_what_is_kept_of_the_evidence_is_not_played_again(tmp_path: Path) -> None:
    """The games behind docs/evidence.md, in small."""
    (tmp_path / "grid.toml").write_text(
        "[scenario]\nmembers = 10\nrounds = 1\nseeds = 2\n[axes.data]\nIID = {}\n"
        '[[table]]\nname = "small"\ncolumns = ["accuracy"]\nrows.data = "all"\n'
    )

    def run(what: str) -> str:
        command = [sys.executable, ROOT / "scripts" / "benchmarks" / "evidence.py", what, "--folder", tmp_path]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout

    assert "2 of 2 games are left" in run("left")
    assert len(run("play").splitlines()) == 2
    kept = (tmp_path / "small.jsonl").read_text()
    assert [json.loads(line)["seed"] for line in kept.splitlines()] == [0, 1]
    assert "0 of 2 games are left" in run("left") and run("play") == ""
    assert (tmp_path / "small.jsonl").read_text() == kept


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say what to simulate"),
        (["nowhere.toml"], "nowhere.toml cannot be read"),
        (["--preset", "slow"], "no preset 'slow'"),
        (["--preset", "quick", "--members", "9"], "members"),
        (["--preset", "quick", "--alpha", "0"], "alpha"),
        (["--preset", "quick", "--liars", "1.5"], "liars"),
        (["--preset", "quick", "--attack", "kindness"], "no strategy 'kindness'"),
        (["--preset", "quick", "--report", "no/such/folder.json"], "cannot be written"),
        (["--preset", "quick", "--device", "abacus"], "no device 'abacus'"),
        (["--compare", "a.json", "b.json"], "a.json cannot be read"),
        (["sweep", "--preset", "quick"], "nothing to sweep over"),
    ],
)
def test_who_asks_for_what_cannot_be_hears_what_to_do(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = simulate(tmp_path, *arguments)
    assert done.returncode == 1 and said in done.stderr and "hint" in done.stderr and "Traceback" not in done.stderr
