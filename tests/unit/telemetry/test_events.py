"""What a node says stands in one list, and what stands in the list is said: read from the calls themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.telemetry.events import LINES, compose_page

ROOT = Path(__file__).resolve().parents[3]
KNOWN = {line.name: line for line in LINES}


@dataclass(frozen=True)
class Call:
    """`log("name", field=…)` somewhere in the code."""

    place: str
    name: str
    fields: frozenset[str]
    is_open: bool
    """Whether there are more fields, which only show themselves at run time."""


def find_calls(path: Path) -> Iterator[Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        name = node.args[0]
        if called in {"log", "_log"} and isinstance(name, ast.Constant) and isinstance(name.value, str):
            fields = {keyword.arg for keyword in node.keywords}
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Call(place, name.value, frozenset(field for field in fields if field), None in fields)


CALLS = [call for path in sorted((ROOT / "orchestrator").rglob("*.py")) for call in find_calls(path)]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.place} {call.name}")
def test_what_is_said_stands_in_the_list_with_its_fields(call: Call) -> None:
    assert call.name in KNOWN
    line = KNOWN[call.name]
    assert call.fields <= line.fields.keys() | line.optional.keys()
    assert call.is_open or line.fields.keys() <= call.fields


def test_what_stands_in_the_list_is_said() -> None:
    assert KNOWN.keys() == {call.name for call in CALLS}


def test_each_name_stands_there_once() -> None:
    assert len(KNOWN) == len(LINES)


def test_the_page_is_the_list() -> None:
    page = ROOT / "docs" / "log.md"
    assert page.read_text() == compose_page(), "python -m orchestrator.telemetry.events >docs/log.md"
