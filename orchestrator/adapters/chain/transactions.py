"""One act, one nonce: a transaction signed, sent, waited for, and replaced at a higher fee when nobody mines it.

All acts of an account stand in one queue, so that no two have the same nonce. What one may cost at most is its owner's choice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.fees import Fees, Limits, Urgency, find_ceiling, find_most, find_urgency, limit_fees, outbid
from orchestrator.adapters.chain.refusals import Complaint
from orchestrator.errors import ChainError, LostRace, Transient
from orchestrator.ports import Log
from orchestrator.protocol.types import Address

MAX_SENDS = 5
GAS_MARGIN = 1.25
"""State may move between the estimate and the block: dues to apply, a leader to compare with."""
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.1, 3.0
LOOK_GROWTH = 1.25
"""Where no heads are heard, each look waits longer than the one before: what is mined is seen a quarter later at most."""
LATE_SECONDS = 2.0
"""After a head the endpoint may need so long to have its receipts."""
LOOKS_A_NONCE = 4
"""Every so many looks it is asked, too, whether another transaction has taken the nonce."""
COUNTED_ACTS = 20
"""After so many acts the account's balance is asked for again."""
LOW_ACTS = 10
"""An account that could not pay for so many more acts like the last needs coin soon."""

Queue = Callable[[], AbstractContextManager[Any]]
"""Inside, nobody else sends for the account."""


class Mempool(Protocol):
    """Where transactions go and are mined: what sending needs of an endpoint."""

    chain_id: int

    def count_mined(self, account: Address) -> int:
        """The account's transactions up to the latest block."""

    def balance(self, address: Address) -> int:
        """In wei of the chain's own coin."""

    def estimate_gas(self, transaction: dict[str, Any], what: str, at: str) -> int:
        """What it would use `at` a block. Raises the contract's refusal of `what`."""

    def get_fees(self, urgency: Urgency) -> Fees:
        """What a transaction offers now."""

    def find_pending_fees(self, account: Address, nonce: int) -> Fees:
        """What the account's transaction of this nonce offers that waits to be mined; empty if none is known."""

    def offer(self, raw: bytes) -> Complaint | None:
        """Offer a signed transaction; what the endpoint has against it, None if it takes it. Raises for what is not its own
        matter."""

    def find_receipt(self, transaction: bytes) -> Any:
        """The receipt, or None while it is not mined."""

    def get_head(self) -> int | None:
        """Number of the latest block where heads are heard; None where nobody tells of them."""

    def wait_for_head(self, after: int, seconds: float) -> None:
        """Until a later one is heard than the number `after`."""


@dataclass
class Sender:
    """Sends for one account. May be used by several threads at once."""

    mempool: Mempool
    signer: LocalAccount
    log: Log
    replace_after_seconds: float
    """What is not mined by then is sent again at a higher fee."""
    limits: Limits = field(default_factory=Limits)
    queue: Queue = nullcontext
    _balance: int = 0
    """In wei, as far as is known: what acts have cost since is taken off."""
    _acts: int = 0
    _offered: dict[int, Fees] = field(default_factory=dict)
    """Nonce → the highest fees that this account has offered for it and nobody has mined."""

    def send(self, act: dict[str, Any], name: str, at: str = "latest") -> Any:
        """The receipt of `act`, a transaction's `to`, `data` and `value`, whose gas is estimated `at` a block; `name`: of the
        contract's function.

        What is not mined in time is replaced, never sent beside itself; the nonce is that of the latest block, so what an
        earlier run of this node sent and nobody mined is replaced too, for more than it offers.

        Raises LostRace if another transaction takes the nonce, Transient if none is mined or the chain asks for more than the
        limits allow, ChainError if the account cannot pay.
        """
        with self.queue():
            return self._send(act, name, at)

    def _send(self, act: dict[str, Any], name: str, at: str) -> Any:
        nonce, urgency = self.mempool.count_mined(self._account), find_urgency(name)
        gas = int(self.mempool.estimate_gas({"from": self._account, **act}, name, at) * GAS_MARGIN)
        fixed = {**act, "chainId": self.mempool.chain_id, "nonce": nonce, "gas": gas}
        fees = self.mempool.get_fees(urgency)
        if standing := self._offered.get(nonce):
            fees = outbid(fees, standing)
        sent: list[bytes] = []
        for attempt in range(MAX_SENDS):
            fees = self._limit(fees, gas, urgency, name)
            signed = self.signer.sign_transaction(fixed | fees)
            head = self.mempool.get_head()
            complaint = self.mempool.offer(signed.raw_transaction)
            if complaint is Complaint.POOR:
                raise self._tell_poor(gas * find_most(fees), name)
            if is_offered := complaint in (None, Complaint.KNOWN):
                sent.append(bytes(signed.hash))
                self._offered = {nonce: fees}
            is_patient = is_offered or complaint is Complaint.FULL
            if receipt := self._await(sent, nonce, self.replace_after_seconds if is_patient else 0.0, head):
                self._balance -= int(receipt["gasUsed"]) * find_most(fees)
                return receipt
            if attempt < MAX_SENDS - 1:
                standing = self.mempool.find_pending_fees(self._account, nonce) if complaint is Complaint.OUTBID else {}
                fees = outbid(fees, standing or fees)
                self.log("transaction.replaced", nonce=nonce, **fees)
        raise Transient(f"no transaction of {self._account} is mined", hint="the chain may be full or the endpoint behind")

    def _limit(self, fees: Fees, gas: int, urgency: Urgency, name: str) -> Fees:
        """No more than the limits allow. A balance that this act alone could use up is told."""
        if self._acts % COUNTED_ACTS == 0 or self._balance < 2 * gas * find_most(fees):
            self._balance = self.mempool.balance(self._account)
        self._acts += 1
        if self._balance < LOW_ACTS * gas * find_most(fees):
            self.log("balance.low", account=self._account, balance_wei=self._balance, act=name, cost_wei=gas * find_most(fees))
        ceiling = find_ceiling(self.limits, urgency, self._balance, gas)
        limited = limit_fees(fees, ceiling)
        if limited is None and ceiling < self.limits.max_fee_wei:
            raise self._tell_poor(gas * find_most(fees), name)
        if limited is None:
            hint = "wait until the chain is cheaper, or allow more with --max-fee"
            raise Transient(f"{name}: a unit of gas costs {find_most(fees)} wei, {ceiling} are allowed", hint=hint)
        return limited

    def _tell_poor(self, cost: int, name: str) -> ChainError:
        hint = f"send some of the chain's coin to {self._account}"
        why = f"the account cannot pay for gas: it has {self._balance} wei, {cost} may be needed"
        return ChainError(f"{name}: {why}", hint=hint)

    def _await(self, sent: Sequence[bytes], nonce: int, seconds: float, head: int | None) -> Any:
        """The receipt of whichever of `sent` is mined, or None if none is in time; `head`: the latest block when it was sent.

        Raises LostRace if the nonce was used by another transaction: one of another process, or of an earlier run.
        """
        deadline, pause, is_late = time.monotonic() + seconds, FIRST_LOOK_SECONDS, False
        for look in count(1):
            left = deadline - time.monotonic()
            if head is not None and left > 0:
                self.mempool.wait_for_head(head, min(left, LATE_SECONDS) if is_late else left)
                left = deadline - time.monotonic()
            is_over = left <= 0
            is_used = (is_over or look % LOOKS_A_NONCE == 0) and self.mempool.count_mined(self._account) > nonce
            for transaction in sent:
                if receipt := self.mempool.find_receipt(transaction):
                    return receipt
            if is_used:
                raise LostRace(f"another transaction of {self._account} was mined in between")
            if is_over:
                return None
            latest = self.mempool.get_head()
            if latest is None:
                time.sleep(min(pause, left))
                pause = min(LONGEST_LOOK_SECONDS, pause * LOOK_GROWTH)
            is_late = latest != head
            head = latest

    @property
    def _account(self) -> Address:
        return str(self.signer.address)
