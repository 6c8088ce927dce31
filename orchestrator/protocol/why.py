"""Why did a round pay or cost an account what it did? What happened → which rule, and what would have avoided it. Pure.

`contracts/README.md` has the rules (R…). Sentences name no amounts: these are fields, in wei of the task's token.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from orchestrator.protocol.dues import WINDOW, Due
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import BPS, Parameters
from orchestrator.protocol.record import Round
from orchestrator.protocol.types import Address, Ballot, Fault, Outcome, Role


@dataclass(frozen=True)
class Reason:
    """One rule that applied."""

    rule: str
    """Its number."""
    what: str
    instead: str = ""
    """What would have avoided it, where something could be better."""


@dataclass(frozen=True)
class Why:
    """What one round was for one account."""

    round: int
    account: Address
    outcome: Outcome
    """NONE: the round is not settled yet."""
    role: Role
    deed: str
    """What it did, in words."""
    due: Due
    is_taken: bool
    """Whether its penalty is taken already."""
    reasons: tuple[Reason, ...]
    """The first is the one that decided whether the account gets or loses anything."""

    @property
    def decisive(self) -> Reason:
        """The one to tell where there is room for one: what could have been better, if anything."""
        return next((reason for reason in self.reasons if reason.instead), self.reasons[0])


@dataclass(frozen=True)
class _Part:
    """One account in one round, with all that the sentences need."""

    round: Round
    account: Address
    role: Role
    due: Due
    is_taken: bool
    strikes: int | None
    """Faults in a row in the role, before this round; None: not known."""
    is_forgiven: bool
    parameters: Parameters

    @property
    def ballot(self) -> Ballot | None:
        return self.round.revealed.get(self.account)


def explain(ledger: Ledger, number: int, account: Address) -> Why:
    """What round `number` was for an account, from a ledger that has it. Raises KeyError for one that it has not."""
    round = ledger.rounds[number]
    due, strikes = round.dues.get(account, Due()), round.strikes.get(account, 0)
    pending: dict[int, Due] = {}
    if account in ledger.participants and account not in round.strikes:
        pending, strikes = ledger.preview(account), ledger.find_strikes(account, number)
    due = replace(due, penalty=pending[number].penalty) if number in pending and account not in round.faults else due
    is_old = number < ledger.progress.round - WINDOW
    is_forgiven = due.fault is Fault.ABSENT and is_old and account not in round.faults
    return explain_round(
        round,
        account,
        ledger.parameters,
        due=due,
        strikes=strikes,
        is_taken=account in round.faults,
        is_forgiven=is_forgiven,
    )


def explain_round(
    round: Round,
    account: Address,
    parameters: Parameters,
    *,
    due: Due,
    strikes: int | None = None,
    is_taken: bool = False,
    is_forgiven: bool = False,
) -> Why:
    """The same of a round of which perhaps no more is known than what was decided, all updates, and the account's own part.

    `due`: what the round holds or held for the account. `strikes`: its faults in a row before, if they are known.
    """
    role = round.roles.get(account, Role.NONE)
    part = _Part(round, account, role, due, is_taken, strikes, is_forgiven, parameters)
    reasons = tuple(_find_reasons(part))
    return Why(round.number, account, round.outcome, role, tell_deed(round, account), due, is_taken, reasons)


def tell_deed(round: Round, account: Address) -> str:
    """What an account did in a round, in a few words."""
    match round.roles.get(account, Role.NONE):
        case Role.PROPOSER:
            return "submitted an update" if account in round.updates else "submitted nothing"
        case Role.VOTER:
            return _tell_vote(round, account)
    return "nothing to do"


def _tell_vote(round: Round, account: Address) -> str:
    if ballot := round.revealed.get(account):
        accused = ballot.against.bit_count()
        told = "voted +1" if ballot.score > 0 else "voted −1"
        return f"{told}, accused {accused}" if accused else told
    if account in round.committed:
        return "committed, revealed nothing"
    return "voted nothing" if round.updates else "nothing to do"


# ── reasons ──


def _find_reasons(part: _Part) -> Iterator[Reason]:
    if part.round.outcome is Outcome.NONE:
        is_drawn = part.round.drawn_at is not None
        yield Reason("R16", "not settled yet: nothing is decided") if is_drawn else Reason("R8", "not drawn yet")
        return
    if part.role is Role.NONE:
        yield Reason("R9", "was not drawn in this round, so it had nothing to do, to earn or to lose")
        return
    if part.due.fault is not Fault.NONE:
        yield _tell_fault(part)
        yield from _tell_penalty(part)
    else:
        yield from _tell_pay(part)
    if part.ballot and part.due.fault is Fault.NONE and part.round.outcome is not Outcome.VOID:
        yield from _tell_misjudged(part.round, part.ballot)


def _tell_fault(part: _Part) -> Reason:
    match part.due.fault:
        case Fault.ABSENT:
            return _tell_absence(part)
        case Fault.CONDEMNED:
            what = "more than half of the revealed weight stands against its update, so it is condemned"
            instead = (
                "the update must come in time, be valid, no copy, neither idle nor gross, and not worsen the model on the "
                "voters' data: look at `duty` and `artifact.published` in the log, at the data, at the learning rate"
            )
            return Reason("R17a", what, instead)
        case Fault.DIVERGENT:
            what = "revealed a vote for another digest than the one with more than half of the weight"
            instead = (
                "aggregate the same updates as the others: `update.left_out` in the log tells which were missing here, so "
                "look at the store's connection and at the node's version"
            )
            return Reason("R19", what, instead)
    sign = "−1, and the weight said +1" if part.round.outcome is Outcome.ACCEPTED else "+1, and the weight said −1"
    instead = "a test part that is small or unlike the others' misleads: give the node more data"
    return Reason("R19", f"voted {sign} for the digest that won: it was in the minority", instead)


def _tell_absence(part: _Part) -> Reason:
    windows = part.parameters
    if part.role is Role.PROPOSER:
        what, instead = "was drawn to propose, and submitted no update", f"submit within {windows.train_window} s of the draw"
    elif part.account in part.round.committed:
        what = "committed a vote and did not reveal it"
        instead = f"reveal within {windows.reveal_window} s: the key alone is enough, whatever else was lost"
    else:
        what, instead = "was drawn to vote, and did not commit", f"commit within {windows.commit_window} s of Training's end"
    return Reason("R19", what, f"{instead}; a node that runs does so, so look at `duty.failed` and `trouble` in its log")


def _tell_penalty(part: _Part) -> Iterator[Reason]:
    is_condemned = part.due.fault is Fault.CONDEMNED
    bps = part.parameters.condemned_bps if is_condemned else part.parameters.fault_bps
    if part.strikes is not None:
        share = min(BPS, bps << part.strikes) / (BPS // 100)
        what, instead = f"costs {share:g} % of the stake as of the draw", ""
        if part.strikes:
            what += f": fault {part.strikes + 1} in a row as {part.role.name.lower()}, and each costs twice as much as the last"
            instead = "a duty well done in the role begins anew with the least penalty"
        yield Reason("R19", what, instead)
    if part.is_forgiven:
        yield Reason("R20", f"nobody reported it within {WINDOW} rounds, so it is forgiven")
    elif not part.is_taken and part.due.penalty:
        yield Reason("R20", "not taken yet: it is with the account's next act, or when somebody reports it")


def _tell_pay(part: _Part) -> Iterator[Reason]:
    round = part.round
    if not part.round.updates and part.role is Role.VOTER:
        yield Reason("R12", "nobody submitted an update, so there was nothing to vote on")
    elif round.outcome is Outcome.VOID:
        if round.winner:
            yield Reason("R17", "as much weight was for the winner as against it: the round is void, and pays nobody")
        else:
            why = "too few revealed, or no digest had more than half of their weight"
            yield Reason("R16", f"{why}: the round is void, and pays nobody")
    elif part.role is Role.PROPOSER:
        if round.outcome is Outcome.ACCEPTED:
            yield Reason("R18", "its update was not condemned in an accepted round: a share of the reward is due to it")
        else:
            yield Reason("R18", "a rejected round pays proposers nothing; who is not condemned loses nothing either")
    else:
        told = "+1 of an accepted" if round.outcome is Outcome.ACCEPTED else "−1 of a rejected"
        yield Reason("R18", f"voted with the winner's {told} round: a share of the reward is due to it")


def _tell_misjudged(round: Round, ballot: Ballot) -> Iterator[Reason]:
    """What was taken off a voter's share."""
    updates = len(round.updates)
    missed = (round.condemned & ~ballot.against).bit_count()
    wrong = (ballot.against & ~round.condemned).bit_count()
    if missed:
        what = f"did not accuse {missed} of {round.condemned.bit_count()} condemned, which "
        what += f"takes 2/{updates} of its share for each" if 2 * missed < updates else "leaves nothing of its share"
        yield Reason("R18a", what, "more data in the test part tell harm more surely")
    if wrong == 1:
        yield Reason("R18a", "accused one that was not condemned: the first costs nothing")
    elif wrong:
        what = f"accused {wrong} that were not condemned, which takes 1/{4 * updates} of its share for each after the first"
        yield Reason("R18a", what, "more data in the test part tell harm more surely")
