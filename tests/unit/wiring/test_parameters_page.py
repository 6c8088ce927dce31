"""The page for creators is made from the code, and what can be chosen is an option."""

from __future__ import annotations

from pathlib import Path

from orchestrator.protocol.parameters import PARAMETERS
from orchestrator.wiring.dangers import DANGERS
from orchestrator.wiring.parameters_page import compose_page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "parameters.md"


def test_the_page_is_the_one_that_the_code_makes() -> None:
    """R1."""
    assert PAGE.read_text() == compose_page(), "python -m orchestrator.wiring.parameters_page >docs/parameters.md"


def test_every_parameter_and_every_danger_is_on_it() -> None:
    page = compose_page()
    assert all(f"| `{name}` |" in page for name in PARAMETERS)
    assert all(danger.why in page for danger in DANGERS)


def test_no_row_is_torn_by_a_letter_of_its_own() -> None:
    rows = [line.replace(r"\|", "") for line in compose_page().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4, 5, 6}
