"""What an account does in a task, each act once: a node's acts and those of people's commands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.protocol.types import Address, Ballot, Digest

SLASH_BATCH = 50
"""Accounts reported in one transaction at most: applying six rounds of dues to each stays far below a block's gas."""


class TaskActs:
    """Acts in the task of a reader, for the account of its endpoint. Amounts are in wei of the task's token.

    Each act is simulated, signed, sent and waited for, and returns its receipt; it raises what `ports.Chain` says.
    """

    def __init__(self, reader: TaskReader) -> None:
        self.reader = reader
        self._rpc, self._contract = reader.rpc, reader.contract
        self._acts = reader.contract.functions

    @cached_property
    def token(self) -> Token:
        """What is staked and paid. Raises ChainError if there is no token at the address that the task names."""
        return Token(self._rpc, self.reader.parameters.token)

    # ── members ──

    def join(self, amount_wei: int, proof: Sequence[bytes] = ()) -> Any:
        """Stake and be drawn from the next draw on: one transaction where the token knows permits, else two (R4)."""
        if permit := self.token.sign_permit(self._contract.address, amount_wei):
            values = (permit.deadline, permit.v, permit.r, permit.s)
            return self._rpc.send(self._acts.joinWithPermit(amount_wei, list(proof), *values))
        self.token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.join(amount_wei, list(proof)))

    def top_up(self, amount_wei: int) -> Any:
        """Add to the stake, from the next draw on (R4)."""
        self.token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.topUp(amount_wei))

    def leave(self) -> Any:
        """Be drawn no more (R6)."""
        return self._rpc.send(self._acts.leaveTask())

    def withdraw(self, to: Address | None = None) -> Any:
        """Take stake and rewards to `to`, or to the account itself (R6)."""
        return self._rpc.send(self._acts.withdraw(to or self._rpc.signer.address))

    def claim(self, to: Address) -> Any:
        """Take the rewards to `to` (R21)."""
        return self._rpc.send(self._acts.claim(to))

    # ── a round ──

    def draw(self) -> Any:
        """Fix the seed of the round (R8)."""
        return self._rpc.send(self._acts.draw())

    def submit_update(self, update: Digest) -> Any:
        """A proposer: offer an update (R11)."""
        return self._rpc.send(self._acts.submitUpdate(update))

    def commit(self, commitment: bytes) -> Any:
        """A voter: hide a vote (R13)."""
        return self._rpc.send(self._acts.commitVote(commitment))

    def reveal(self, ballot: Ballot, salt: bytes) -> Any:
        """A voter: show the vote (R14)."""
        values = (ballot.aggregate, ballot.score, ballot.loss_before, ballot.loss_after, salt)
        return self._rpc.send(self._acts.revealVote(*values))

    def settle(self) -> Any:
        """Decide the round (R16)."""
        return self._rpc.send(self._acts.settle())

    def slash(self, round: int, accounts: Sequence[Address]) -> Any:
        """Report participants that owe a penalty, in as many transactions as they need; the receipts (R20)."""
        batches = [list(accounts[start : start + SLASH_BATCH]) for start in range(0, len(accounts), SLASH_BATCH)]
        return [self._rpc.send(self._acts.slash(round, batch)) for batch in batches]

    # ── the pool and the end ──

    def fund(self, amount_wei: int) -> Any:
        """Add to the reward pool (R3)."""
        self.token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.fund(amount_wei))

    def cancel(self) -> Any:
        """The creator, before the first draw: call the task off (R2)."""
        return self._rpc.send(self._acts.cancel())

    def close(self) -> Any:
        """Close a task that has stood still for its stall timeout (R7)."""
        return self._rpc.send(self._acts.close())

    def refund(self) -> Any:
        """Send what is left of the pool to the creator, once the task is over (R7)."""
        return self._rpc.send(self._acts.refund())
