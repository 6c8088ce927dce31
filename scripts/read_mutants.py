"""Counts what tests noticed of the faults that mutmut has put into the Python core, module by module.

Usage: read_mutants.py TREE, where `mutmut run` has run. Says by the exit status whether each module has met the bar. Survivors
with their reasons are in tests/unit/mutation-survivors.txt.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from survivors import EQUIVALENT, read_reasons

ROOT = Path(__file__).resolve().parent.parent
SURVIVORS = ROOT / "tests" / "unit" / "mutation-survivors.txt"
REPORT = ROOT / "build" / "reports" / "mutation-python.json"
LEAST = 90.0
"""Per cent of the mutants of each module that are not equivalent."""
NOTICED = ("killed", "timeout")
"""A fault that makes a test run for ever is one that nobody overlooks. One that mutmut cannot tell counts as survived."""


def read_fault(mutant: str) -> tuple[str, str]:
    """The line as it is, and what the fault makes of it; where it takes several, they are told as one."""
    lines = get_diff_for_mutant(mutant).splitlines()[2:]
    before, after = ([line[1:].strip() for line in lines if line.startswith(mark)] for mark in "-+")
    return " ".join(before), " ".join(after)


def score(count: Counter[str]) -> float:
    counted = count["killed"] + count["survived"]
    return 100 * count["killed"] / counted if counted else 0.0


def main(tree: str) -> int:
    os.chdir(tree)  # mutmut knows no other place
    reasons = read_reasons(SURVIVORS)
    counts: dict[str, Counter[str]] = {}
    survivors: list[dict[str, str]] = []
    for path in sorted(map(str, walk_mutatable_files())):
        data = SourceFileMutationData(path=path)
        data.load()
        counts[path] = Counter()
        for mutant, exit_code in data.exit_code_by_key.items():
            status = status_by_exit_code[exit_code]
            if status in NOTICED:
                counts[path]["killed"] += 1
                continue
            original, mutated = read_fault(mutant)
            reason = reasons.pop((path, original, mutated), "")
            counts[path]["equal" if reason.startswith(EQUIVALENT) else "survived"] += 1
            survivors.append(dict(path=path, mutant=mutant, status=status, original=original, mutated=mutated, reason=reason))

    for one in survivors:
        if not one["reason"]:
            print(f"\n{one['mutant']}: {one['status']}\n{one['path']}\n- {one['original']}\n+ {one['mutated']}")
            print(f"NO REASON in {SURVIVORS.relative_to(ROOT)}")
    for path, original, mutated in reasons:
        print(f"\nlisted, but no survivor: {path}\n- {original}\n+ {mutated}")
    print(f"\n{'':40}{'killed':>9}{'survived':>9}{'equal':>9}{'score':>9}")
    for path, count in counts.items():
        print(f"{path:40}{count['killed']:9}{count['survived']:9}{count['equal']:9}{score(count):7.1f} %")
    total = sum(counts.values(), Counter())
    files = {path: dict(count) | {"score": score(count)} for path, count in counts.items()}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({"score": score(total), "files": files, "survivors": survivors}, indent=2) + "\n")
    lowest = min(map(score, counts.values()), default=0.0)
    figures = f"{score(total):.1f} %, lowest module {lowest:.1f} % (at least {LEAST:g}), {total['equal']} equivalent"
    print(f"mutation-python: {total['killed']} of {total['killed'] + total['survived']} killed = {figures}")
    return 0 if lowest >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
