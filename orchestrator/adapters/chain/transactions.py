"""One act, one nonce: a transaction signed, sent, waited for, and replaced at a higher fee when nobody mines it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from eth_account.signers.local import LocalAccount

from orchestrator.errors import LostRace, Transient
from orchestrator.ports import Log
from orchestrator.protocol.types import Address

MAX_SENDS = 5
FEE_BUMP = 1.3
"""Nodes ask for 10 % more before they let one transaction replace another."""
GAS_MARGIN = 1.25
"""State may move between the estimate and the block: dues to apply, a leader to compare with."""
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.1, 3.0
LOOK_GROWTH = 1.25
"""Each look waits longer than the one before: whatever the chain's pace, what is mined is seen a quarter later at most."""
LOOKS_A_NONCE = 4
"""Every so many looks it is asked, too, whether another transaction has taken the nonce."""


class Mempool(Protocol):
    """Where transactions go and are mined: what sending needs of an endpoint."""

    chain_id: int

    def count_mined(self, account: Address) -> int:
        """The account's transactions up to the latest block."""

    def get_fees(self) -> dict[str, int]:
        """What a transaction offers now, in wei per gas, by the names of its fields."""

    def offer(self, raw: bytes) -> bool:
        """Whether the endpoint has the transaction now; False when another of the same nonce stands in its way."""

    def find_receipt(self, transaction: bytes) -> Any:
        """The receipt, or None while it is not mined."""


@dataclass(frozen=True)
class Sender:
    """Sends for one account."""

    mempool: Mempool
    signer: LocalAccount
    log: Log
    replace_after_seconds: float
    """What is not mined by then is sent again at a higher fee."""

    def send(self, act: Any, at: str = "latest") -> Any:
        """The receipt of `act`, a contract's function or constructor with its arguments, whose gas is estimated `at` a block.

        What is not mined in time is replaced, never sent beside itself; the nonce is that of the latest block, so what an
        earlier run of this node sent and nobody mined is replaced too.

        Raises LostRace if another transaction takes the nonce, Transient if none is mined.
        """
        nonce = self.mempool.count_mined(self._account)
        gas = int(act.estimate_gas({"from": self._account}, at) * GAS_MARGIN)
        fixed = {"from": self._account, "chainId": self.mempool.chain_id, "nonce": nonce, "gas": gas}
        fees, sent = self.mempool.get_fees(), []
        for _ in range(MAX_SENDS):
            signed = self.signer.sign_transaction(act.build_transaction(fixed | fees))
            is_offered = self.mempool.offer(signed.raw_transaction)
            if is_offered:
                sent.append(signed.hash)
            if receipt := self._await(sent, nonce, self.replace_after_seconds if is_offered else 0.0):
                return receipt
            fees = {name: max(int(fee * FEE_BUMP), fee + 1) for name, fee in fees.items()}
            self.log("transaction.replaced", nonce=nonce, **fees)
        raise Transient(f"no transaction of {self._account} is mined", hint="the chain may be full or the endpoint behind")

    def _await(self, sent: Sequence[bytes], nonce: int, seconds: float) -> Any:
        """The receipt of whichever of `sent` is mined, or None if none is in time.

        Raises LostRace if the nonce was used by another transaction: one of another process, or of an earlier run.
        """
        deadline, pause = time.monotonic() + seconds, FIRST_LOOK_SECONDS
        for look in count(1):
            is_over = time.monotonic() >= deadline
            is_used = (is_over or look % LOOKS_A_NONCE == 0) and self.mempool.count_mined(self._account) > nonce
            for transaction in sent:
                if receipt := self.mempool.find_receipt(transaction):
                    return receipt
            if is_used:
                raise LostRace(f"another transaction of {self._account} was mined in between")
            if is_over:
                return None
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(LONGEST_LOOK_SECONDS, pause * LOOK_GROWTH)

    @property
    def _account(self) -> Address:
        return str(self.signer.address)
