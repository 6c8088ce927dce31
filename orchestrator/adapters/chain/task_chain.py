"""One task on one chain, for one account: the node's `Chain` port over an RPC endpoint."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.errors import Fatal
from orchestrator.protocol.types import Address, Ballot, RoundView, compute_commitment


class TaskChain:
    """Reads one task, and acts on it for the RPC's account."""

    def __init__(self, rpc: Rpc, task: Address) -> None:
        """Raises ChainError if there is no task at the address."""
        if rpc.account is None:
            raise Fatal("a node needs a key", hint="give --keystore")
        self._rpc = rpc
        self._reader = TaskReader(rpc, task)
        self._task = self._reader.contract
        self._key = bytes(rpc.account.key)
        self.account: Address = rpc.account.address
        self.task: Address = self._reader.address
        self.parameters = self._reader.parameters

    def derive_secret(self, purpose: str, *parts: bytes) -> bytes:
        """32 bytes only the holder of the key can make, the same after any loss (HMAC-SHA-256 over chain, task, purpose)."""
        message = b"\0".join([b"starling", purpose.encode(), str(self._rpc.chain_id).encode(), self.task.encode(), *parts])
        return hmac.new(self._key, message, hashlib.sha256).digest()

    def read_view(self) -> RoundView:
        """Everything, at one block, in one call."""
        return self._reader.read_view(self.account)

    def read_penalised(self, round: int) -> list[Address]:
        """Who still owes a penalty for a settled round."""
        return self._reader.read_penalised(round)

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        """What hides `ballot`, with a salt derived from the account's key, the task and the round."""
        return compute_commitment(
            ballot, self._salt(round), chain_id=self._rpc.chain_id, task=self.task, round=round, voter=self.account
        )

    def draw(self) -> None:
        """Fix the seed of the round."""
        self._send(self._task.functions.draw())

    def submit_update(self, update: bytes) -> None:
        """Offer an update."""
        self._send(self._task.functions.submitUpdate(update))

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        """Hide a vote."""
        self._send(self._task.functions.commitVote(self.compute_commitment(round, ballot)))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        """Show the vote."""
        values = (ballot.aggregate, ballot.score, ballot.loss_before, ballot.loss_after, self._salt(round))
        self._send(self._task.functions.revealVote(*values))

    def settle(self) -> None:
        """Decide the round."""
        self._send(self._task.functions.settle())

    def slash(self, round: int, accounts: Sequence[Address]) -> None:
        """Report participants that owe a penalty."""
        self._send(self._task.functions.slash(round, list(accounts)))

    def withdraw(self) -> None:
        """Take stake and rewards back to the account."""
        self._send(self._task.functions.withdraw(self.account))

    @property
    def _send(self) -> Callable[[Any], Any]:
        return self._rpc.send

    def _salt(self, round: int) -> bytes:
        return self.derive_secret("salt", str(round).encode())
