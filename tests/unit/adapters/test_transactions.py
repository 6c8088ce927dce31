"""One act, one nonce: what is not mined is replaced at a higher fee, and whoever else takes the nonce was faster."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from eth_account import Account

from orchestrator.adapters.chain.refusals import Complaint, classify_complaint
from orchestrator.adapters.chain.transactions import GAS_MARGIN, MAX_SENDS, Sender
from orchestrator.errors import LostRace, Transient

SIGNER = Account.from_key(b"\x01" * 32)
FEES = {"maxPriorityFeePerGas": 1, "maxFeePerGas": 1000}


class Act:
    """A transfer of nothing that says what it is built with."""

    def __init__(self) -> None:
        self.built: list[dict[str, Any]] = []

    def estimate_gas(self, transaction: dict[str, Any], at: str = "latest") -> int:
        return 21_000

    def build_transaction(self, transaction: dict[str, Any]) -> dict[str, Any]:
        self.built.append(transaction)
        return transaction | {"to": SIGNER.address, "value": 0}


@dataclass
class FakeEndpoint:
    """Takes what it is told to take, and mines the transaction with the number `mined`, counted from zero."""

    chain_id: int = 1
    mined: int | None = None
    rival_at: int | None = None
    """At this offer another transaction takes the nonce."""
    refuses: set[int] = field(default_factory=set)
    offers: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)

    def count_mined(self, account: str) -> int:
        is_used = self.rival_at is not None and len(self.offers) > self.rival_at
        return 8 if is_used else 7

    def get_fees(self) -> dict[str, int]:
        return dict(FEES)

    def offer(self, raw: bytes) -> bool:
        self.offers.append(raw)
        if len(self.offers) - 1 in self.refuses:
            return False
        self.taken.append(raw)
        return True

    def find_receipt(self, transaction: bytes) -> Any:
        is_mined = self.mined is not None and len(self.offers) > self.mined
        return {"transactionHash": transaction} if is_mined else None


def send(endpoint: FakeEndpoint, act: Act, told: list[str] | None = None) -> Any:
    return Sender(endpoint, SIGNER, lambda event, **values: (told if told is not None else []).append(event), 0.0).send(act)


def test_what_is_mined_at_once_is_sent_once() -> None:
    endpoint, act = FakeEndpoint(mined=0), Act()
    assert send(endpoint, act)
    assert len(endpoint.offers) == 1
    assert act.built == [{"from": SIGNER.address, "chainId": 1, "nonce": 7, "gas": int(21_000 * GAS_MARGIN)} | FEES]


def test_what_is_not_mined_is_sent_again_under_the_same_nonce_at_a_higher_fee() -> None:
    """I4: one nonce, one act; a tenth more is what nodes ask for, and a wei more where that is nothing."""
    endpoint, act, told = FakeEndpoint(mined=2), Act(), []
    assert send(endpoint, act, told)
    assert {built["nonce"] for built in act.built} == {7}
    assert [built["maxPriorityFeePerGas"] for built in act.built] == [1, 2, 3]
    fees = [built["maxFeePerGas"] for built in act.built]
    assert all(later >= 1.1 * earlier for earlier, later in pairwise(fees))
    assert told == ["transaction.replaced"] * 2


def test_what_stands_in_the_way_is_outbid() -> None:
    endpoint = FakeEndpoint(mined=1, refuses={0})
    assert send(endpoint, Act())
    assert len(endpoint.taken) == 1


def test_who_else_uses_the_nonce_was_faster() -> None:
    with pytest.raises(LostRace, match="mined in between"):
        send(FakeEndpoint(rival_at=1), Act())


def test_our_own_transaction_uses_the_nonce_too() -> None:
    """The count says used and the receipt is there: it is the receipt that tells whose it was."""
    assert send(FakeEndpoint(mined=0, rival_at=0), Act())


def test_what_nobody_mines_is_given_up_for_now() -> None:
    endpoint = FakeEndpoint()
    with pytest.raises(Transient, match="no transaction of"):
        send(endpoint, Act())
    assert len(endpoint.offers) == MAX_SENDS


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("already known", Complaint.KNOWN),
        ("transaction already imported", Complaint.KNOWN),
        ("replacement transaction underpriced", Complaint.IN_THE_WAY),
        ("nonce too low: next nonce 5, tx nonce 4", Complaint.IN_THE_WAY),
        ("Nonce has already been used", Complaint.IN_THE_WAY),
        ("the tx doesn't have the correct nonce. account has nonce of: 5 tx has nonce of: 4", Complaint.IN_THE_WAY),
        ("Insufficient funds for gas * price + value", Complaint.POOR),
        ("err: insufficient balance for transfer", Complaint.POOR),
        ("gas required exceeds allowance (0)", Complaint.POOR),
        ("the moon is full", Complaint.OTHER),
        ("", Complaint.OTHER),
    ],
)
def test_what_endpoints_say_is_understood(text: str, meant: Complaint) -> None:
    assert classify_complaint(text) is meant
