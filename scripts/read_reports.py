"""Reads what a tool reported, prints its figures and says by the exit status whether the bar was met.

Usage: read_reports.py fuzz LOG CALLS | gas FOUND WRITTEN LIMITS | coverage LOG | slither JSON | halmos LOG PROOFS
"""

import json
import re
import sys
from pathlib import Path

COVERAGE = {"lines": 100.0, "statements": 100.0, "branches": 97.0, "functions": 100.0}
"""Least per cent of each."""
LOUD = ("High", "Medium")


def read_fuzz(log: Path, calls: str) -> bool:
    text = log.read_text()
    campaigns = dict(re.findall(r"\[PASS\] (invariant_\w+)\(\) \(runs: \d+, calls: (\d+),", text))
    failed = sorted(set(re.findall(r"^ (invariant_\w+)\(\) \(runs:", text, re.MULTILINE)))
    done = sum(map(int, campaigns.values()))
    held = f"{len(campaigns)} invariants held, {len(failed)} failed {' '.join(failed)}"
    print(f"fuzz: {done:,} calls of {int(calls):,} wanted; {held}")
    return done >= int(calls) and not failed


def read_gas(report: Path, snapshot: str, bounds: str) -> bool:
    """Brownie's tests compare with the snapshot; this shows it, and where what acts cost together is limited."""
    found = json.loads(report.read_text()) if report.exists() else {}
    written, limits = json.loads(Path(snapshot).read_text()), json.loads(Path(bounds).read_text())
    print(f"{'':40}{'gas':>12}{'written':>12}{'limit':>12}")
    kept = []
    for names in [*sorted(written | found), *(names for names in limits if names not in written)]:
        gas, before = (sum(each.get(name, 0) for name in names.split(" + ")) for each in (found, written))
        print(f"{names:40}{gas:12,}{before:12,}{limits.get(names, ''):>12}")
        kept += [0 < gas <= limits[names]] if names in limits else []
    print(f"gas: {sum(kept)} of {len(limits)} limits kept")
    return len(kept) == len(limits) and all(kept)


def read_coverage(log: Path) -> bool:
    lines = [line.strip("|") for line in log.read_text().splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    names = ("lines", "statements", "branches", "functions")
    rows = [row for row in rows if len(row) == 5 and row[1].endswith(")")]
    for row in rows:
        print("  ".join([f"{row[0]:44}", *(f"{cell:>20}" for cell in row[1:])]))
    total = next((row for row in rows if row[0] == "Total"), None)
    if total is None:
        print("coverage: no total in the report")
        return False
    reached = {name: float(cell.split("%")[0]) for name, cell in zip(names, total[1:], strict=True)}
    print("coverage: " + ", ".join(f"{name} {reached[name]:g} % (at least {COVERAGE[name]:g})" for name in names))
    return all(reached[name] >= least for name, least in COVERAGE.items())


def read_slither(report: Path) -> bool:
    found = json.loads(report.read_text())
    if not found["success"]:
        print(f"slither: {found['error']}")
        return False
    results = found["results"].get("detectors", [])
    for result in results:
        if result["impact"] in LOUD:
            print(f"{result['impact']:7}{result['check']}: {result['description'].splitlines()[0]}")
    counts = {impact: sum(result["impact"] == impact for result in results) for impact in (*LOUD, "Low", "Informational")}
    print("slither: not explained: " + ", ".join(f"{count} {impact.lower()}" for impact, count in counts.items()))
    return not any(counts[impact] for impact in LOUD)


def read_halmos(log: Path, proofs: str) -> bool:
    results = re.findall(r"\[(PASS|FAIL|TIMEOUT|ERROR)\]\S* (check_\w+)", log.read_text())
    proved = {name for outcome, name in results if outcome == "PASS"}
    others = [f"{name} ({outcome.lower()})" for outcome, name in results if outcome != "PASS"]
    print(f"halmos: {len(proved)} of {proofs} proved {' '.join(others)}")
    return len(proved) == int(proofs) and not others


def main(kind: str, report: str, *rest: str) -> int:
    readers = {"fuzz": read_fuzz, "gas": read_gas, "coverage": read_coverage, "slither": read_slither, "halmos": read_halmos}
    return 0 if readers[kind](Path(report), *rest) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
