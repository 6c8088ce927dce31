"""What a node says, counted for Prometheus. `python -m orchestrator.telemetry.metrics` prints the page docs/metrics.md.

Hears every line of the log, also those that are not written. Nobody who says them knows of this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from orchestrator.telemetry import events

SECONDS: Final = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Upper bounds of the histograms' buckets."""
WITH_DEADLINE: Final = frozenset({"submitUpdate", "commitVote", "revealVote"})
"""Acts that a window ends for."""


@dataclass(frozen=True)
class Metric:
    """One metric; `starling_` goes before its name."""

    name: str
    kind: type[Gauge] | type[Counter] | type[Histogram]
    help: str
    labels: tuple[str, ...] = ()


METRICS: Final = (
    Metric("node", Gauge, "1 for the node that is running", ("account", "task", "chain_id")),
    Metric("head_block", Gauge, "Number of the latest block that was seen"),
    Metric("head_age_seconds", Gauge, "Since the time of the latest block that was seen, by this machine's clock"),
    Metric("head_lag_seconds", Gauge, "From the time of the latest block until it was first seen, by this machine's clock"),
    Metric("round", Gauge, "Number of the round in progress or next"),
    Metric("phase", Gauge, "1 for the phase that the task is in", ("phase",)),
    Metric("phase_left_seconds", Gauge, "Until the phase ends at the latest; 0 where no end is set"),
    Metric("is_member", Gauge, "1 if the account is drawn in the next rounds"),
    Metric("stake_tokens", Gauge, "What the account has at stake"),
    Metric("rewards_tokens", Gauge, "Credited and not claimed"),
    Metric("pool_tokens", Gauge, "The task's reward pool"),
    Metric("coin", Gauge, "What pays for gas, in the chain's coin; known from the first settled round on"),
    Metric("duty_seconds", Histogram, "How long duties took", ("duty",)),
    Metric("duty_failures", Counter, "Duties that failed, once for each try", ("duty",)),
    Metric("deadline_slack_seconds", Histogram, "What was left of the phase when an act was mined", ("act",)),
    Metric("rounds", Counter, "Settled rounds, by outcome and by what the account was in them", ("outcome", "role")),
    Metric("earned_tokens", Counter, "Earned of the rewards of rounds"),
    Metric("penalties", Counter, "Rounds with a penalty, by its reason", ("fault",)),
    Metric("penalty_tokens", Counter, "Taken or to be taken of the stake, by reason", ("fault",)),
    Metric("transactions", Counter, "Mined", ("act",)),
    Metric("gas", Counter, "Used by what was mined", ("act",)),
    Metric("replacements", Counter, "Transactions offered again for more"),
    Metric("rpc_errors", Counter, "Requests that an endpoint did not answer, or answered with nonsense", ("endpoint",)),
    Metric("lines", Counter, "What the node said, by event: docs/log.md", ("event",)),
)


class Metrics:
    """A listener of the log, and the registry that it fills."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells seconds since 1970."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._clock = clock
        self._found: dict[str, Any] = {metric.name: self._make(metric) for metric in METRICS}
        self._block = -1
        self._chain_time = self._phase_end = self._first_seen = 0.0
        self._found["head_age_seconds"].set_function(self._compute_age)
        self._found["phase_left_seconds"].set_function(lambda: max(0.0, self._compute_left()))

    def _make(self, metric: Metric) -> MetricWrapperBase:
        bounds: dict[str, Any] = {"buckets": SECONDS} if metric.kind is Histogram else {}
        name = f"starling_{metric.name}"
        return metric.kind(name, metric.help, labelnames=metric.labels, registry=self.registry, **bounds)

    def __call__(self, event: str, **values: Any) -> None:
        found = self._found
        found["lines"].labels(event).inc()
        match event:
            case events.STARTED:
                found["node"].labels(values["account"], values["task"], values["chain_id"]).set(1)
            case events.ALIVE:
                self._see(values)
            case events.DUTY_DONE:
                found["duty_seconds"].labels(values["duty"]).observe(values["seconds"])
            case events.DUTY_FAILED | events.TROUBLE:
                found["duty_failures"].labels(values["duty"]).inc()
            case events.ROUND_SETTLED:
                self._count_round(values)
            case events.BALANCE:
                found["coin"].set(float(values["coin"]))
            case events.TRANSACTION_MINED:
                self._count_transaction(values)
            case events.TRANSACTION_REPLACED:
                found["replacements"].inc()
            case events.ENDPOINT_FAILED:
                found["rpc_errors"].labels(values["endpoint"]).inc()

    def _see(self, values: Mapping[str, Any]) -> None:
        found, now = self._found, self._clock()
        if values["block"] != self._block:
            self._block, self._chain_time, self._first_seen = values["block"], float(values["chain_time"]), now
            found["head_lag_seconds"].set(max(0.0, now - self._chain_time))
        self._phase_end = float(values["phase_end"] or 0)
        found["head_block"].set(values["block"])
        found["round"].set(values["round"])
        found["phase"].clear()
        found["phase"].labels(values["phase"]).set(1)
        found["is_member"].set(values["is_member"])
        for name in ("stake", "rewards", "pool"):
            found[f"{name}_tokens"].set(float(values[name]))

    def _count_round(self, values: Mapping[str, Any]) -> None:
        found = self._found
        found["rounds"].labels(values["outcome"], values["role"]).inc()
        found["earned_tokens"].inc(float(values["earned"]))
        if fault := values["fault"]:
            found["penalties"].labels(fault).inc()
            found["penalty_tokens"].labels(fault).inc(float(values["penalty"]))

    def _count_transaction(self, values: Mapping[str, Any]) -> None:
        act = values["act"]
        self._found["transactions"].labels(act).inc()
        self._found["gas"].labels(act).inc(values["gas"])
        if act in WITH_DEADLINE and self._phase_end:
            self._found["deadline_slack_seconds"].labels(act).observe(max(0.0, self._compute_left()))

    def _compute_age(self) -> float:
        return max(0.0, self._clock() - self._chain_time) if self._chain_time else 0.0

    def _compute_left(self) -> float:
        """Of the phase, in chain time: the latest block's, and what has passed since it was first seen."""
        return self._phase_end - (self._chain_time + self._clock() - self._first_seen) if self._phase_end else 0.0


def compose_page() -> str:
    """The page for who runs Prometheus."""
    return "\n".join(
        [*_HEAD, *(f"| `{_tell_name(metric)}` | {_tell_kind(metric)} | {metric.help} |" for metric in METRICS), ""]
    )


def _tell_name(metric: Metric) -> str:
    name = f"starling_{metric.name}" + ("_total" if metric.kind is Counter else "")
    return name + (f"{{{', '.join(metric.labels)}}}" if metric.labels else "")


def _tell_kind(metric: Metric) -> str:
    return metric.kind.__name__.lower()


_HEAD: Final = (
    "# Metrics of a node",
    "",
    "`starling node run … --metrics 9100` answers on `http://127.0.0.1:9100`; `--metrics 0.0.0.0:9100` lets others ask, too,",
    "and tells them account, stake and pay. There is no password: put a proxy before it where that matters.",
    "",
    "| path | |",
    "|---|---|",
    "| `/metrics` | what stands below, and `process_…` (CPU, memory, files) as Prometheus has them |",
    "| `/healthz` | 200 while the node says something, 503 once it has said nothing for 15 minutes |",
    "| `/readyz` | 200 if the latest block is less than two minutes old, the account is a member and no duty fails; else 503 |",
    "",
    "The last two answer with a JSON document: `is_ok`, and `why` not, a list of sentences.",
    "",
    "Counters begin anew with each start. Tokens are whole ones of the task's token.",
    "",
    "Made from `orchestrator/telemetry/metrics.py` by `python -m orchestrator.telemetry.metrics >docs/metrics.md`.",
    "",
    "| metric | kind | what it tells |",
    "|---|---|---|",
)

if __name__ == "__main__":
    print(compose_page(), end="")
