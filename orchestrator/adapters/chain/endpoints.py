"""Which endpoint is asked? The first in the owner's order that is well; the others are for when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from orchestrator.adapters.chain.refusals import Complaint, Declined, classify_complaint, is_rate_limit
from orchestrator.adapters.chain.transport import Transport
from orchestrator.errors import ChainError, ConfigError, Transient
from orchestrator.ports import Log

FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 60.0
CHECK_SECONDS = 600.0
"""So often each endpoint is asked which chain it is, and after each failure: what stands behind an address may change."""
RATE_PAUSES_SECONDS = (0.3, 0.6, 1.2)
"""An endpoint with a limit by the second is asked again after these: an act is five requests in a row."""
BACK_SECONDS = 60.0
"""If for so long all say that the chain is shorter than it was, it is: a test chain that was set back."""
COMPARE_SECONDS = 15.0
"""When the head has stood still for so long the others are asked for theirs, and so often while it does."""
STALE_SECONDS = 60.0
"""A head that stands still for so long is told."""


_OWN = (Complaint.OTHER, Complaint.FULL, Complaint.REVERTED)
"""What another endpoint may see in another way: limits, what it lacks; and some strip what a contract says with its refusal."""


REQUEST_SECONDS, SHORT_REQUEST_SECONDS = 20.0, 8.0
"""An endpoint has so long to answer; the shorter where there is another."""


@dataclass(frozen=True)
class Health:
    """What is known of one endpoint; times are by a clock that never goes back."""

    failures: int = 0
    """In a row."""
    rests_until: float = 0.0
    checked_at: float | None = None
    """When it last said that it is the right chain; None: not since it failed."""

    def fail(self, now: float) -> Health:
        """As it is after one more failure: asked again later, and first of all which chain it is."""
        rest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2.0 ** min(self.failures, 20))
        return Health(self.failures + 1, now + rest)

    def recover(self) -> Health:
        """As it is after an answer."""
        return replace(self, failures=0, rests_until=0.0)

    def is_due(self, now: float) -> bool:
        """Whether it must say first which chain it is."""
        return self.checked_at is None or now - self.checked_at >= CHECK_SECONDS


def find_order(table: Sequence[Health], now: float) -> list[int]:
    """In which order endpoints are asked: those that are well as their owner has them, then those that rest, the first to be
    awake again first. Nobody is left out: where all fail, any answer is welcome."""
    return sorted(range(len(table)), key=lambda number: (max(0.0, table[number].rests_until - now), number))


class Endpoints:
    """One chain behind one or more endpoints. May be used by several threads at once."""

    def __init__(
        self, urls: Sequence[str], log: Log, *, chain_id: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`chain_id`: the chain that is meant; None takes what the first that answers says.

        Raises ConfigError if one of the `urls` is none, Transient if nothing answers, ChainError if all are other chains.
        """
        if not urls:
            raise ConfigError("there is no RPC endpoint", hint="give one with --rpc")
        seconds = REQUEST_SECONDS if len(urls) == 1 else SHORT_REQUEST_SECONDS
        self._transports = [Transport(url, seconds) for url in urls]
        self._table = [Health()] * len(urls)
        self._log, self._clock = log, clock
        self._lock = RLock()
        self._used = 0
        self._head, self._rose_at = -1, clock()
        self._back_since: float | None = None
        self._is_stale = False
        self._compared_at = clock()
        self._chain_id = chain_id
        self.ask("eth_chainId")

    @property
    def chain_id(self) -> int:
        """The chain that is meant."""
        assert self._chain_id is not None
        return self._chain_id

    @property
    def used(self) -> Transport:
        """The one that answered last."""
        return self._transports[self._used]

    def __len__(self) -> int:
        return len(self._transports)

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of a method, from the first endpoint that gives one; who is asked too often is asked again in a moment.

        Raises Declined if all who answer say no, ChainError if all are other chains, Transient if nobody answers.
        """
        for pause in RATE_PAUSES_SECONDS:
            try:
                return self._ask_all(method, *parameters)
            except (Declined, Transient) as failed:
                if not is_rate_limit(str(failed)):
                    raise
            time.sleep(pause)
        return self._ask_all(method, *parameters)

    def _ask_all(self, method: str, *parameters: Any) -> Any:
        failure: Exception | None = None
        for number in find_order(self._table, self._clock()):
            try:
                self._check(number)
                result = self._transports[number].ask(method, *parameters)
            except (Transient, ChainError) as failed:
                self._fail(number, failed)
                failure = failure or failed
            except Declined as declined:
                # What a contract or a pool of transactions refuses, it refuses everywhere; the rest is the endpoint's own.
                self._use(number)
                if declined.data or classify_complaint(str(declined)) not in _OWN:
                    raise
                failure = declined
            else:
                self._use(number)
                return result
        assert failure is not None
        raise failure

    def _check(self, number: int) -> None:
        """Raises ChainError if this endpoint is another chain."""
        if not self._table[number].is_due(self._clock()):
            return
        transport = self._transports[number]
        try:
            answer = transport.ask("eth_chainId")
        except Declined as declined:
            raise transport.blame("eth_chainId", declined) from declined
        if not isinstance(answer, str) or not answer.startswith("0x"):
            raise transport.blame("eth_chainId", answer)
        try:
            actual = int(answer, 16)
        except ValueError as odd:
            raise transport.blame("eth_chainId", odd) from odd
        if self._chain_id is None:
            self._chain_id = actual
        if actual != self._chain_id:
            hint = "point --rpc at a node of the chain you mean, or change --chain-id"
            raise ChainError(f"{transport.name} is chain {actual}, not chain {self._chain_id}", hint=hint)
        self._change(number, lambda health: replace(health, checked_at=self._clock()))

    # ── health ──

    def accept_head(self, number: int) -> bool:
        """Whether what the endpoint that is used says of block `number` is no older than what was seen before, and where it has
        stood still, than what others say. If it is, another is asked next."""
        now = self._clock()
        with self._lock:
            if number < self._head:
                self._back_since = self._back_since if self._back_since is not None else now
                if now - self._back_since < BACK_SECONDS:
                    self._fail(self._used, Transient(f"it went back from block {self._head} to {number}"))
                    return False
            self._back_since = None
            if number != self._head:
                self._head, self._rose_at, self._is_stale = number, now, False
                return True
            still = now - self._rose_at
            if still >= STALE_SECONDS and not self._is_stale:
                self._is_stale = True
                self._log("head.stale", endpoint=self.used.name, block=number, seconds=round(still))
            is_time = still >= COMPARE_SECONDS and now - self._compared_at >= COMPARE_SECONDS
        return not (is_time and self._is_behind(number))

    def _is_behind(self, number: int) -> bool:
        """Whether another endpoint knows of a block after `number`, beyond what may be on its way."""
        self._compared_at = self._clock()
        for other, transport in enumerate(self._transports):
            if other != self._used:
                try:
                    self._check(other)
                    ahead = int(transport.ask("eth_blockNumber"), 16) - number
                except (Transient, ChainError, Declined, ValueError, TypeError) as failed:
                    self._fail(other, failed)
                    continue
                if ahead > 1:
                    self._fail(self._used, Transient(f"it is {ahead} blocks behind {transport.name}"))
                    return True
        return False

    def doubt(self, why: str) -> None:
        """What the endpoint that is used said cannot be right: another is asked next, and this one which chain it is."""
        self._fail(self._used, Transient(why))

    def _fail(self, number: int, failed: Exception) -> None:
        self._change(number, lambda health: health.fail(self._clock()))
        if self._table[number].failures == 1:
            self._log("endpoint.failed", endpoint=self._transports[number].name, why=str(failed))

    def _use(self, number: int) -> None:
        self._change(number, Health.recover)
        if self._used != number:
            self._log("endpoint.used", endpoint=self._transports[number].name)
            self._used = number

    def _change(self, number: int, change: Callable[[Health], Health]) -> None:
        with self._lock:
            self._table[number] = change(self._table[number])
