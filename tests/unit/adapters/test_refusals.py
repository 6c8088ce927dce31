"""What a contract's refusal says, and whether it says that somebody was faster."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.adapters.chain.abi import load_abi
from orchestrator.adapters.chain.refusals import (
    HINTS,
    LATE,
    PLAIN_ERROR,
    Complaint,
    classify_complaint,
    classify_refusal,
    explain,
)
from orchestrator.errors import ChainError, LostRace


def refuse(signature: str, *values: object) -> bytes:
    types = [part for part in signature[signature.index("(") + 1 : -1].split(",") if part]
    return keccak(text=signature)[:4] + encode(types, list(values))


def test_an_error_is_told_with_its_values_in_words() -> None:
    assert explain(refuse("WrongPhase(uint8,uint8)", 2, 5)) == ("WrongPhase", "WrongPhase(expected=Training, actual=Settling)")
    assert explain(refuse("WrongRole(uint8,uint8)", 1, 9)) == ("WrongRole", "WrongRole(expected=Proposer, actual=9)")
    assert explain(refuse("Nothing()")) == ("Nothing", "Nothing()")
    assert explain(PLAIN_ERROR + encode(["string"], ["no"])) == ("Error", "no")


ACCOUNT = "0x" + "11" * 20


REFUSALS = [
    (refuse("WrongPhase(uint8,uint8)", 2, 5), LostRace),
    (refuse("AlreadyDone(address,uint256)", ACCOUNT, 1), LostRace),
    (refuse("InvalidMask(uint256,uint256)", 3, 5), LostRace),
    (refuse("SeedNotReady(uint256)", 7), LostRace),
    (refuse("Nothing()"), LostRace),
    (refuse("WrongRole(uint8,uint8)", 1, 2), LostRace),
    (refuse("WrongRound(uint256,uint256)", 2, 9), LostRace),
    (refuse("TooEarly(uint256,uint256)", 2, 1), LostRace),
    (refuse("WrongState(uint8)", 2), LostRace),
    (refuse("NoCommitment(address,uint256)", ACCOUNT, 1), LostRace),
    (refuse("NoStake(address)", ACCOUNT), LostRace),
    (refuse("WrongBallot(bytes32,bytes32)", b"\x01" * 32, b"\x02" * 32), ChainError),
    (refuse("StakeTooSmall(uint256,uint256)", 2, 1), ChainError),
    (refuse("StakeTooLarge(uint256,uint256)", 1, 2), ChainError),
    (refuse("NotOperator(address,address)", "0x" + "11" * 20, "0x" + "22" * 20), ChainError),
    (refuse("WrongReceiver(address,address)", "0x" + "11" * 20, "0x" + "22" * 20), ChainError),
    (b"", ChainError),
    (b"\xde\xad\xbe\xef", ChainError),
]


@pytest.mark.parametrize(("data", "family"), REFUSALS)
def test_a_refusal_belongs_to_a_family(data: bytes, family: type[Exception]) -> None:
    assert isinstance(classify_refusal("act", data, "execution reverted"), family)


@example((32).to_bytes(32, "big") + (2**63).to_bytes(32, "big"), PLAIN_ERROR)  # a length that no index can be
@given(st.binary(max_size=200), st.sampled_from([b"", PLAIN_ERROR, refuse("WrongPhase(uint8,uint8)", 0, 0)[:4]]))
def test_whatever_comes_back_is_no_surprise(data: bytes, selector: bytes) -> None:
    classify_refusal("act", selector + data, "execution reverted")


@pytest.mark.parametrize("name", ["StakeTooLarge", "NotOperator", "WrongReceiver"])
def test_what_people_and_operators_can_do_wrong_has_a_hint(name: str) -> None:
    """R5, R6a."""
    assert HINTS[name]


def test_every_error_that_is_named_exists() -> None:
    known = {
        entry["name"] for name in ("FLTask", "TaskManager", "TestToken") for entry in load_abi(name) if entry["type"] == "error"
    }
    assert known >= LATE | HINTS.keys()


def test_whatever_says_that_the_state_moved_on_is_named_above() -> None:
    """Taken for a mistake, each of them would end the node."""
    assert {(explain(data) or [""])[0] for data, family in REFUSALS if family is LostRace} == LATE


WORDS = {
    "Geth": {
        "already known": Complaint.KNOWN,
        "nonce too low: next nonce 5, tx nonce 4": Complaint.USED,
        "replacement transaction underpriced": Complaint.OUTBID,
        "transaction underpriced: tip needed 1000000, tip permitted 1": Complaint.CHEAP,
        "max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1, baseFee: 875000000": Complaint.CHEAP,
        "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000": Complaint.POOR,
        "gas required exceeds allowance (0)": Complaint.POOR,
        "txpool is full": Complaint.FULL,
        "execution reverted": Complaint.REVERTED,
    },
    "Nethermind": {
        "AlreadyKnown": Complaint.KNOWN,
        "OldNonce, Current nonce: 5, nonce of rejected tx: 4": Complaint.USED,
        "ReplacementNotAllowed": Complaint.OUTBID,
        "OwnNonceAlreadyUsed": Complaint.OUTBID,
        "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7": Complaint.CHEAP,
        "FeeTooLowToCompete": Complaint.CHEAP,
        "InsufficientFunds, Account balance: 0, cumulative cost: 21000": Complaint.POOR,
        "Reverted": Complaint.REVERTED,
    },
    "Erigon": {
        "already known": Complaint.KNOWN,
        "existing tx with same hash": Complaint.KNOWN,
        "nonce too low": Complaint.USED,
        "replacement transaction underpriced": Complaint.OUTBID,
        "could not replace existing tx": Complaint.OUTBID,
        "underpriced": Complaint.CHEAP,
        "fee too low": Complaint.CHEAP,
        "insufficient funds": Complaint.POOR,
        "pending sub-pool is full": Complaint.FULL,
    },
    "Besu": {
        "Known transaction": Complaint.KNOWN,
        "Nonce too low": Complaint.USED,
        "Transaction nonce is too low: nonce 4 lower than sender account nonce 5": Complaint.USED,
        "Replacement transaction underpriced": Complaint.OUTBID,
        "Gas price below configured minimum gas price": Complaint.CHEAP,
        "Upfront cost exceeds account balance": Complaint.POOR,
        "Execution reverted": Complaint.REVERTED,
    },
    "Anvil": {
        "transaction already imported": Complaint.KNOWN,
        "nonce too low": Complaint.USED,
        "replacement transaction underpriced": Complaint.OUTBID,
        "max fee per gas less than block base fee": Complaint.CHEAP,
        "Insufficient funds for gas * price + value": Complaint.POOR,
        "execution reverted: custom error 0x0a3a3b6e": Complaint.REVERTED,
    },
    "Ganache": {
        "the tx doesn't have the correct nonce. account has nonce of: 5 tx has nonce of: 4": Complaint.USED,
        "transaction underpriced": Complaint.CHEAP,
        "insufficient funds for gas * price + value": Complaint.POOR,
        "sender doesn't have enough funds to send tx. The upfront cost is: 21000": Complaint.POOR,
        "VM Exception while processing transaction: revert": Complaint.REVERTED,
    },
    "others": {
        "Transaction with the same hash was already imported.": Complaint.KNOWN,
        "Nonce has already been used": Complaint.USED,
        "err: insufficient balance for transfer": Complaint.POOR,
        "the moon is full": Complaint.OTHER,
        "": Complaint.OTHER,
    },
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [(text, meant) for words in WORDS.values() for text, meant in words.items()],
    ids=[f"{program}: {text[:40]}" for program, words in WORDS.items() for text in words],
)
def test_what_the_programs_behind_endpoints_say_is_understood(text: str, meant: Complaint) -> None:
    """N8: each in its own words."""
    assert classify_complaint(text) is meant
