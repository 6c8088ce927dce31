"""What repeats is written now and then, with how often it was left out; nothing else is thinned."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.telemetry.events import REPEATING
from orchestrator.telemetry.thinning import REMEMBERED, Thinning


def write(event: str, times: range, **values: Any) -> list[tuple[int, int | None]]:
    """When it is written, and how many were left out before; said with `values` at all `times`."""
    thinning = Thinning()
    written = [(now, thinning.admit(event, values, float(now))) for now in times]
    return [(now, told.get("repeated")) for now, told in written if told is not None]


@pytest.mark.parametrize("event", sorted(REPEATING))
def test_what_is_said_for_the_same_reason_is_written_ever_less_often(event: str) -> None:
    """A minute, two, four … an hour apart; a day of it is some thirty lines, not forty thousand."""
    written = write(event, range(0, 86_400, 2), why="nobody offers it")
    assert written[:4] == [(0, None), (60, 29), (180, 59), (420, 119)]
    assert len(written) < 32
    assert written[-1][0] - written[-2][0] == 3600


def test_numbers_in_the_reason_do_not_make_it_another() -> None:
    thinning = Thinning()
    told = [thinning.admit("trouble", {"why": f"no answer after {now / 7} s"}, now) for now in range(50)]
    assert [now for now, values in enumerate(told) if values] == [0]


def test_another_reason_is_written_at_once_and_so_is_what_was_not_said_for_long() -> None:
    thinning = Thinning()
    assert thinning.admit("trouble", {"why": "no answer"}, 0)
    assert thinning.admit("trouble", {"why": "too many requests"}, 1)
    assert thinning.admit("artifact.missing", {"why": "no answer"}, 2)
    assert not thinning.admit("trouble", {"why": "no answer"}, 3)
    assert thinning.admit("trouble", {"why": "no answer"}, 3 + 7201) == {"why": "no answer"}


def test_what_is_remembered_is_bounded_although_peers_choose_words() -> None:
    """The oldest reason is forgotten first."""
    thinning = Thinning()
    names = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(REMEMBERED + 1)]
    assert all(thinning.admit("trouble", {"why": name}, 0) for name in names)
    assert thinning.admit("trouble", {"why": names[0]}, 1)
    assert not thinning.admit("trouble", {"why": names[-1]}, 1)


def test_a_sign_of_life_is_written_every_ten_minutes() -> None:
    assert [now for now, _ in write("alive", range(0, 3600, 7))] == [0, 602, 1204, 1806, 2408, 3010]


def test_what_happens_once_is_written_as_often_as_it_is_said() -> None:
    assert len(write("round.settled", range(50), round=1)) == 50
