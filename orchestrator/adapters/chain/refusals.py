"""What a refusal says: a contract's, and whether somebody was faster; an endpoint's, and what it means."""

from __future__ import annotations

import re
from enum import Enum, IntEnum, auto
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from orchestrator.adapters.chain.abi import compute_selector, load_abi
from orchestrator.errors import ChainError, LostRace
from orchestrator.protocol.types import Fault, Outcome, Phase, Role

CONTRACTS = ("FLTask", "TaskManager", "TestToken")
PLAIN_ERROR = bytes.fromhex("08c379a0")
"""Selector of `Error(string)`, what `require` with a text makes."""
LATE = {
    "WrongPhase",
    "AlreadyDone",
    "SeedNotReady",
    "Nothing",
    "WrongRole",
    "WrongRound",
    "TooEarly",
    "WrongState",
    "NoCommitment",
    "NoStake",
    "InvalidMask",
}
"""Refusals that say that the state has moved on, or is not there yet."""
HINTS = {
    "NotAdmitted": "ask the task's creator to be admitted, and give the proof",
    "StakeTooSmall": "stake at least the minimum",
    "StakeTooLarge": "stake no more than the maximum, with what is there already: `starling task show` tells both",
    "NotOperator": "the participant must name this account its operator, with its own key",
    "WrongReceiver": "an operator can only send what is due to the participant itself",
    "TaskFull": "wait until somebody leaves",
    "TooMuch": "a task takes less than 2^90 wei in all",
    "UnsoundToken": "the token takes a fee or rebases; such tokens cannot be staked",
    "ERC20InsufficientBalance": "get more of the task's token",
    "ERC20InsufficientAllowance": "approve the task to take the amount",
    "AlreadyMember": "this account has a stake in the task: add to it with --top-up, or withdraw first",
    "NotMember": "stake first",
    "NoStake": "stake first",
    "NotCreator": "only the account that made the task can do this",
    "InvalidParameter": "change the option of that name",
    "Nothing": "nothing is left to take, or nobody owes a penalty: `starling task show` tells",
    "TooEarly": "a round must settle or a delay pass first: `starling task show` tells when",
    "WrongState": "leave the task first, or look with `starling task show` whether it is over",
    "WrongRound": "name one of the last six settled rounds: `starling task show` tells which is in progress",
}
ENUMS: dict[str, type[IntEnum]] = {f"enum {kind.__name__}": kind for kind in (Phase, Role, Outcome, Fault)}
"""By what the ABI calls them."""


class Declined(Exception):
    """An endpoint says no to a call or a transaction, in its own words."""

    def __init__(self, message: str, data: bytes = b"") -> None:
        super().__init__(message)
        self.data = data
        """What the contract returned with its refusal; empty where it is none, or where the endpoint strips it."""


class Complaint(Enum):
    """What an endpoint has against a call or a transaction."""

    KNOWN = auto()
    """It has the transaction already."""
    OUTBID = auto()
    """Another transaction has the nonce, and offers too much to be replaced."""
    USED = auto()
    """The nonce is that of a mined transaction."""
    CHEAP = auto()
    """It takes none that offers so little."""
    FULL = auto()
    """It takes none at all now."""
    POOR = auto()
    """The account cannot pay for gas."""
    REVERTED = auto()
    """The contract refuses."""
    OTHER = auto()


COMPLAINTS = {
    # What refuses for want of money may also name a nonce or a fee: it stands first.
    "insufficient ?(funds|balance)|(n't|not) have enough funds|upfront cost exceeds|exceeds (account )?balance"
    "|gas required exceeds allowance": Complaint.POOR,
    "already ?known|already imported|known transaction|same hash": Complaint.KNOWN,
    "replac(e|ement).*underpriced|underpriced.*replac|replacement ?not ?allowed|could not replace|same nonce in the queue"
    "|lower nonce exists|nonce already in (the )?(pool|mempool)|own ?nonce ?already ?used": Complaint.OUTBID,
    "nonce ?(is )?too low|old ?nonce|nonce has already been used|correct nonce|nonce.*lower than": Complaint.USED,
    "underpriced|fee ?too ?low|less than (the )?(block )?base ?fee|below (the )?(configured )?minimum": Complaint.CHEAP,
    "(pool|mempool) is full|pool limit|too many transactions|pool overflow": Complaint.FULL,
    "revert": Complaint.REVERTED,
}
"""What the programs behind endpoints say, each in its own words; the first that is found counts."""


def classify_complaint(text: str) -> Complaint:
    """What an endpoint means by `text`."""
    found = (meant for words, meant in COMPLAINTS.items() if re.search(words, text, re.IGNORECASE))
    return next(found, Complaint.OTHER)


def is_rate_limit(text: str) -> bool:
    """Whether an endpoint says that it is asked too often, not for too much."""
    return bool(re.search("rate.?limit|per second|too ?many ?requests|429|quota|capacity", text, re.IGNORECASE))


def classify_refusal(what: str, data: bytes, otherwise: str) -> LostRace | ChainError:
    """The refusal of `what` as one of our families. `data` is what the contract returned, `otherwise` what to say if that is
    no error that we know."""
    name, text = explain(data) or ("", otherwise)
    family = LostRace if name in LATE else ChainError
    return family(f"{what}: {text}", hint=HINTS.get(name, ""))


def explain(data: bytes) -> tuple[str, str] | None:
    """A custom error's name, and the error as one reads it: `WrongPhase(expected=Training, actual=Settling)`."""
    entry = _load_errors().get(data[:4])
    try:
        if data[:4] == PLAIN_ERROR:
            return "Error", str(decode(["string"], data[4:])[0])
        if entry is None:
            return None
        values = decode([item["type"] for item in entry["inputs"]], data[4:])
    except (DecodingError, OverflowError):
        return None
    told = ", ".join(f"{item['name']}={_tell(item, value)}" for item, value in zip(entry["inputs"], values, strict=True))
    return entry["name"], f"{entry['name']}({told})"


@cache
def _load_errors() -> dict[bytes, dict[str, Any]]:
    entries = (entry for name in CONTRACTS for entry in load_abi(name))
    return {compute_selector(entry)[:4]: entry for entry in entries if entry["type"] == "error"}


def _tell(item: dict[str, Any], value: Any) -> str:
    kind = ENUMS.get(item.get("internalType", ""))
    if kind is not None and value in set(kind):
        return kind(value).name.capitalize()
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
