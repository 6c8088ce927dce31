"""What does a round decide, and what does it pay? The Python twin of `RoundState._decide`, `ProgressWord` and `Payout.sol`.

Amounts are wei of the task's token, shares basis points (1/10,000). All divisions round down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from orchestrator.protocol.parameters import BPS
from orchestrator.protocol.types import Ballot, Digest, Outcome
from orchestrator.protocol.verdicts import compute_condemned


@dataclass(frozen=True)
class Weighed:
    """One revealed ballot with the stake behind it."""

    ballot: Ballot
    weight: int


@dataclass(frozen=True)
class Result:
    """The decision of a round (R16 – R17a)."""

    outcome: Outcome
    winner: Digest | None = None
    """The digest with more than half of the revealed weight; None: there is none, or no quorum."""
    weight_for: int = 0
    weight_against: int = 0
    """Of the winner's ballots."""
    condemned: int = 0
    """A bit for each rank."""


def compute_result(revealed: Iterable[Weighed], *, voters: int, quorum_bps: int, unit: int) -> Result:
    """Of a round for which so many voters were drawn; `unit`: what `verdicts.compute_unit` says.

    The winner has more than half of the revealed weight; without one, or with too few reveals, the round is void (R16).
    The winner's net weight decides, and exactly 0 is void (R17, D1). Condemned is whom more than half of the revealed
    weight accuses, in any round that met the quorum (R17a).
    """
    ballots = list(revealed)
    if len(ballots) * BPS < voters * quorum_bps:
        return Result(Outcome.VOID)
    condemned = compute_condemned(((it.ballot.against, it.weight) for it in ballots), unit=unit)
    weights: dict[Digest, list[int]] = {}
    for it in ballots:
        weights.setdefault(it.ballot.aggregate, [0, 0])[0 if it.ballot.score > 0 else 1] += it.weight
    total = sum(it.weight for it in ballots)
    winners = [digest for digest, sides in weights.items() if 2 * sum(sides) > total]
    if not winners:
        return Result(Outcome.VOID, condemned=condemned)
    weight_for, weight_against = weights[winners[0]]
    outcome = Outcome.VOID
    if weight_for != weight_against:
        outcome = Outcome.ACCEPTED if weight_for > weight_against else Outcome.REJECTED
    return Result(outcome, winners[0], weight_for, weight_against, condemned)


@dataclass(frozen=True)
class Progress:
    """How far a task has come (R19a)."""

    round: int = 1
    """In progress or next; one more than there were once completed."""
    decided: int = 0
    """Rounds that were not void."""
    rejected_in_row: int = 0
    """Since the last accepted round; void ones neither add nor clear."""

    def settle(self, outcome: Outcome) -> Progress:
        """After the round has been settled so."""
        following = replace(self, round=self.round + 1)
        if outcome is Outcome.VOID:
            return following
        in_row = self.rejected_in_row + 1 if outcome is Outcome.REJECTED else 0
        return replace(following, decided=self.decided + 1, rejected_in_row=in_row)

    def is_completed(self, rounds: int, patience: int) -> bool:
        """Whether no round is left: T decided, patience at its end, or 2·T in all (R19a)."""
        if self.decided == rounds or self.round > 2 * rounds:
            return True
        return patience != 0 and self.rejected_in_row == patience


def compute_round_reward(pool: int, rounds: int, decided: int) -> int:
    """The reward of a round that is not void, when `decided` of `rounds` were before it: pool / (T − decided) (R18)."""
    return pool // (rounds - decided)


def compute_turnout(weights_of_updates: Iterable[int], weights_of_reveals: Iterable[int]) -> int:
    """What a round's reward is shared over: the weight of all updates and all reveals (R18)."""
    return sum(weights_of_updates) + sum(weights_of_reveals)


def compute_share(reward: int, stake: int, turnout: int) -> int:
    """The part of the round's reward that somebody can earn: reward · stake / turnout (R18)."""
    return reward * stake // turnout


def compute_slasher_share(penalty: int, slasher_bps: int) -> int:
    """What a slasher gets of somebody else's penalty; the rest goes to the pool (R20)."""
    return penalty * slasher_bps // BPS
