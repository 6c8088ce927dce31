"""Each parameter is defined once; the defaults are a task that the bounds allow."""

from __future__ import annotations

import pytest

from orchestrator.protocol.parameters import (
    MAX_AMOUNT,
    MAX_COUNT,
    PARAMETERS,
    Parameters,
    compute_least,
    compute_most,
)


def test_every_parameter_is_defined() -> None:
    """R1: the table is made from the fields, so none is without a unit and a line of help."""
    assert list(PARAMETERS) == list(Parameters.__dataclass_fields__)
    assert not [name for name, parameter in PARAMETERS.items() if not parameter.help or parameter.help.endswith(".")]


def test_the_defaults_are_within_the_bounds() -> None:
    defaults = Parameters(token="", beacon="", definition=b"", initial_model=b"")
    for name, parameter in PARAMETERS.items():
        value = getattr(defaults, name)
        if isinstance(value, int):
            assert parameter.least is not None and parameter.most is not None
            least = compute_least(name, proposers=defaults.proposers, min_stake=defaults.min_stake)
            least = 0 if parameter.least == 0 and value == 0 else least or 0
            assert least <= value <= (compute_most(name, defaults.max_participants) or 0)


def test_the_defaults_are_honest_on_unlike_data() -> None:
    """D3, R5: small penalties, a first fault excludes nobody, proposers are a quarter to three tenths of the members."""
    defaults = Parameters(token="", beacon="", definition=b"", initial_model=b"")
    assert (defaults.fault_bps, defaults.condemned_bps, defaults.floor_bps) == (50, 500, 5000)
    assert 2 * defaults.proposers + 1 <= defaults.min_participants
    assert 0.25 <= defaults.proposers / defaults.min_participants <= 0.3


@pytest.mark.parametrize(
    ("name", "most"),
    [("min_participants", 7), ("min_stake", MAX_AMOUNT // 7), ("max_participants", MAX_COUNT), ("token", None)],
)
def test_two_upper_bounds_depend_on_how_many_may_join(name: str, most: int | None) -> None:
    """R1: everybody that may join must find room, and what they stake must not overflow."""
    assert compute_most(name, 7) == most


@pytest.mark.parametrize(
    ("name", "proposers", "least"),
    [
        ("min_participants", 1, 4),
        ("min_participants", 2, 5),
        ("min_participants", 16, 33),
        ("max_stake", 2, 10),
        ("voters", 2, 3),
        ("patience", 2, 0),
        ("rounds", 2, 1),
        ("token", 2, None),
    ],
)
def test_two_lower_bounds_depend_on_others(name: str, proposers: int, least: int | None) -> None:
    """R1: nobody decides alone, voters are the majority, and who stakes the least may stake."""
    assert compute_least(name, proposers=proposers, min_stake=10) == least
