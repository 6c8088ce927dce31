"""A node's log: one line per event, in a form that programs or people can read."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable

from orchestrator.telemetry.log import EventLog, Format


def write(form: Format, events: Iterable[tuple[float, str, dict[str, object]]]) -> list[str]:
    """The lines that `events` (time, name, values) become."""
    events = list(events)
    stream, times = io.StringIO(), iter([time for time, _, _ in events])
    log = EventLog(form, stream, clock=lambda: next(times))
    for _, name, values in events:
        log(name, **values)
    return stream.getvalue().splitlines()


def test_a_line_is_one_json_document() -> None:
    values = {"round": 3, "digest": b"\x01\xff", "loss": math.inf, "why": "a\nb", "accounts": [b"\x02"], "none": None}
    [line] = write("json", [(0.25, "update.left_out", values)])
    told = {"round": 3, "digest": "01ff", "loss": "inf", "why": "a\nb", "accounts": ["02"], "none": None}
    assert json.loads(line) == {"time": "1970-01-01T00:00:00.250+00:00", "event": "update.left_out", **told}


def test_people_read_one_line_too() -> None:
    [line] = write("text", [(3600, "duty", {"duty": "Train", "round": 2, "why": "a\nb", "hint": "", "loss": 0.123456})])
    assert line == '01:00:00 duty               duty=Train round=2 why="a\\nb" loss=0.1235'


def test_progress_is_thinned_out_and_nothing_else_is() -> None:
    progress = [(at / 100, "progress", {"fraction": at / 1000}) for at in range(1000)]
    assert 19 <= len(write("json", progress)) <= 21
    assert len(write("json", [(0.0, "duty", {}) for _ in range(50)])) == 50
