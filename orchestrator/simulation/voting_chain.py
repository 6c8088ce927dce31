"""A chain whose account says something else than its node has seen."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.ports import Chain
from orchestrator.protocol.types import Address, Ballot, Digest, RoundView
from orchestrator.protocol.verdicts import make_mask


class VotingChain(Chain):
    """As `chain` in everything but ballots, which go through `change` wherever they are hidden or shown."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.submitted = 0
        """The mask of the updates there are, as of the last view: who submitted nothing cannot be accused (R14)."""

    def change(self, ballot: Ballot) -> Ballot:
        """What is said instead of `ballot`."""
        return ballot

    def compute_commitment(self, round: int, ballot: Ballot) -> bytes:
        return self._chain.compute_commitment(round, self.change(ballot))

    def commit_vote(self, round: int, ballot: Ballot) -> None:
        self._chain.commit_vote(round, self.change(ballot))

    def reveal_vote(self, round: int, ballot: Ballot) -> None:
        self._chain.reveal_vote(round, self.change(ballot))

    @property
    def account(self) -> Address:
        return self._chain.account

    def read_view(self) -> RoundView:
        view = self._chain.read_view()
        self.submitted = make_mask(update.rank for update in view.updates)
        return view

    def read_penalised(self, round: int) -> list[Address]:
        return self._chain.read_penalised(round)

    def find_block_hash(self, since: int) -> bytes | None:
        return self._chain.find_block_hash(since)

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
