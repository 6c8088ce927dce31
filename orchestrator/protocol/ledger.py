"""What has happened in a task, rebuilt from its events alone (R22). Pure: no chain, no clock.

Roles are in no event: they are computed from the seed and from who stands where, as contract and nodes do. So are faults,
shares and strikes: from what was decided and from what each participant did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from orchestrator.protocol.dues import WINDOW, Account, Due, Duty, Settled, apply_dues, compute_due
from orchestrator.protocol.events import (
    Anchored,
    Claimed,
    Event,
    Funded,
    Happened,
    Joined,
    Left,
    OperatorNamed,
    Positioned,
    Refunded,
    RoundDrawn,
    RoundSettled,
    ShareReturned,
    Slashed,
    TaskClosed,
    ToppedUp,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
    Withdrawn,
)
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.payout import Progress
from orchestrator.protocol.record import Move, Participant, Round, compute_seconds
from orchestrator.protocol.roles import compute_headcount, iterate_roles
from orchestrator.protocol.types import Address, Outcome, Role
from orchestrator.protocol.verdicts import compute_unit

__all__ = ["Ledger", "Participant", "Round", "compute_seconds", "find_round"]


class Ledger:
    """Apply the events in order; read what came of them."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.unit = compute_unit(parameters.min_stake)
        self.rounds: dict[int, Round] = {}
        self.participants: dict[Address, Participant] = {}
        self.operators: dict[Address, Address] = {}
        """Of accounts that have named one, participants or not yet (R6a)."""
        self.global_model = parameters.initial_model
        self.progress = Progress()
        self.pool = 0
        """What is in the reward pool now."""
        self.paid_in = 0
        """All that went into the task, by its own account; in wei."""
        self.paid_out = 0
        self.closed: TaskClosed | None = None
        """How the task ended, if before its last round."""
        self.moved_at = 0
        """Chain time at which a list was frozen, a round drawn or settled, or the task closed: the last of these."""
        self._standing: dict[int, list[tuple[int, Address]]] = {}
        """By position: since which round who stands there."""

    def apply(self, happened: Happened) -> None:
        """One more event, the next in the order of the chain."""
        event = happened.event
        match event:
            case Anchored():  # of one round more than once, where a beacon's value was missed (R8)
                opened = Round(event.round, happened.timestamp, model_before=self.global_model)
                round = self.rounds.setdefault(event.round, opened)
                round.anchor, round.member_count = event.anchor, event.member_count
            case RoundDrawn() | UpdateSubmitted() | VoteCommitted() | VoteRevealed() | RoundSettled():
                self._move(self.rounds[event.round], event, happened.timestamp)
            case Joined() | ToppedUp() | Left() | OperatorNamed() | Positioned():
                self._change_members(event)
            case ShareReturned() | Slashed():
                self._apply_due(event)
            case Funded() | Claimed() | Withdrawn() | Refunded():
                self._pay(event)
            case TaskClosed():
                self.closed = event
            case _:
                assert_never(event)
        if isinstance(event, Anchored | RoundDrawn | RoundSettled | TaskClosed):
            self.moved_at = happened.timestamp

    # ── members ──

    def _change_members(self, event: Joined | ToppedUp | Left | OperatorNamed | Positioned) -> None:
        match event:
            case Joined():
                joined = self._get_participant(event.account)
                joined.staked += event.stake
                joined.is_member, joined.has_withdrawn = True, False
                joined.resolved = max(joined.resolved, self.progress.round - 1)
                self.paid_in += event.stake
            case ToppedUp():
                self._apply_dues(event.account, self.progress.round - 1, self.progress.round)
                participant = self.participants[event.account]
                participant.staked += event.amount
                participant.top_ups.append((event.from_round, event.amount))
                self.paid_in += event.amount
            case Left():
                participant = self.participants[event.account]
                participant.is_member = False
                participant.positions.append((event.from_round, None))
            case OperatorNamed():
                self.operators[event.account] = event.operator
            case Positioned():
                self._standing.setdefault(event.position, []).append((event.from_round, event.account))
                self._get_participant(event.account).positions.append((event.from_round, event.position))
            case _:
                assert_never(event)

    def _get_participant(self, account: Address) -> Participant:
        return self.participants.setdefault(account, Participant(account))

    def _pay(self, event: Funded | Claimed | Withdrawn | Refunded) -> None:
        match event:
            case Funded():
                self.pool += event.amount
                self.paid_in += event.amount
            case Claimed():
                participant = self._get_participant(event.account)
                if participant.acted_round < self.progress.round:
                    self._apply_dues(event.account, participant.acted_round, participant.acted_round)
                participant.claimed += event.amount
                self.paid_out += event.amount
            case Withdrawn():
                self._apply_dues(event.account, self.progress.round - 1, self.progress.round)
                participant = self.participants[event.account]
                participant.withdrawn += event.stake + event.rewards
                participant.stake_withdrawn += event.stake
                participant.rewards_withdrawn += event.rewards
                participant.has_withdrawn = True
                participant.top_ups.clear()
                self.paid_out += event.stake + event.rewards
            case Refunded():
                self.pool -= event.amount
                self.paid_out += event.amount
            case _:
                assert_never(event)

    # ── rounds ──

    def _move(self, round: Round, event: Move, timestamp: int) -> None:
        round.record(event, timestamp)
        match event:
            case RoundDrawn():
                round.roles = self._compute_roles(event)
            case UpdateSubmitted():
                self._act(round, event.proposer)
            case VoteRevealed():
                self._act(round, event.voter)
            case RoundSettled():
                self._settle(round)

    def _compute_roles(self, drawn: RoundDrawn) -> dict[Address, Role]:
        counts = compute_headcount(self.parameters.proposers, self.parameters.voters, drawn.member_count)
        roles = iterate_roles(int.from_bytes(drawn.seed, "big"), drawn.member_count, *counts)
        return {self._find_standing(position, drawn.round): role for position, role in roles}

    def _find_standing(self, position: int, round: int) -> Address:
        """Who stood at `position` when `round` was drawn."""
        return [account for since, account in self._standing[position] if since <= round][-1]

    def _act(self, round: Round, account: Address) -> None:
        """It submitted or revealed, and its earlier dues were applied before that."""
        self._apply_dues(account, round.number - 1, round.number)
        self.participants[account].acted_round = round.number

    def _settle(self, round: Round) -> None:
        self.pool -= round.reward
        self.progress = self.progress.settle(round.outcome)
        if round.outcome is Outcome.ACCEPTED:
            assert round.winner is not None
            self.global_model = round.winner
        round.model_after = self.global_model
        for account in round.roles:
            stake = round.weights.get(account, 0)
            due = compute_due(round.settled, round.get_duty(account), Account(stake=stake), self.parameters)
            round.dues[account] = replace(due, penalty=0)
            self.participants[account].earned += due.earned

    # ── dues ──

    def preview(self, account: Address) -> dict[int, Due]:
        """What settled rounds still hold for an account: round → due, to the wei, were all of them applied now (R18 – R20).

        A good due that is applied with somebody's report is in no event, so it may be among them all the same.
        """
        return self._apply_pending(account, self.progress.round - 1)[1]

    def find_strikes(self, account: Address, number: int) -> int:
        """Faults in a row, before a round, in the role that an account had in it, with all dues before it."""
        round = self.rounds[number]
        if account in round.strikes:
            return round.strikes[account]
        role = round.roles.get(account, Role.NONE)
        return 0 if role is Role.NONE else self._apply_pending(account, number - 1)[0].strikes.get(role)

    def _apply_pending(self, account: Address, through: int) -> tuple[Account, dict[int, Due]]:
        def tell_part(number: int) -> tuple[Settled, Duty]:
            round = self.rounds[number]
            return round.settled, round.get_duty(account)

        before, current = self.participants[account].get_account(), self.progress.round
        return apply_dues(before, tell_part, through=through, current=current, parameters=self.parameters)

    def _apply_dues(self, account: Address, through: int, current: int) -> None:
        """What rounds up to `through` did to an account's strikes, as the contract applied it when `current` was in progress or
        next: an act's due always, that of an absence for six rounds. (A due that costs and returns nothing is in no event of
        its own: that one was applied shows with the next that does, or with the next act.)"""
        participant = self.participants[account]
        for number in range(participant.resolved + 1, through + 1):
            round = self.rounds[number]
            duty = round.get_duty(account)
            if duty.role is Role.NONE or not (duty.has_acted or number >= current - WINDOW):
                continue
            round.strikes[account] = participant.strikes.get(duty.role)
            participant.strikes = participant.strikes.learn(round.dues[account].fault, duty.role, round.outcome)
        participant.resolved = max(participant.resolved, through)

    def _apply_due(self, event: ShareReturned | Slashed) -> None:
        self._apply_dues(event.account, event.round, self.progress.round)
        participant, round = self.participants[event.account], self.rounds[event.round]
        match event:
            case ShareReturned():
                participant.returned += event.amount
                self.pool += event.amount
            case Slashed():
                participant.slashed += event.amount
                round.faults[event.account] = event.fault
                round.dues[event.account] = replace(round.dues[event.account], penalty=event.amount)
                self.pool += event.amount - event.slasher_share
                if event.slasher_share:
                    self._get_participant(event.slasher).earned += event.slasher_share
            case _:
                assert_never(event)


def find_round(events: Iterable[Event]) -> int | None:
    """The round that a transaction with these events belongs to: the one it moved, else the one whose dues it applied."""
    found: dict[bool, int] = {}
    for event in events:
        match event:
            case RoundDrawn() | UpdateSubmitted() | VoteCommitted() | VoteRevealed() | RoundSettled():
                found[True] = event.round
            case ShareReturned() | Slashed():
                found[False] = event.round
    return found.get(True, found.get(False))
