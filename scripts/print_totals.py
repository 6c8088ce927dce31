"""Adds up what the suites reported in FOLDER: their JUnit files and Foundry's log. The last line is the sum."""

import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

FOUNDRY = re.compile(r"(\d+) tests? passed, (\d+) failed, (\d+) skipped \(\d+ total")


def count_junit(report: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        counts.update(passed=int(suite.get("tests", 0)) - failed - skipped, failed=failed, skipped=skipped)
    return counts


def count_foundry(log: Path) -> Counter[str]:
    found = FOUNDRY.findall(log.read_text())
    passed, failed, skipped = map(int, found[-1]) if found else (0, 1, 0)
    return Counter(passed=passed, failed=failed, skipped=skipped)


def describe(counts: Counter[str]) -> str:
    return f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"


def main(folder: Path) -> int:
    suites = {report.stem: count_junit(report) for report in sorted(folder.glob("*.xml"))}
    suites |= {log.stem: count_foundry(log) for log in folder.glob("foundry.log")}
    print("── totals")
    for name, counts in suites.items():
        print(f"{name:12} {describe(counts)}")
    total = sum(suites.values(), Counter())
    print(f"total: {describe(total)}")
    return 0 if total["passed"] and not total["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
