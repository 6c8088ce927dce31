"""A chain that turns this account's votes round: its node sees what it sees, and says the opposite of all of it."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.protocol.types import Ballot
from orchestrator.simulation.voting_chain import VotingChain


class ContraryChain(VotingChain):
    """The score is turned round, the accused are spared and all others accused."""

    def change(self, ballot: Ballot) -> Ballot:
        return replace(ballot, score=-ballot.score, against=ballot.against ^ self.submitted)
