"""One task, read: its parameters, which never change, and how an account sees it at a block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from orchestrator.adapters.chain.abi import to_snake
from orchestrator.adapters.chain.endpoint import LOG_BLOCKS, Endpoint, TooManyBlocks, Topic
from orchestrator.adapters.chain.events import compute_topic, to_event
from orchestrator.adapters.chain.task_manager import to_parameters
from orchestrator.errors import ChainError, Transient
from orchestrator.protocol.dues import Due
from orchestrator.protocol.events import Event, Left, Positioned, RoundSettled, UpdateSubmitted
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address, Fault, Phase, Role, RoundView, Update

PAGE = 200
"""Accounts asked for in one call: `dues` costs more the more it looks at."""
LOG_PAGES = 50
"""So far back is looked for those that have left: two weeks of Ethereum's blocks."""


@dataclass(frozen=True)
class _Known:
    """Updates that were read."""

    round: int
    seen: int
    """Up to this block there were no others."""
    updates: tuple[Update, ...] = ()
    block: int = 0
    """Of the last."""
    block_hash: bytes = b""


class TaskReader:
    """Reads one task; needs no key."""

    def __init__(
        self,
        rpc: Endpoint,
        task: Address,
        lens: Address,
        *,
        page: int = PAGE,
        log_blocks: int = LOG_BLOCKS,
        log_pages: int = LOG_PAGES,
    ) -> None:
        """`lens`: what computes views of tasks; whoever trusts a manager takes the manager's.

        `page`: accounts asked for in one call; `log_blocks`: blocks whose events are asked for in one; `log_pages`: how many
        of these calls at most, to find those that have left.

        Raises ConfigError for a malformed address, ChainError if there is no task at it.
        """
        self.rpc = rpc
        self._page, self._log_blocks, self._log_pages = page, log_blocks, log_pages
        self._known: _Known | None = None
        self.contract = rpc.contract("FLTask", task)
        self.address: Address = self.contract.address
        self._lens = rpc.contract("TaskLens", lens)
        try:
            self.creator: Address = rpc.call(self.contract.functions.creator())
            self.parameters: Parameters = to_parameters(rpc.call(self.contract.functions.parameters()))
        except ChainError as other:
            hint = "see `starling task list` for the tasks of a manager"
            raise ChainError(f"the contract at {self.address} is not a task", hint=hint) from other

    def read_view(self, account: Address) -> RoundView:
        """Everything, as `account` sees it, at one block. The updates come from the events: no fewer than the view counts.

        Raises Transient if the endpoint's events lag behind its state, or all endpoints behind what was seen before.
        """
        answer = self._call_view(account)
        if not self.rpc.accept_head(answer.blockNumber):
            answer = self._call_view(account)
            if not self.rpc.accept_head(answer.blockNumber):
                raise Transient(
                    f"the endpoints know the chain up to block {answer.blockNumber}, and it was longer already",
                    hint="give one more with --rpc, if it lasts",
                )
        if answer.phase >= Phase.COMPLETED:  # nobody votes any more, and `movedAt` is no draw's
            return to_view(answer)
        updates = self._read_updates(answer.round, answer.updates, answer.movedAt, answer.blockNumber)
        return to_view(answer, updates)

    def _read_updates(self, round: int, count: int, since: int, last: int) -> tuple[Update, ...]:
        """The updates of `round`, which was drawn at the time `since`, as of block `last`.

        Read on from where there were fewer; from the end backwards to the draw where nothing is known, or a reorganisation has
        replaced what was.
        """
        known = self._known if self._known and self._known.round == round else None
        if known and known.updates and not self.rpc.has_block(known.block, known.block_hash):
            known = None
        if known is None or len(known.updates) > count or (known.seen > last and len(known.updates) < count):
            known = None
        if count == (len(known.updates) if known else 0):
            self._known = replace(known, seen=max(known.seen, last)) if known else _Known(round, last)
            return self._known.updates
        found = self._find_updates(round, count, since, last, known)
        if known and len(known.updates) + len(found) < count:
            known, found = None, self._find_updates(round, count, since, last, None)
        before = known.updates if known else ()
        if len(before) + len(found) < count:
            told = len(before) + len(found)
            raise Transient(f"the endpoint counts {count} updates in round {round} and tells {told}: its events lag behind")
        new = [event for event in map(to_event, found) if isinstance(event, UpdateSubmitted)]
        updates = (*before, *(Update(event.proposer, event.weight, event.digest, event.rank) for event in new))
        self._known = _Known(round, last, updates, found[-1]["blockNumber"], found[-1]["blockHash"])
        return updates

    def _find_updates(self, round: int, count: int, since: int, last: int, known: _Known | None) -> list[Any]:
        """The logs of those that are not known yet."""
        found: list[Any] = []
        topics: list[Topic] = [compute_topic(UpdateSubmitted), round.to_bytes(32, "big")]
        missing = count - len(known.updates) if known else count
        for first, events in self._read_back(topics, last, known.seen + 1 if known else 0):
            found[:0] = events
            if len(found) >= missing or (known is None and self.rpc.block(first)["timestamp"] < since):
                break
        return found

    def read_penalised(self, round: int) -> list[Address]:
        """Who still owes a penalty for a settled round, one of the last six."""
        accounts = list(dict.fromkeys([*self._read_members(), *self._read_moved(round)]))
        found: list[Address] = []
        for start in range(0, len(accounts), self._page):
            page = accounts[start : start + self._page]
            found += [account for account, due in zip(page, self._call_dues(round, page), strict=False) if due.penalty]
        return found

    def read_role(self, round: int, account: Address) -> Role:
        """What an account was drawn for in the round in progress or one of the six before it (R10)."""
        return Role(self.rpc.call(self._lens.functions.roleOf(self.address, account, round)))

    def read_due(self, round: int, account: Address) -> Due:
        """What a settled round, one of the last six, still holds for an account."""
        (due,) = self._call_dues(round, [account])
        return Due(Fault(due.fault), due.penalty, due.share, due.reward)

    def iterate_pages(self) -> Iterator[tuple[int, int]]:
        """All blocks in steps that public endpoints answer, the latest first: the first and the last of each."""
        last = int(self.rpc.block()["number"])
        while last >= 0:
            first = max(0, last - self._log_blocks + 1)
            yield first, last
            last = first - 1

    def read_events(self, receipt: Any) -> list[Event]:
        """What the task announced in a transaction, in order."""
        return [to_event(log) for log in self.rpc.read_events(self.contract, receipt)]

    def _read_members(self) -> Iterator[Address]:
        """In the order of their positions."""
        for start in range(0, self.parameters.max_participants, self._page):
            page = self._call_members(start, self._page)
            yield from page
            if len(page) < self._page:
                return

    def _read_moved(self, round: int) -> Iterator[Address]:
        """Who has come, left or moved since the list was frozen for `round`, the last first, as far as events reach.

        What takes effect in `round` or before came before its freezing, and so did all that came before that.
        """
        changes = [compute_topic(kind) for kind in (Left, Positioned, RoundSettled)]
        last = self.rpc.block()["number"]
        for _, logs in islice(self._read_back([changes], last), self._log_pages):
            for event in map(to_event, reversed(logs)):
                match event:
                    case RoundSettled() if event.round < round:
                        return
                    case Left() | Positioned() if event.from_round <= round:
                        return
                    case Left() | Positioned():
                        yield event.account

    def _read_back(self, topics: Sequence[Topic], last: int, first: int = 0) -> Iterator[tuple[int, list[Any]]]:
        """The events with these topics, from block `last` backwards to `first`, each step with its first block."""
        while last >= first:
            start = max(first, last - min(self._log_blocks, self.rpc.log_blocks) + 1)
            try:
                events = self.rpc.events(self.contract, first=start, last=last, topics=topics)
            except TooManyBlocks:
                continue
            yield start, events
            last = start - 1

    # ── what the lens computes; nothing else asks it ──

    def _call_view(self, account: Address) -> Any:
        return self.rpc.call(self._lens.functions.roundView(self.address, account))

    def _call_members(self, start: int, limit: int) -> list[Address]:
        members: list[Address] = self.rpc.call(self._lens.functions.membersFrom(self.address, start, limit))
        return members

    def _call_dues(self, round: int, accounts: list[Address]) -> Sequence[Any]:
        dues: Sequence[Any] = self.rpc.call(self._lens.functions.dues(self.address, round, accounts))
        return dues


def to_view(answer: Any, updates: tuple[Update, ...] = ()) -> RoundView:
    """`struct RoundView` as web3 decodes it, in our words, with the updates instead of their number."""
    values = {to_snake(name): value for name, value in answer._asdict().items()}
    values["phase"] = Phase(values["phase"])
    values["role"] = Role(values["role"])
    return RoundView(**values | {"updates": updates})
