"""The node's `Chain` port: a task's reader, the acts on it, and secrets that only the holder of the key can make."""

from __future__ import annotations

import hashlib
import hmac

from orchestrator.adapters.chain.blocks import find_first_block
from orchestrator.adapters.chain.endpoint import Endpoint
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.protocol.types import Address, Ballot, RoundView, compute_commitment


class TaskChain(TaskActs):
    """One task on one chain, for one account. What is not explained here, `ports.Chain` explains."""

    def __init__(self, rpc: Endpoint, task: Address, lens: Address, account: Address | None = None) -> None:
        """`account`: for whom the endpoint's account acts as operator, where it does not for itself (R6a).

        Raises Fatal without a key, ChainError if there is no task at the address.
        """
        self._key = bytes(rpc.signer.key)
        super().__init__(TaskReader(rpc, task, lens), account)
        self.task, self.parameters = self.reader.address, self.reader.parameters

    def derive_secret(self, purpose: str, *parts: bytes) -> bytes:
        """32 bytes only the holder of the key can make, the same after any loss (HMAC-SHA-256 over chain, task, purpose)."""
        message = b"\0".join([b"starling", purpose.encode(), str(self._rpc.chain_id).encode(), self.task.encode(), *parts])
        return hmac.new(self._key, message, hashlib.sha256).digest()

    def read_view(self) -> RoundView:
        return self.reader.read_view(self.account)

    def read_penalised(self, round: int) -> list[Address]:
        return self.reader.read_penalised(round)

    def find_block_hash(self, since: int) -> bytes | None:
        block = find_first_block(self._rpc, since)
        return bytes(block["hash"]) if block else None

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        salt = self._salt(round)
        return compute_commitment(ballot, salt, chain_id=self._rpc.chain_id, task=self.task, round=round, voter=self.account)

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self.commit(self.compute_commitment(round, ballot))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        self.reveal(ballot, self._salt(round))

    def _salt(self, round: int) -> bytes:
        """Another for each account that an operator acts for: what one reveals hides nothing of another."""
        return self.derive_secret("salt", str(round).encode(), self.account.encode())
