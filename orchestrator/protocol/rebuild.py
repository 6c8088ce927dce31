"""What did the chain say at a block? The view of an account, rebuilt from the task's events alone (R22). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.record import Round
from orchestrator.protocol.roles import compute_headcount, compute_role, rank_of
from orchestrator.protocol.types import NO_ACCOUNT, NO_DIGEST, Address, Phase, Role, RoundView, Update

COMMITMENT_BYTES = 30
"""The chain keeps so many, the leading ones."""


@dataclass(frozen=True)
class Ends:
    """Chain time at which the phases of a drawn round end: with their last act, or with their window."""

    train: int
    commit: int
    reveal: int


def rebuild_view(ledger: Ledger, account: Address, *, block: int, timestamp: int) -> RoundView:
    """As `account` saw the task at the time `timestamp` of block number `block`, with all events up to it applied.

    Of two things an event does not tell when they were done, so they are told as if they were done at once: top-ups are in
    `stake`, and `rewards` has those of all settled rounds. What only the beacon and the clock know of (`is_seed_ready`,
    `can_withdraw`, `exit_at`, `resolved`) is left at its default.
    """
    progress = ledger.progress
    round = ledger.rounds.get(progress.round)
    view = RoundView(
        block_number=block,
        timestamp=timestamp,
        phase=compute_phase(ledger, timestamp),
        round=progress.round,
        rounds=ledger.parameters.rounds,
        decided=progress.decided,
        rejected_in_row=progress.rejected_in_row,
        member_count=sum(participant.is_member for participant in ledger.participants.values()),
        moved_at=ledger.moved_at,
        global_model=ledger.global_model,
        pool=ledger.pool,
        operator=ledger.operators.get(account, NO_ACCOUNT),
        drawn_count=round.member_count if round else 0,
        anchor=round.anchor if round else 0,
        **_tell_membership(ledger, account, round),
    )
    return view if round is None or round.drawn_at is None else _show_round(view, ledger, account, round)


def compute_phase(ledger: Ledger, timestamp: int) -> Phase:
    """The twin of `RoundState.phase`."""
    if ledger.closed:
        return Phase.CLOSED
    if ledger.progress.is_completed(ledger.parameters.rounds, ledger.parameters.patience):
        return Phase.COMPLETED
    round = ledger.rounds.get(ledger.progress.round)
    if round is None:
        return Phase.ENROLLING
    if round.drawn_at is None:
        return Phase.DRAWING
    ends = compute_ends(ledger, round)
    if timestamp < ends.train:
        return Phase.TRAINING
    if not round.updates:
        return Phase.SETTLING
    if timestamp < ends.commit:
        return Phase.COMMITTING
    return Phase.REVEALING if len(round.revealed) < len(round.committed) and timestamp < ends.reveal else Phase.SETTLING


def compute_ends(ledger: Ledger, round: Round) -> Ends:
    """Of a round that is drawn."""
    assert round.drawn_at is not None
    parameters = ledger.parameters
    all_submitted = len(round.updates) == len(round.list_with(Role.PROPOSER))
    train = round.updated_at if all_submitted else round.drawn_at + parameters.train_window
    all_committed = len(round.committed) == len(round.list_with(Role.VOTER))
    commit = max(round.committed.values()) if all_committed else train + parameters.commit_window
    return Ends(train, commit, commit + parameters.reveal_window)


def _tell_membership(ledger: Ledger, account: Address, round: Round | None) -> dict[str, Any]:
    """What the account has, and where it stands in the list of the round in progress or next."""
    participant = ledger.participants.get(account)
    if participant is None:
        return {}
    position = participant.find_position(ledger.progress.round)
    return {
        "is_member": participant.is_member,
        "is_in_draw": round is not None and position is not None and position < round.member_count,
        "position": position or 0,
        "stake": participant.at_stake,
        "rewards": participant.rewards,
    }


def _show_round(view: RoundView, ledger: Ledger, account: Address, round: Round) -> RoundView:
    """With what was drawn and done in the round in progress."""
    n = round.member_count
    proposers, voters = compute_headcount(ledger.parameters.proposers, ledger.parameters.voters, n)
    ends = compute_ends(ledger, round)
    rank = rank_of(int.from_bytes(round.seed, "big"), n, view.position) if view.is_in_draw else n
    updates = [Update(who, round.weights[who], digest, round.ranks[who]) for who, digest in round.updates.items()]
    commitment = round.commitments.get(account, NO_DIGEST)[:COMMITMENT_BYTES].ljust(32, b"\0")
    return RoundView(
        **vars(view)
        | {
            "seed": round.seed,
            "train_end": ends.train,
            "commit_end": ends.commit,
            "reveal_end": ends.reveal,
            "proposers": proposers,
            "voters": voters,
            "submitted": round.submitted,
            "commits": len(round.committed),
            "reveals": len(round.revealed),
            "updates": tuple(updates),
            "rank": rank,
            "role": compute_role(rank, proposers, voters),
            "has_submitted": account in round.updates,
            "commitment": commitment,
            "has_revealed": account in round.revealed,
        }
    )
