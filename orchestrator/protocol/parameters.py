"""The parameters of a task (R1), with defaults that suit a first one. `struct Parameters` in `IFLTask.sol` explains each field.

Whether a task could run with them is the task manager's to say; nothing here checks it a second time.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.protocol.types import NO_DIGEST, Address, Digest


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Amounts in wei of `token`, shares in basis points (1/10,000), times in seconds."""

    token: Address
    beacon: Address
    definition: Digest
    initial_model: Digest
    admitted: Digest = NO_DIGEST
    """Merkle root of the accounts that may join; zero: everybody may."""
    min_stake: int = 100 * 10**18
    rounds: int = 5
    min_participants: int = 4
    max_participants: int = 100
    proposers: int = 3
    voters: int = 0
    """Drawn in each round; zero: every member that does not propose."""
    quorum_bps: int = 5000
    absent_bps: int = 500
    divergent_bps: int = 5000
    minority_bps: int = 1000
    """Far below `divergent_bps`: honest voters on unlike data disagree in sign (D3)."""
    rejected_bps: int = 500
    slasher_bps: int = 1000
    train_window: int = 600
    commit_window: int = 300
    reveal_window: int = 120
    exit_delay: int = 600
    stall_timeout: int = 86_400
