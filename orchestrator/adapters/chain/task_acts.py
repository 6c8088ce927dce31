"""What an account does in a task, each act once: a node's acts and those of people's commands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.errors import Fatal
from orchestrator.protocol.types import NO_ACCOUNT, Address, Ballot, Digest

SLASH_BATCH = 50
"""Accounts reported in one transaction at most: applying six rounds of dues to each stays far below a block's gas."""


class TaskActs:
    """Acts in the task of a reader, for one account. Amounts are in wei of the task's token.

    The endpoint signs, as the account itself or as its operator (R6a). An operator acts in rounds, and sends what is due to the
    account's own address; it can neither join nor leave for it.

    Each act is simulated, signed, sent and waited for, and returns its receipt; it raises what `ports.Chain` says.
    """

    def __init__(self, reader: TaskReader, account: Address | None = None) -> None:
        """`account`: for whom to act, where that is not the one that signs."""
        self.reader = reader
        self._account = account and to_address(account)
        self._rpc, self._contract = reader.rpc, reader.contract
        self._acts = reader.contract.functions

    @property
    def account(self) -> Address:
        """For whom this acts. Raises Fatal if nobody signs and nobody is named."""
        return self._account or str(self._rpc.signer.address)

    @cached_property
    def token(self) -> Token:
        """What is staked and paid. Raises ChainError if there is no token at the address that the task names."""
        return Token(self._rpc, self.reader.parameters.token)

    # ── members ──

    def join(self, amount_wei: int, proof: Sequence[bytes] = ()) -> Any:
        """Stake and be drawn from the next draw on: one transaction where the token knows permits, else two (R4)."""
        self._check_own("stake")
        if permit := self.token.sign_permit(self._contract.address, amount_wei):
            values = (permit.deadline, permit.v, permit.r, permit.s)
            return self._rpc.send(self._acts.joinWithPermit(amount_wei, list(proof), *values))
        self.token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.join(amount_wei, list(proof)))

    def top_up(self, amount_wei: int) -> Any:
        """Add to the stake, from the next draw on (R4)."""
        self._check_own("top up")
        self.token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.topUp(amount_wei))

    def leave(self) -> Any:
        """Be drawn no more (R6)."""
        self._check_own("leave")
        return self._rpc.send(self._acts.leaveTask())

    def set_operator(self, operator: Address | None) -> Any:
        """Name who may act in rounds for the account besides itself; None: nobody (R6a)."""
        self._check_own("name an operator")
        return self._rpc.send(self._acts.setOperator(operator or NO_ACCOUNT))

    def _check_own(self, what: str) -> None:
        """What the contract takes as the signer's own, whoever is meant."""
        if self.account != self._rpc.signer.address:
            hint = "use the account's own key"
            raise Fatal(f"an operator cannot {what} for {self.account}", hint=hint)

    def withdraw(self, to: Address | None = None) -> Any:
        """Take stake and rewards to `to`, or to the account itself (R6)."""
        return self._rpc.send(self._acts.withdraw(self.account, to or self.account))

    def claim(self, to: Address | None = None) -> Any:
        """Take the rewards to `to`, or to the account itself (R21)."""
        return self._rpc.send(self._acts.claim(self.account, to or self.account))

    # ── a round ──

    def draw(self) -> Any:
        """Fix the seed of the round (R8). Where the anchor's block is the latest, its hash can be read from the next one on."""
        return self._rpc.send(self._acts.draw(), at="pending")

    def submit_update(self, update: Digest) -> Any:
        """A proposer: offer an update (R11)."""
        return self._rpc.send(self._acts.submitUpdate(self.account, update))

    def commit(self, commitment: bytes) -> Any:
        """A voter: hide a vote (R13)."""
        return self._rpc.send(self._acts.commitVote(self.account, commitment))

    def reveal(self, ballot: Ballot, salt: bytes) -> Any:
        """A voter: show the vote (R14)."""
        values = (ballot.aggregate, ballot.score, ballot.against, ballot.loss_before, ballot.loss_after, salt)
        return self._rpc.send(self._acts.revealVote(self.account, *values))

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
