"""What an account does in a task by hand: join, top up, leave, be paid, fund, and end what stands still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.token import Token
from orchestrator.protocol.types import Address


class Member:
    """Acts in one task for the RPC's account. Amounts are in wei of the task's token; each act returns its receipt."""

    def __init__(self, rpc: Rpc, task: Address, token: Token) -> None:
        """Raises ChainError if there is no contract at `task`."""
        self._rpc, self._token = rpc, token
        self._contract = rpc.contract("FLTask", task)
        self._acts = self._contract.functions

    def join(self, amount_wei: int, proof: Sequence[bytes] = ()) -> Any:
        """Stake and be drawn from the next draw on: one transaction where the token knows permits, else two (R4)."""
        if permit := self._token.sign_permit(self._contract.address, amount_wei):
            values = (permit.deadline, permit.v, permit.r, permit.s)
            return self._rpc.send(self._acts.joinWithPermit(amount_wei, list(proof), *values))
        self._token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.join(amount_wei, list(proof)))

    def top_up(self, amount_wei: int) -> Any:
        """Add to the stake, from the next draw on (R4)."""
        self._token.approve(self._contract.address, amount_wei)
        return self._rpc.send(self._acts.topUp(amount_wei))

    def leave(self) -> Any:
        """Be drawn no more (R6)."""
        return self._rpc.send(self._acts.leaveTask())

    def withdraw(self, to: Address) -> Any:
        """Take stake and rewards to `to` (R6)."""
        return self._rpc.send(self._acts.withdraw(to))

    def claim(self, to: Address) -> Any:
        """Take the rewards to `to` (R21)."""
        return self._rpc.send(self._acts.claim(to))

    def slash(self, round: int, accounts: Sequence[Address]) -> Any:
        """Report participants that owe a penalty (R20)."""
        return self._rpc.send(self._acts.slash(round, list(accounts)))

    def fund(self, amount_wei: int) -> Any:
        """Add to the reward pool (R3)."""
        self._token.approve(self._contract.address, amount_wei)
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
