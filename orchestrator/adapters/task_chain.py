"""One task on one chain, for one account: the node's `Chain` port over an RPC endpoint."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.adapters.rpc import Rpc
from orchestrator.errors import Fatal
from orchestrator.protocol.types import Address, Ballot, Phase, Role, RoundView, Update, compute_commitment

DUES_PAGE = 200
"""Positions asked for in one call: `dues` costs more the more it looks at."""


class TaskChain:
    """Reads one task, and acts on it for the RPC's account."""

    def __init__(self, rpc: Rpc, task: Address) -> None:
        """Raises ChainError if there is no task at the address."""
        if rpc.account is None:
            raise Fatal("a node needs a key", hint="give --keystore")
        self._rpc = rpc
        self._task = rpc.contract("FLTask", task)
        self._key = bytes(rpc.account.key)
        self.account: Address = rpc.account.address
        self.task: Address = self._task.address

    def derive_secret(self, purpose: str, *parts: bytes) -> bytes:
        """32 bytes only the holder of the key can make, the same after any loss (HMAC-SHA-256 over chain, task, purpose)."""
        message = b"\0".join([b"starling", purpose.encode(), str(self._rpc.chain_id).encode(), self.task.encode(), *parts])
        return hmac.new(self._key, message, hashlib.sha256).digest()

    def read_view(self) -> RoundView:
        """Everything, at one block, in one call."""
        return to_view(self._rpc.call(self._task.functions.roundView(self.account)))

    def read_penalised(self, round: int) -> list[Address]:
        """Who still owes a penalty for a settled round."""
        found: list[Address] = []
        drawn = self.read_view()
        pages = range(0, max(drawn.member_count, drawn.drawn_count, 1) + DUES_PAGE, DUES_PAGE)
        for start in pages:
            dues = self._rpc.call(self._task.functions.dues(round, start, start + DUES_PAGE))
            found += [due.account for due in dues if due.penalty and due.account not in found]
        return found

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


def to_view(answer: Any) -> RoundView:
    """`struct RoundView` as web3 decodes it, in our words."""
    values = {_snake(name): value for name, value in answer._asdict().items()}
    values["phase"] = Phase(values["phase"])
    values["role"] = Role(values["role"])
    values["updates"] = tuple(Update(item.proposer, item.weight, item.digest) for item in values["updates"])
    return RoundView(**values)


def _snake(name: str) -> str:
    return re.sub("([A-Z])", lambda letter: "_" + letter[1].lower(), name)
