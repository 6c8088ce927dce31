"""The task manager: makes tasks and lists them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orchestrator.adapters.chain.abi import to_camel, to_snake
from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.endpoint import Endpoint
from orchestrator.errors import ChainError
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address

PAGE = 500


class TaskManager:
    """The manager at an address, for the endpoint's account if it has one."""

    def __init__(self, rpc: Endpoint, address: Address) -> None:
        """Raises ChainError if there is no contract at the address."""
        self._rpc = rpc
        self._contract = rpc.contract("TaskManager", address)
        self.address: Address = self._contract.address

    def get_lens(self) -> Address:
        """What computes views of its tasks."""
        return str(self._rpc.call(self._contract.functions.lens()))

    def create_task(self, parameters: Parameters) -> Address:
        """Make a task; its address. Raises ChainError naming the parameter with which it could not run."""
        receipt = self._rpc.send(self._contract.functions.createTask(to_struct(parameters)))
        created = [event for event in self._rpc.read_events(self._contract, receipt) if event["event"] == "TaskCreated"]
        return str(created[0]["args"]["task"])

    def list_tasks(self) -> list[Address]:
        """All tasks, oldest first."""
        count = self._rpc.call(self._contract.functions.taskCount())
        pages = (self._rpc.call(self._contract.functions.tasksFrom(start, PAGE)) for start in range(0, count, PAGE))
        return [str(task) for page in pages for task in page]

    def is_task(self, address: Address) -> bool:
        """Whether this manager made the task at `address`."""
        return bool(self._rpc.call(self._contract.functions.isTask(to_address(address))))

    def check_task(self, address: Address) -> None:
        """Raises ChainError unless this manager made the task at `address`: any other contract could keep what it is given."""
        if not self.is_task(address):
            hint = "see `starling task list`; a task of another manager needs --manager"
            raise ChainError(f"{to_address(address)} is no task of the manager {self.address}", hint=hint)


def to_struct(parameters: Parameters) -> dict[str, Any]:
    """`struct Parameters` as web3 encodes it."""
    return {to_camel(name): value for name, value in asdict(parameters).items()}


def to_parameters(answer: Any) -> Parameters:
    """`struct Parameters` as web3 decodes it, in our words."""
    return Parameters(**{to_snake(name): value for name, value in answer._asdict().items()})
