"""What was a settled round for one account? From that round's events and what the lens says of its dues.

What is asked for does not grow with the number of members: the draw, the decision, all updates, and the account's own acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import get_args

from orchestrator.adapters.chain.events import compute_topic, to_event
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.errors import Transient
from orchestrator.protocol.dues import Account, Due, compute_due
from orchestrator.protocol.events import (
    Event,
    RoundDrawn,
    RoundSettled,
    ShareReturned,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
)
from orchestrator.protocol.record import Move, Round
from orchestrator.protocol.types import Address, Fault
from orchestrator.protocol.why import Why, explain_round

OF_ALL = (RoundDrawn, RoundSettled, UpdateSubmitted)
OF_ONE = (VoteCommitted, VoteRevealed, Slashed, ShareReturned)
PAGES = 50
"""So many pages of blocks are looked through for a round's draw."""


class TaskPast:
    """The node's `Past` port, for one account."""

    def __init__(self, reader: TaskReader, account: Address, payer: Address) -> None:
        """`payer`: who pays for gas."""
        self._reader, self._account, self._payer = reader, account, payer

    def read_coin(self) -> int:
        return self._reader.rpc.balance(self._payer)

    def explain_round(self, round: int) -> Why:
        found, taken = self._read_round(round)
        account = self._account
        found.roles[account] = self._reader.read_role(round, account)
        own = Account(stake=found.weights.get(account, 0))
        due = replace(compute_due(found.settled, found.get_duty(account), own, self._reader.parameters), penalty=0)
        if taken:
            due = replace(due, penalty=taken)
        elif due.fault is not Fault.NONE:
            due = replace(due, penalty=self._read_due(round).penalty)
        return explain_round(found, account, self._reader.parameters, due=due, is_taken=taken > 0)

    def _read_due(self, round: int) -> Due:
        """What the round still holds: nothing, if somebody has applied it."""
        return self._reader.read_due(round, self._account)

    def _read_round(self, number: int) -> tuple[Round, int]:
        """What was decided, with all updates and the account's own ballot; and what was taken of its stake already."""
        round, taken = Round(number, opened_at=0), 0
        for event in self._read_events(number):
            if isinstance(event, Slashed):
                taken += event.amount
            elif isinstance(event, get_args(Move)):
                round.record(event, 0)
        return round, taken

    def _read_events(self, number: int) -> list[Event]:
        found: list[Event] = []
        of_all, of_one = list(self._list_topics(OF_ALL)), list(self._list_topics(OF_ONE))
        own = bytes.fromhex(self._account[2:]).rjust(32, b"\0")
        where = number.to_bytes(32, "big")
        for first, last in islice(self._reader.iterate_pages(), PAGES):
            contract, events = self._reader.contract, self._reader.rpc.events
            logs = events(contract, first=first, last=last, topics=[of_all, where])
            logs += events(contract, first=first, last=last, topics=[of_one, where, own])
            found += map(to_event, logs)
            if any(isinstance(event, RoundDrawn) for event in found):
                break
        if not any(isinstance(event, RoundSettled) for event in found):
            hint = "they lag behind, or the endpoint has forgotten them"
            raise Transient(f"the endpoint's events do not tell how round {number} was settled", hint=hint)
        return found

    @staticmethod
    def _list_topics(kinds: Iterable[type]) -> Iterator[bytes]:
        return map(compute_topic, kinds)
