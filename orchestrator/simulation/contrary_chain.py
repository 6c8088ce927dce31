"""A chain that turns this account's votes round: its node sees what it sees, and says the opposite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.ports import Chain
from orchestrator.protocol.types import Address, Ballot, Digest, RoundView


class ContraryChain(Chain):
    """As `chain` in everything but the score of ballots."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        return self._chain.compute_commitment(round, _turn_round(ballot))

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self._chain.commit_vote(round, _turn_round(ballot))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        self._chain.reveal_vote(round, _turn_round(ballot))

    @property
    def account(self) -> Address:
        return self._chain.account

    def read_view(self) -> RoundView:
        return self._chain.read_view()

    def read_penalised(self, round: int) -> list[Address]:
        return self._chain.read_penalised(round)

    def draw(self) -> None:
        self._chain.draw()

    def submit_update(self, update: Digest) -> None:
        self._chain.submit_update(update)

    def settle(self) -> None:
        self._chain.settle()

    def slash(self, round: int, accounts: Sequence[Address]) -> None:
        self._chain.slash(round, accounts)

    def withdraw(self) -> None:
        self._chain.withdraw()


def _turn_round(ballot: Ballot) -> Ballot:
    return replace(ballot, score=-ballot.score)
