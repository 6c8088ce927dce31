"""What a round decides, pays and costs: the Python twin of `RoundState._decide`, `Staking._dueOf` and `Payout.sol`.

Amounts are wei of the task's token, shares basis points (1/10,000). All divisions round down. The node itself needs
little of this: replay and `why` will, and until then tests hold the contracts against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.protocol.parameters import BPS
from orchestrator.protocol.types import Ballot, Digest, Fault, Outcome


@dataclass(frozen=True)
class Weighed:
    """One revealed ballot with the stake behind it."""

    ballot: Ballot
    weight: int


@dataclass(frozen=True)
class Result:
    """What a round decided (R16, R17)."""

    outcome: Outcome
    winner: Digest | None
    weight_for: int
    weight_against: int


def compute_result(revealed: Iterable[Weighed], *, voters: int, quorum_bps: int) -> Result:
    """The winner is the digest with the greatest revealed weight; a tie or too few reveals make the round void (R16); the
    winner's net weight decides, and exactly 0 is void (R17, D1)."""
    ballots = list(revealed)
    weights: dict[Digest, list[int]] = {}
    for weighed in ballots:
        sides = weights.setdefault(weighed.ballot.aggregate, [0, 0])
        sides[0 if weighed.ballot.score > 0 else 1] += weighed.weight
    ranking = sorted(weights, key=lambda digest: -sum(weights[digest]))
    is_tied = len(ranking) > 1 and sum(weights[ranking[0]]) == sum(weights[ranking[1]])
    if not ranking or is_tied or len(ballots) * BPS < voters * quorum_bps:
        return Result(Outcome.VOID, None, 0, 0)
    weight_for, weight_against = weights[ranking[0]]
    if weight_for == weight_against:
        outcome = Outcome.VOID
    else:
        outcome = Outcome.ACCEPTED if weight_for > weight_against else Outcome.REJECTED
    return Result(outcome, ranking[0], weight_for, weight_against)


def compute_good_stake(result: Result, proposer_weights: Iterable[int]) -> int:
    """What the round's reward is shared over (R18): zero in a void round."""
    if result.outcome is Outcome.ACCEPTED:
        return sum(proposer_weights) + result.weight_for
    return result.weight_against if result.outcome is Outcome.REJECTED else 0


def compute_round_reward(pool: int, rounds: int, round: int) -> int:
    """The reward of round `round` of `rounds`, counted from one (R18)."""
    return pool // (rounds - round + 1)


def compute_share(reward: int, stake: int, good_stake: int) -> int:
    """One good participant's part of the round's reward (R18)."""
    return reward * stake // good_stake


def find_fault(result: Result, *, ballot: Ballot | None, has_submitted: bool, is_absent: bool) -> Fault:
    """What a drawn participant is penalised for in a settled round (R19)."""
    if is_absent:
        return Fault.ABSENT
    if result.outcome is Outcome.VOID:
        return Fault.NONE
    if has_submitted:
        return Fault.REJECTED if result.outcome is Outcome.REJECTED else Fault.NONE
    if ballot is None:
        return Fault.NONE
    if ballot.aggregate != result.winner:
        return Fault.DIVERGENT
    return Fault.NONE if (ballot.score > 0) == (result.outcome is Outcome.ACCEPTED) else Fault.MINORITY


def compute_penalty(stake: int, fault: Fault, penalties_bps: Mapping[Fault, int]) -> int:
    """The penalty for `fault`, of the stake as of the draw (R19)."""
    return stake * penalties_bps.get(fault, 0) // BPS


def compute_slasher_share(penalty: int, slasher_bps: int) -> int:
    """What a slasher gets of somebody else's penalty; the rest goes to the pool (R20)."""
    return penalty * slasher_bps // BPS
