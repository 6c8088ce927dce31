"""Faults that no test notices, and why: how the files that list them are read. For scripts/mutate.py and read_mutants.py."""

from pathlib import Path

EQUIVALENT = "equivalent:"
"""Reasons that begin so say that there is nothing to notice; such a fault is not counted."""


def read_reasons(survivors: Path) -> dict[tuple[str, str, str], str]:
    """Blocks of: a path; `- ` the line; `+ ` what it becomes, once or several times; `= ` the reason."""
    reasons: dict[tuple[str, str, str], str] = {}
    path = original = ""
    pending: list[tuple[str, str, str]] = []
    for line in survivors.read_text().splitlines() if survivors.exists() else []:
        mark, text = line[:1], line[2:].strip()
        if mark == "-":
            original = text
        elif mark == "+":
            pending.append((path, original, text))
        elif mark == "=":
            reasons |= dict.fromkeys(pending, text)
            pending = []
        elif line and mark != "#":
            path = line.strip()
    return reasons
