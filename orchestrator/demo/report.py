"""The demo's report, and whether all of it went as it must.

Amounts are decimal strings in wei of the task's token: JSON readers keep 53 bits, stakes have more. Accuracies are fractions on
the held-out test set, times are seconds of chain time, gas is what a round's draw, acts, settling and slashing cost together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.demo.tokens import Tokens, find_token_failures
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.ledger import Ledger, Participant, Round, compute_seconds
from orchestrator.protocol.types import Address, Digest, Role
from orchestrator.terminal.scene import count_faults

GetAccuracy = Callable[[Digest], float | None]


def compose_report(
    chain: Mapping[str, Any],
    contracts: Mapping[str, Address],
    ledger: Ledger,
    malicious: Mapping[Address, bool],
    tokens: Tokens,
    get_accuracy: GetAccuracy,
    gas: Mapping[int, int],
) -> dict[str, Any]:
    """The JSON document. `malicious` names every participant, in the order of the nodes; `gas` is that of each round."""
    settled = [round for round in ledger.rounds.values() if round.settled_at is not None]
    return {
        "chain": dict(chain),
        "contracts": dict(contracts),
        "rounds": [_compose_round(round, ledger, get_accuracy, gas.get(round.number, 0)) for round in settled],
        "participants": [_compose_participant(account, is_malicious, ledger) for account, is_malicious in malicious.items()],
        "tokens": {"in": str(tokens.paid_in), "out": str(tokens.paid_out), "dust": str(tokens.left)},
    }


def _compose_round(round: Round, ledger: Ledger, get_accuracy: GetAccuracy, gas: int) -> dict[str, Any]:
    return {
        "number": round.number,
        "outcome": round.outcome.name.lower(),
        "winner": to_cid(round.winner) if round.winner else None,
        "weight_for": str(round.weight_for),
        "weight_against": str(round.weight_against),
        "reward": str(round.reward),
        "turnout": str(round.turnout),
        "condemned": round.list_condemned(),
        "proposers": round.list_with(Role.PROPOSER),
        "voters": round.list_with(Role.VOTER),
        "accuracy_before": get_accuracy(round.model_before),
        "accuracy_after": get_accuracy(round.model_after),
        "seconds_per_phase": compute_seconds(round, ledger.parameters),
        "gas": gas,
    }


def _compose_participant(account: Address, is_malicious: bool, ledger: Ledger) -> dict[str, Any]:
    participant = ledger.participants.get(account) or Participant(account)
    roles = {str(round.number): round.roles.get(account, Role.NONE).name.lower() for round in ledger.rounds.values()}
    return {
        "address": account,
        "malicious": is_malicious,
        "roles": roles,
        "stake_start": str(participant.staked),
        "stake_end": str(participant.stake),
        "rewards": str(participant.earned),
        "slashed": str(participant.slashed),
        "withdrawn": str(participant.withdrawn + participant.claimed),
        "faults": {fault.name.lower(): count for fault, count in count_faults(ledger, account).items()},
    }


def find_failures(ledger: Ledger, participants: int, tokens: Tokens) -> list[str]:
    """Why the demo has failed; nothing if the task is completed, everybody withdrew and the tokens add up to the wei."""
    failures = []
    rounds, progress = ledger.parameters.rounds, ledger.progress
    if not progress.is_completed(rounds, ledger.parameters.patience):
        failures.append(f"{progress.decided} of {rounds} rounds are decided")
    gone = sum(participant.has_withdrawn for participant in ledger.participants.values())
    if gone != participants:
        failures.append(f"{gone} of {participants} participants have withdrawn")
    for participant in ledger.participants.values():
        owed = participant.stake + participant.earned - participant.withdrawn - participant.claimed
        if owed != 0:
            failures.append(f"{participant.account} has {owed} wei less than its stake and rewards")
    return failures + find_token_failures(ledger, participants, tokens)
