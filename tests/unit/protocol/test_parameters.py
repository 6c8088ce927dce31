"""Each parameter is defined once; the defaults are a task that the bounds allow."""

from __future__ import annotations

import pytest

from orchestrator.protocol.parameters import MAX_COUNT, MAX_WEI, PARAMETERS, Parameters, compute_most


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
            assert parameter.least <= value <= (compute_most(name, defaults.max_participants) or 0)


@pytest.mark.parametrize(
    ("name", "most"), [("min_participants", 7), ("min_stake", MAX_WEI // 7), ("max_participants", MAX_COUNT), ("token", None)]
)
def test_two_bounds_depend_on_how_many_may_join(name: str, most: int | None) -> None:
    """R1: everybody that may join must find room, and what they stake must not overflow."""
    assert compute_most(name, 7) == most
