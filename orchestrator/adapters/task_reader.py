"""One task, read: its parameters, which never change, and how an account sees it at a block."""

from __future__ import annotations

import re
from typing import Any

from orchestrator.adapters.rpc import Rpc
from orchestrator.adapters.task_manager import to_parameters
from orchestrator.errors import ChainError
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address, Phase, Role, RoundView, Update

DUES_PAGE = 200
"""Positions asked for in one call: `dues` costs more the more it looks at."""


class TaskReader:
    """Reads one task; needs no key."""

    def __init__(self, rpc: Rpc, task: Address) -> None:
        """Raises ConfigError for a malformed address, ChainError if there is no task at it."""
        self._rpc = rpc
        self.contract = rpc.contract("FLTask", task)
        self.address: Address = self.contract.address
        try:
            self.creator: Address = rpc.call(self.contract.functions.creator())
            self.parameters: Parameters = to_parameters(rpc.call(self.contract.functions.parameters()))
        except ChainError as other:
            hint = "see `starling task list` for the tasks of a manager"
            raise ChainError(f"the contract at {self.address} is not a task", hint=hint) from other

    def read_view(self, account: Address) -> RoundView:
        """Everything, as `account` sees it, at one block, in one call."""
        return to_view(self._rpc.call(self.contract.functions.roundView(account)))

    def read_penalised(self, round: int) -> list[Address]:
        """Who still owes a penalty for a settled round, one of the last six."""
        found: list[Address] = []
        now = self.read_view(self.address)
        # One page more than there are members now: some may have left since that draw.
        for start in range(0, max(now.member_count, now.drawn_count, 1) + DUES_PAGE, DUES_PAGE):
            dues = self._rpc.call(self.contract.functions.dues(round, start, start + DUES_PAGE))
            found += [due.account for due in dues if due.penalty]
        return list(dict.fromkeys(found))


def to_view(answer: Any) -> RoundView:
    """`struct RoundView` as web3 decodes it, in our words."""
    values = {_snake(name): value for name, value in answer._asdict().items()}
    values["phase"] = Phase(values["phase"])
    values["role"] = Role(values["role"])
    values["updates"] = tuple(Update(item.proposer, item.weight, item.digest) for item in values["updates"])
    return RoundView(**values)


def _snake(name: str) -> str:
    return re.sub("([A-Z])", lambda letter: "_" + letter[1].lower(), name)
