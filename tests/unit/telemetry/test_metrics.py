"""What a node says, counted; whether it is well; and who may ask."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from orchestrator.telemetry.events import LINES
from orchestrator.telemetry.health import Health
from orchestrator.telemetry.log import tell_all
from orchestrator.telemetry.metrics import METRICS, Metrics, compose_page
from orchestrator.telemetry.server import serving

ROOT = Path(__file__).resolve().parents[3]
KNOWN = {line.name: line for line in LINES}
ALIVE = dict(
    round=3,
    phase="training",
    doing="Train",
    role="proposer",
    is_member=True,
    block=50,
    chain_time=1000,
    phase_end=1100,
    stake="99.5",
    rewards="2.25",
    pool="60",
)
SETTLED = dict(
    round=2,
    outcome="accepted",
    role="voter",
    did="voted +1",
    share="1.5",
    earned="1.5",
    fault="",
    penalty="0",
    rule="R18",
    why="x",
    hint="",
)
FAULTY = SETTLED | dict(outcome="rejected", earned="0", fault="minority", penalty="0.5")
SAID: list[tuple[str, dict[str, Any]]] = [
    ("started", dict(account="0xA", task="0xB", chain_id=5, pid=1)),
    ("alive", ALIVE),
    ("duty.done", dict(duty="Train", round=3, seconds=7.0)),
    ("duty.failed", dict(duty="Judge", why="no memory", traceback="", failures=1)),
    ("trouble", dict(duty="Look", why="no answer", hint="", failures=1)),
    ("round.settled", SETTLED),
    ("round.settled", FAULTY),
    ("balance", dict(coin="0.75")),
    ("transaction.mined", dict(act="commitVote", gas=70_000, block=50)),
    ("transaction.replaced", dict(nonce=1)),
    ("endpoint.failed", dict(endpoint="rpc.example:8545", why="Timeout")),
]


class Clock:
    now = 1004.0

    def __call__(self) -> float:
        return self.now


def hear() -> tuple[Metrics, Clock]:
    clock = Clock()
    metrics = Metrics(clock)
    for event, values in SAID:
        assert values.keys() >= KNOWN[event].fields.keys(), event
        metrics(event, **values)
    return metrics, clock


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("node", dict(account="0xA", task="0xB", chain_id="5"), 1),
        ("head_block", {}, 50),
        ("head_age_seconds", {}, 34),
        ("head_lag_seconds", {}, 4),
        ("round", {}, 3),
        ("phase", dict(phase="training"), 1),
        ("phase_left_seconds", {}, 70),
        ("is_member", {}, 1),
        ("stake_tokens", {}, 99.5),
        ("rewards_tokens", {}, 2.25),
        ("pool_tokens", {}, 60),
        ("coin", {}, 0.75),
        ("duty_seconds_sum", dict(duty="Train"), 7),
        ("duty_seconds_bucket", dict(duty="Train", le="5.0"), 0),
        ("duty_seconds_bucket", dict(duty="Train", le="10.0"), 1),
        ("duty_failures_total", dict(duty="Judge"), 1),
        ("duty_failures_total", dict(duty="Look"), 1),
        ("deadline_slack_seconds_sum", dict(act="commitVote"), 100),
        ("rounds_total", dict(outcome="rejected", role="voter"), 1),
        ("earned_tokens_total", {}, 1.5),
        ("penalties_total", dict(fault="minority"), 1),
        ("penalty_tokens_total", dict(fault="minority"), 0.5),
        ("transactions_total", dict(act="commitVote"), 1),
        ("gas_total", dict(act="commitVote"), 70_000),
        ("replacements_total", {}, 1),
        ("rpc_errors_total", dict(endpoint="rpc.example:8545"), 1),
        ("lines_total", dict(event="round.settled"), 2),
    ],
)
def test_each_metric_is_what_its_line_says(name: str, labels: dict[str, str], expected: float) -> None:
    metrics, clock = hear()
    clock.now += 30
    assert metrics.registry.get_sample_value(f"starling_{name}", labels) == expected


def test_every_metric_of_the_list_is_told_by_some_line() -> None:
    metrics, _ = hear()
    told = {sample.name for family in metrics.registry.collect() for sample in family.samples}
    endings = ("", "_total", "_sum")
    assert [one.name for one in METRICS if not any(f"starling_{one.name}{end}" in told for end in endings)] == []


def test_a_phase_that_is_over_is_not_told_any_more_and_one_without_an_end_has_nothing_left() -> None:
    metrics, _ = hear()
    metrics("alive", **ALIVE | dict(phase="settling", phase_end=None))
    assert metrics.registry.get_sample_value("starling_phase", {"phase": "training"}) is None
    assert metrics.registry.get_sample_value("starling_phase_left_seconds") == 0
    assert metrics.registry.get_sample_value("starling_head_lag_seconds") == 4, "the same block, seen again later"


def test_the_page_is_the_list() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == compose_page(), (
        "python -m orchestrator.telemetry.metrics >docs/metrics.md"
    )


# ── health ──


def listen(*said: tuple[str, dict[str, Any]]) -> tuple[Health, Clock]:
    clock = Clock()
    health = Health(clock)
    for event, values in said:
        health(event, **values)
    return health, clock


def test_a_node_is_ready_once_it_has_seen_the_task_as_a_member() -> None:
    health, _ = listen()
    assert health.find_hindrances() == ["the node has not seen the task yet"]
    health("alive", **ALIVE)
    assert health.find_hindrances() == []
    health("alive", **ALIVE | dict(is_member=False))
    assert health.find_hindrances() == ["the account is not a member of the task"]


def test_an_old_head_is_told_with_its_age() -> None:
    health, clock = listen(("alive", ALIVE))
    clock.now = 1000 + 121
    assert health.find_hindrances() == ["the latest block that was seen is 121 s old"]


def test_a_failing_duty_hinders_until_it_is_done_or_its_phase_is_over() -> None:
    health, _ = listen(("alive", ALIVE), ("duty.failed", dict(duty="Train", why="no memory")), ("alive", ALIVE))
    assert health.find_hindrances() == ["Train fails: no memory"]
    health("duty.done", duty="Train", round=3, seconds=1.0)
    assert health.find_hindrances() == []
    health("duty.given_up", duty="Train", round=3, why="nan", hint="")
    assert health.find_hindrances() == ["Train fails: nan"]
    health("alive", **ALIVE | dict(phase="committing"))
    assert health.find_hindrances() == []


def test_an_endpoint_that_answers_again_is_forgiven() -> None:
    health, _ = listen(("alive", ALIVE), ("trouble", dict(duty="Look", why="no answer")))
    assert health.find_hindrances() == ["Look fails: no answer"]
    health("alive", **ALIVE)
    assert health.find_hindrances() == []


def test_a_node_that_says_nothing_for_a_quarter_of_an_hour_is_ill() -> None:
    health, clock = listen(("progress", dict(work="train", round=3, fraction=0.1)))
    clock.now += 900
    assert health.find_illness() == []
    clock.now += 1
    assert health.find_illness() == ["the node has said nothing for 901 s"]


# ── who asks ──


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_three_pages_answer_and_no_other() -> None:
    metrics, health = Metrics(), Health()
    with serving(metrics, health, "127.0.0.1", 0) as address:
        log = tell_all(metrics, health)
        assert ask(f"{address}/healthz") == (200, '{"is_ok": true, "why": []}\n')
        code, text = ask(f"{address}/readyz")
        assert (code, json.loads(text)["why"]) == (503, ["the node has not seen the task yet"])
        log("alive", **ALIVE | dict(chain_time=2**40))
        assert ask(f"{address}/readyz")[0] == 200
        code, text = ask(f"{address}/metrics")
        assert code == 200 and "starling_round 3.0" in text and "process_cpu_seconds_total" in text
        assert ask(f"{address}/")[0] == 404
    with pytest.raises(urllib.error.URLError):
        ask(f"{address}/healthz")


def test_a_listener_that_fails_keeps_nobody_from_hearing() -> None:
    heard: list[str] = []

    def full(event: str, **values: Any) -> None:
        raise OSError(28, "no space left on device")

    with pytest.raises(OSError, match="no space"):
        tell_all(full, lambda event, **values: heard.append(event))("alive")
    assert heard == ["alive"]
