"""One act, one nonce: what is not mined is replaced at a higher fee, and whoever else takes the nonce was faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
import rlp
from eth_account import Account

from orchestrator.adapters.chain.fees import Limits, Urgency
from orchestrator.adapters.chain.refusals import Complaint
from orchestrator.adapters.chain.transactions import COUNTED_ACTS, GAS_MARGIN, LATE_SECONDS, MAX_SENDS, Sender
from orchestrator.errors import ChainError, LostRace, Transient

SIGNER = Account.from_key(b"\x01" * 32)
FEES = {"maxPriorityFeePerGas": 1, "maxFeePerGas": 1000}
ACT = {"to": SIGNER.address, "data": "0x", "value": 0}
GAS = int(21_000 * GAS_MARGIN)


@dataclass
class FakeEndpoint:
    """Takes what it is told to take, and mines the transaction with the number `mined`, counted from zero."""

    chain_id: int = 1
    mined: int | None = None
    rival_at: int | None = None
    """At this offer another transaction takes the nonce."""
    complaints: dict[int, Complaint] = field(default_factory=dict)
    """Number of an offer → what it has against it."""
    pending: dict[str, int] = field(default_factory=dict)
    offer_wei: dict[str, int] = field(default_factory=lambda: dict(FEES))
    coins: int = 10**18
    offers: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    balances: int = 0
    tell: Callable[[str], None] = lambda said: None

    @property
    def fees(self) -> list[dict[str, int]]:
        """What each offer offered."""
        return [{"maxPriorityFeePerGas": fields[2], "maxFeePerGas": fields[3]} for fields in map(read_fields, self.offers)]

    def count_mined(self, account: str) -> int:
        is_used = self.rival_at is not None and len(self.offers) > self.rival_at
        return 8 if is_used else 7

    def balance(self, address: str) -> int:
        self.balances += 1
        return self.coins

    def estimate_gas(self, transaction: dict[str, Any], what: str, at: str) -> int:
        return 21_000

    def get_fees(self, urgency: Urgency) -> dict[str, int]:
        return dict(self.offer_wei)

    def find_pending_fees(self, account: str, nonce: int) -> dict[str, int]:
        return self.pending

    def offer(self, raw: bytes) -> Complaint | None:
        self.tell("offered")
        self.offers.append(raw)
        complaint = self.complaints.get(len(self.offers) - 1)
        if complaint is None:
            self.taken.append(raw)
        return complaint

    def find_receipt(self, transaction: bytes) -> Any:
        is_mined = self.mined is not None and len(self.offers) > self.mined
        return {"transactionHash": transaction, "gasUsed": 21_000} if is_mined else None

    def get_head(self) -> int | None:
        return None

    def wait_for_head(self, after: int, seconds: float) -> None:
        raise AssertionError("nobody tells of heads")


@dataclass
class HeardEndpoint(FakeEndpoint):
    """One whose heads are heard, the next one by each other wait; the transaction is mined in block `mined_at`."""

    mined_at: int = 0
    head: int = 7
    waits: list[tuple[int, float]] = field(default_factory=list)
    asked: int = 0

    def get_head(self) -> int | None:
        return self.head

    def wait_for_head(self, after: int, seconds: float) -> None:
        self.waits.append((after, round(seconds, 0)))
        self.head += len(self.waits) % 2

    def find_receipt(self, transaction: bytes) -> Any:
        self.asked += 1
        return {"transactionHash": transaction, "gasUsed": 21_000} if self.head >= self.mined_at else None


def read_fields(raw: bytes) -> list[int]:
    """Chain, nonce, tip, fee and gas of a signed transaction of type 2."""
    assert raw[0] == 2
    return [int.from_bytes(item, "big") for item in rlp.decode(raw[1:])[:5]]


def make_sender(endpoint: FakeEndpoint, told: list[str] | None = None, seconds: float = 0.0, **more: Any) -> Sender:
    return Sender(endpoint, SIGNER, lambda event, **values: (told if told is not None else []).append(event), seconds, **more)


def send(endpoint: FakeEndpoint, told: list[str] | None = None, seconds: float = 0.0) -> Any:
    return make_sender(endpoint, told, seconds).send(ACT, "settle")


def test_what_is_mined_at_once_is_sent_once() -> None:
    endpoint = FakeEndpoint(mined=0)
    assert send(endpoint)
    assert [read_fields(raw) for raw in endpoint.offers] == [[1, 7, 1, 1000, GAS]]


def test_what_is_not_mined_is_sent_again_under_the_same_nonce_at_a_higher_fee() -> None:
    """I4: one nonce, one act; a tenth more is what nodes ask for, and a wei more where that is nothing."""
    endpoint, told = FakeEndpoint(mined=2), []
    assert send(endpoint, told)
    assert {read_fields(raw)[1] for raw in endpoint.offers} == {7}
    assert [fees["maxPriorityFeePerGas"] for fees in endpoint.fees] == [1, 2, 3]
    fees = [offered["maxFeePerGas"] for offered in endpoint.fees]
    assert all(later >= 1.1 * earlier for earlier, later in pairwise(fees))
    assert told == ["transaction.replaced"] * 2


def test_what_stands_in_the_way_is_outbid() -> None:
    endpoint = FakeEndpoint(mined=1, complaints={0: Complaint.OUTBID})
    assert send(endpoint)
    assert len(endpoint.taken) == 1


def test_who_else_uses_the_nonce_was_faster() -> None:
    with pytest.raises(LostRace, match="mined in between"):
        send(FakeEndpoint(rival_at=1))
    with pytest.raises(LostRace, match="mined in between"):
        send(FakeEndpoint(rival_at=0, complaints={0: Complaint.USED}), seconds=1000.0)


def test_our_own_transaction_uses_the_nonce_too() -> None:
    """The count says used and the receipt is there: it is the receipt that tells whose it was."""
    assert send(FakeEndpoint(mined=0, rival_at=0))


def test_what_nobody_mines_is_given_up_for_now() -> None:
    endpoint = FakeEndpoint()
    with pytest.raises(Transient, match="no transaction of"):
        send(endpoint)
    assert len(endpoint.offers) == MAX_SENDS


def test_a_head_brings_the_receipt() -> None:
    """N6: where heads are heard the endpoint is asked once a head, not by a timer."""
    endpoint = HeardEndpoint(mined_at=9)
    assert send(endpoint, seconds=1000.0)
    assert endpoint.waits == [(7, 1000.0), (8, LATE_SECONDS), (8, 1000.0)]
    assert endpoint.asked == 3


def test_what_waits_already_is_outbid_from_what_it_offers() -> None:
    """N8: of an earlier run, or of another machine; not from what one would have offered oneself."""
    endpoint = FakeEndpoint(
        mined=1, complaints={0: Complaint.OUTBID}, pending={"maxPriorityFeePerGas": 500, "maxFeePerGas": 900}
    )
    assert send(endpoint)
    assert endpoint.fees[1] == {"maxPriorityFeePerGas": 650, "maxFeePerGas": 1170}


def test_the_ladder_goes_on_where_the_last_one_ended() -> None:
    """N8: what was offered for the nonce and is not mined still waits."""
    endpoint = FakeEndpoint()
    sender = make_sender(endpoint)
    with pytest.raises(Transient):
        sender.send(ACT, "settle")
    highest = endpoint.fees[-1]["maxFeePerGas"]
    endpoint.mined = len(endpoint.offers)
    sender.send(ACT, "settle")
    assert endpoint.fees[-1]["maxFeePerGas"] >= 1.1 * highest


def test_what_is_offered_too_cheaply_is_offered_for_more() -> None:
    endpoint = FakeEndpoint(mined=1, complaints={0: Complaint.CHEAP})
    assert send(endpoint)
    assert endpoint.fees[1]["maxPriorityFeePerGas"] > endpoint.fees[0]["maxPriorityFeePerGas"]


def test_an_endpoint_cannot_make_an_act_cost_more_than_is_allowed() -> None:
    """N3: once a hostile endpoint's word made one draw cost 541 coins."""
    endpoint = FakeEndpoint(offer_wei={"maxPriorityFeePerGas": 10**15, "maxFeePerGas": 10**15 + 2})
    with pytest.raises(Transient, match="are allowed") as caught:
        send(endpoint)
    assert not endpoint.offers and "--max-fee" in caught.value.hint


def test_replacing_stops_at_what_is_allowed() -> None:
    endpoint = FakeEndpoint()
    with pytest.raises(Transient):
        make_sender(endpoint, limits=Limits(max_fee_wei=1200)).send(ACT, "settle")
    assert max(fees["maxFeePerGas"] for fees in endpoint.fees) == 1200


@pytest.mark.parametrize(("name", "share"), [("slash", 0.02), ("draw", 0.2), ("settle", 0.2), ("commitVote", 1.0)])
def test_an_act_may_cost_a_share_of_the_balance_by_its_urgency(name: str, share: float) -> None:
    """N3: whoever could do it as well does not empty its purse for all; who would lose stake may."""
    cost = GAS * FEES["maxFeePerGas"]
    assert make_sender(FakeEndpoint(mined=0, coins=int(cost / share) + GAS)).send(ACT, name)
    with pytest.raises(ChainError, match="cannot pay for gas"):
        make_sender(FakeEndpoint(mined=0, coins=int(cost / share / 2.1))).send(ACT, name)


def test_a_low_balance_is_told_and_ends_nothing() -> None:
    endpoint, told = FakeEndpoint(mined=0, coins=9 * GAS * FEES["maxFeePerGas"]), []
    assert make_sender(endpoint, told).send(ACT, "settle")
    assert told == ["balance.low"]


def test_the_balance_is_asked_for_now_and_then() -> None:
    endpoint = FakeEndpoint(mined=0)
    sender = make_sender(endpoint)
    for _ in range(COUNTED_ACTS + 1):
        sender.send(ACT, "settle")
    assert endpoint.balances == 2


def test_an_endpoint_that_finds_the_account_too_poor_is_believed() -> None:
    with pytest.raises(ChainError, match="cannot pay for gas") as caught:
        send(FakeEndpoint(complaints={0: Complaint.POOR}))
    assert SIGNER.address in caught.value.hint


def test_two_acts_at_once_stand_in_a_queue() -> None:
    """N7: whatever else sends for the account comes before or after, never in between."""
    said: list[str] = []

    @contextmanager
    def queue() -> Iterator[None]:
        said.append("in")
        yield
        said.append("out")

    endpoint = FakeEndpoint(mined=0)
    endpoint.tell = said.append
    make_sender(endpoint, queue=queue).send(ACT, "settle")
    assert said == ["in", "offered", "out"]
