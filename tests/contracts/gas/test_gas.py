"""What the acts cost (I9, D17): measured, written down, and noticed when it grows."""

import json
import re
from pathlib import Path

import pytest

from tests.contracts.gas.measure import measure

HERE = Path(__file__).parent
WRITTEN = HERE.parent / "gas.json"
FOUND = HERE.parents[2] / "build/gas.json"
LIMITS = json.loads((HERE / "limits.json").read_text())
MANUAL = HERE.parents[2] / "contracts/README.md"


@pytest.fixture(scope="module")
def found(bench, crowd, OddBeacon) -> dict[str, int]:
    gas = measure(bench, crowd, bench.people[0].deploy(OddBeacon))
    FOUND.parent.mkdir(exist_ok=True)
    FOUND.write_text(json.dumps(gas, indent=2, sort_keys=True) + "\n")
    return gas


def test_nothing_costs_over_one_percent_more_than_what_is_written_down(found):
    """I9, D17: `cp build/gas.json tests/contracts/gas.json` writes the new figures down, in the commit that changes them."""
    written = json.loads(WRITTEN.read_text())
    assert written.keys() == found.keys()
    grown = {name: (written[name], gas) for name, gas in found.items() if gas > written[name] * 1.01}
    assert not grown, f"{grown}: if on purpose, cp build/gas.json tests/contracts/gas.json"


def test_draw_and_settle_cost_the_same_for_4_and_4000_members(found):
    """I9: within one percent."""
    for act in ("draw", "settle"):
        assert found[f"{act}/n=4000"] == pytest.approx(found[f"{act}/n=4"], rel=0.01)
        assert found[f"{act}/n=4000"] == pytest.approx(found[f"{act}/n=20"], rel=0.01)


@pytest.mark.parametrize("acts", LIMITS)
def test_acts_keep_to_their_limits(found, acts):
    """D17: what a participant pays in a steady round."""
    assert sum(found[act] for act in acts.split(" + ")) <= LIMITS[acts]


@pytest.mark.parametrize("act", ["submitUpdate", "commitVote", "revealVote"])
def test_operator_pays_little_more(found, act):
    """R6a: the look at who may act for whom."""
    assert found[f"{act}/steady"] < found[f"{act}/operator"] <= found[f"{act}/steady"] + 2_500


def test_nothing_outgrows_a_block(found):
    """I9: no transaction costs more than 4 M, at any size of membership."""
    assert max(gas for name, gas in found.items() if not name.startswith("round")) <= 4_000_000


def test_the_manual_tells_the_figures_that_are_written_down():
    """Every row of its tables that names gas keys tells their sum."""
    written = json.loads(WRITTEN.read_text())
    rows = [
        row for row in MANUAL.read_text().splitlines() if row.startswith("|") and re.search("`[a-zA-Z]+/|`createTask`", row)
    ]
    assert len(rows) == 15
    for row in rows:
        keys = [key for key in re.findall("`([^`]+)`", row) if key in written]
        assert f"| {sum(written[key] for key in keys):,} |" in row, row
