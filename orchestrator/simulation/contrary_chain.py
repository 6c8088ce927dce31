"""A chain that turns this account's votes round: its node sees what it sees, and says the opposite of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.ports import Chain
from orchestrator.protocol.types import Address, Ballot, Digest, RoundView
from orchestrator.protocol.verdicts import make_mask


class ContraryChain(Chain):
    """As `chain` in everything but ballots: their score is turned round, the accused are spared and all others accused."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._submitted = 0
        """The mask of the updates there are, as of the last view: who submitted nothing cannot be accused (R14)."""

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        return self._chain.compute_commitment(round, self._turn_round(ballot))

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self._chain.commit_vote(round, self._turn_round(ballot))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        self._chain.reveal_vote(round, self._turn_round(ballot))

    def _turn_round(self, ballot: Ballot) -> Ballot:
        return replace(ballot, score=-ballot.score, against=ballot.against ^ self._submitted)

    @property
    def account(self) -> Address:
        return self._chain.account

    def read_view(self) -> RoundView:
        view = self._chain.read_view()
        self._submitted = make_mask(update.rank for update in view.updates)
        return view

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

    def leave(self) -> None:
        self._chain.leave()

    def withdraw(self) -> None:
        self._chain.withdraw()
