"""A task of four members and one round, as its events tell it."""

from __future__ import annotations

from orchestrator.protocol.events import (
    Anchored,
    Event,
    Funded,
    Happened,
    Joined,
    Positioned,
    Refunded,
    RoundDrawn,
    RoundSettled,
    Slashed,
    UpdateSubmitted,
    VoteCommitted,
    VoteRevealed,
    Withdrawn,
)
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Fault, Outcome, Role

ACCOUNTS = [f"0x{number:040x}" for number in range(1, 5)]
SEED = 123456789
MODEL, WINNER = bytes([1]) * 32, bytes([2]) * 32
PARAMETERS = Parameters(
    token=ACCOUNTS[0],
    beacon=ACCOUNTS[0],
    definition=MODEL,
    initial_model=MODEL,
    min_stake=100,
    rounds=1,
    min_participants=4,
    proposers=1,
    train_window=100,
)


def tell(ledger: Ledger, *events: Event, at: int = 0) -> None:
    for event in events:
        ledger.apply(Happened(event, block=at, timestamp=at))


def draw_round() -> Ledger:
    """Four members, and a round that is drawn."""
    ledger = Ledger(PARAMETERS)
    tell(ledger, Funded(ACCOUNTS[0], 500))
    for position, account in enumerate(ACCOUNTS):
        tell(ledger, Positioned(account, position, 1), Joined(account, 100))
    tell(ledger, Anchored(1, 3, 4), at=10)
    tell(ledger, RoundDrawn(1, SEED.to_bytes(32, "big"), 4), at=13)
    return ledger


def play_round(ledger: Ledger) -> None:
    """One update, two of three vote for it, the second of them accuses it; the third only commits. Then all go."""
    (proposer,), voters = ledger.rounds[1].list_with(Role.PROPOSER), ledger.rounds[1].list_with(Role.VOTER)
    tell(ledger, UpdateSubmitted(1, proposer, WINNER, 0, 100), at=20)
    tell(ledger, *(VoteCommitted(1, voter, WINNER) for voter in voters), at=24)
    for against, voter in enumerate(voters[:2]):
        tell(ledger, VoteRevealed(1, voter, WINNER, 1, against, 100, 2, 1), at=26)
    end = 24 + PARAMETERS.reveal_window + 1
    tell(ledger, RoundSettled(1, Outcome.ACCEPTED, WINNER, 200, 0, 499, 300, 0), at=end)
    tell(ledger, Slashed(1, voters[2], Fault.ABSENT, 5, voters[0], 1), at=end)
    for account, it in ledger.participants.items():
        tell(ledger, Withdrawn(account, account, it.stake, it.earned), at=end)
    tell(ledger, Refunded(ACCOUNTS[0], 5), at=end)
