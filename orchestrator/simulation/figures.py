"""What do the books of a game say? Figures that are compared with aims, from the ledger alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from orchestrator.protocol.dues import compute_floor
from orchestrator.protocol.record import Participant, Round
from orchestrator.protocol.types import Fault, Outcome, Role
from orchestrator.simulation.game import Played


@dataclass(frozen=True)
class Figures:
    """Of one game. Shares are fractions in [0, 1]."""

    accuracy: float
    """Of the last global model on the held-out test set."""
    honest_lost_share: float
    """Of all stakes of the honest: what penalties took."""
    honest_lost_captured_share: float
    """Of all stakes of the honest: what penalties for captured rounds took."""
    captured: int
    """Rounds in which the malicious had more than half of the revealed weight: they decided who is condemned."""
    honest_excluded: int
    """Honest members whose stake fell below the floor."""
    honest_condemned_share: float
    """Of all updates of the honest: those that were condemned."""
    honest_minority_share: float
    """Of all revealed ballots of the honest: those in the minority, or divergent."""
    honest_absent: int
    liars_condemned_share: float
    """Of all updates of the malicious; 0 without any."""
    liars_left: int
    """Malicious members that are still drawn at the end."""
    accepted: int
    rejected: int
    void: int
    net: tuple[float, ...]
    """Of each member, by number: rewards and slasher's shares less penalties, in tokens a round that was decided."""


def compute_figures(played: Played) -> Figures:
    """Every figure of a game that is over."""
    ledger = played.ledger
    players = [player for player in played.players if player.account in ledger.participants]
    settled = [round for round in ledger.rounds.values() if round.settled_at is not None]
    decided = sum(round.outcome is not Outcome.VOID for round in settled)
    floor = compute_floor(played.parameters)
    honest = [player for player in players if player.is_honest]
    liars = [player for player in players if not player.is_honest]
    books = ledger.participants
    staked = sum(books[player.account].staked for player in honest)
    slashed = sum(books[player.account].slashed for player in honest)

    def count(accounts: Sequence[str], role: Role, *faults: Fault) -> tuple[int, int]:
        """(how often somebody of `accounts` acted in this role, how often it is one of these faults)."""
        acted = wrong = 0
        for round in settled:
            for account in accounts:
                if round.roles.get(account) is role and (account in round.updates or account in round.revealed):
                    acted += 1
                    wrong += round.dues[account].fault in faults if account in round.dues else 0
        return acted, wrong

    names = [player.account for player in honest]
    updates, condemned = count(names, Role.PROPOSER, Fault.CONDEMNED)
    ballots, minority = count(names, Role.VOTER, Fault.MINORITY, Fault.DIVERGENT)
    bad_updates, bad_condemned = count([player.account for player in liars], Role.PROPOSER, Fault.CONDEMNED)
    captured = [round for round in settled if _is_captured(round, set(names))]
    lost_captured = sum(due.penalty or 0 for round in captured for account, due in round.dues.items() if account in names)
    outcomes = [round.outcome for round in settled]
    return Figures(
        accuracy=played.accuracies[-1],
        honest_lost_share=slashed / staked if staked else 0.0,
        honest_lost_captured_share=lost_captured / staked if staked else 0.0,
        captured=len(captured),
        honest_excluded=sum(_is_below(books[player.account], floor) for player in honest),
        honest_condemned_share=condemned / updates if updates else 0.0,
        honest_minority_share=minority / ballots if ballots else 0.0,
        honest_absent=sum(
            fault is Fault.ABSENT for round in settled for account, fault in round.faults.items() if account in names
        ),
        liars_condemned_share=bad_condemned / bad_updates if bad_updates else 0.0,
        liars_left=sum(not _is_below(books[player.account], floor) for player in liars),
        accepted=outcomes.count(Outcome.ACCEPTED),
        rejected=outcomes.count(Outcome.REJECTED),
        void=outcomes.count(Outcome.VOID),
        net=tuple(
            (books[player.account].earned - books[player.account].slashed) / 10**18 / max(1, decided)
            if player.account in books
            else 0.0
            for player in played.players
        ),
    )


def _is_captured(round: Round, honest: Collection[str]) -> bool:
    weight = sum(round.weights[account] for account in round.revealed)
    return 2 * sum(round.weights[account] for account in round.revealed if account not in honest) > weight


def _is_below(participant: Participant, floor: int) -> bool:
    return participant.stake < floor
