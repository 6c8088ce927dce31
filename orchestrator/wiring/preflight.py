"""What must a node have before it can act? Its parts are opened one after the other.

`node run` stops at the first that is missing, `node check` tells about all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.effects import fetch_model
from orchestrator.errors import ArtifactMissing, ChainError, ConfigError, Fatal, StarlingError
from orchestrator.learning.artifact import Layout
from orchestrator.learning.definition import Definition
from orchestrator.ports import Log, Storage, Trainer
from orchestrator.protocol.amounts import COIN_DECIMALS, format_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.types import Address, RoundView
from orchestrator.wiring.account import AskPassword, open_account
from orchestrator.wiring.connection import connect
from orchestrator.wiring.definition import fetch_definition
from orchestrator.wiring.options import NodeOptions
from orchestrator.wiring.store import open_store
from orchestrator.wiring.task import check_operator, find_manager

GAS_TO_START_WITH = 3_000_000
"""About what one round costs a node, with the draw, a vote and the settling."""


class OpenedTrainer(Trainer, Protocol):
    """A trainer that knows its recipe."""

    @property
    def layout(self) -> Layout:
        """What the tensors of every artifact of the task look like."""


OpenTrainer = Callable[[Definition, Path, bytes], OpenedTrainer]
"""Of a definition, a dataset and the seed that splits it into training and test part."""


def open_honest_trainer(definition: Definition, data: Path, split_seed: bytes) -> OpenedTrainer:
    """What a node trains with, unless it is told otherwise."""
    from orchestrator.adapters.torch_trainer import open_trainer  # torch takes seconds to load

    return open_trainer(definition, data, split_seed)


@dataclass
class Preflight:
    """The parts of a node, as far as they are open."""

    options: NodeOptions
    ask: AskPassword | None = None
    open_trainer: OpenTrainer = open_honest_trainer
    log: Log = lambda event, **values: None
    account: Address = field(init=False)
    """For whom the node acts."""
    signer: Address = field(init=False)
    """Whose key signs, and who pays for gas: the account or its operator."""
    chain: TaskChain = field(init=False)
    rpc: Rpc = field(init=False)
    view: RoundView = field(init=False)
    definition: Definition = field(init=False)
    storage: Storage = field(init=False)
    trainer: OpenedTrainer = field(init=False)

    def iterate_steps(self) -> Iterator[tuple[str, tuple[str, ...], Callable[[], str]]]:
        """(name, steps that must have gone well, the step): a step opens its part and tells what it found, or raises."""
        yield "key and chain", (), self._open_chain
        yield "task", ("key and chain",), self._open_task
        yield "store", (), self._open_store
        yield "definition", ("task", "store"), self._open_definition
        yield "data", ("definition",), self._open_data
        yield "global model", ("data",), self._check_model
        yield "gas", ("key and chain",), self._check_gas
        yield "stake", ("task",), self._check_stake

    def open(self) -> None:
        """All steps. Raises what the first that fails raises."""
        for name, _, step in self.iterate_steps():
            self.log("opened", part=name, found=step())

    def check(self) -> Iterator[dict[str, Any]]:
        """All steps, whatever becomes of each: what it found, or why not and what to do about it."""
        failed: set[str] = set()
        for name, needs, step in self.iterate_steps():
            try:
                if missing := failed.intersection(needs):
                    raise Fatal(f"not looked at: {', '.join(sorted(missing))} must be right first")
                yield {"check": name, "is_ok": True, "found": step(), "hint": ""}
            except StarlingError as failed_step:
                failed.add(name)
                yield {"check": name, "is_ok": False, "found": str(failed_step), "hint": failed_step.hint}

    def _open_chain(self) -> str:
        settings, connection = self.options.settings, self.options.connection
        account = open_account(settings, connection, self.ask)
        self.signer = str(account.address)
        self.account = to_address(self.options.account) if self.options.account else self.signer
        self.rpc = connect(settings, connection, account, log=self.log)
        told = self.account if self.account == self.signer else f"{self.account} by its operator {self.signer}"
        return f"chain {self.rpc.chain_id} at {self.rpc.name}, account {told}"

    def _open_task(self) -> str:
        manager = find_manager(self.options.settings, self.options.connection, self.rpc)
        self.chain = TaskChain(self.rpc, self.options.task, manager.get_lens(), self.account)
        if self.options.connection.manager:
            manager.check_task(self.chain.task)
        self.view = self.chain.read_view()
        check_operator(self.view, self.account, self.signer)
        return f"{self.chain.task}: {self.view.phase.name.lower()}, round {self.view.round} of {self.view.rounds}"

    def _open_store(self) -> str:
        self.storage = open_store(self.options.store)
        return self.options.store

    def _open_definition(self) -> str:
        self.definition = fetch_definition(self.storage, self.chain.parameters.definition)
        recipe, rule = self.definition.recipe, self.definition.aggregation.rule
        losses = f"tolerance {self.definition.tolerance}, loss floor {self.definition.loss_floor}"
        return f"{recipe.name} {recipe.version}, {rule}, {losses}"

    def _open_data(self) -> str:
        self.trainer = self.open_trainer(self.definition, self.options.data, self.chain.derive_secret("split"))
        return f"{self.options.data} fits {self.definition.recipe.name}"

    def _check_model(self) -> str:
        """A model that nobody offers now may come, and a task that is over needs none; one that does not fit never will."""
        cid = to_cid(self.view.global_model)
        try:
            model = fetch_model(self.storage, self.view.global_model, self.trainer.layout, self.definition.limit_bytes)
        except ArtifactMissing as missing:
            return f"{cid} cannot be found now: {missing}"
        return f"{cid}, {len(model)} bytes"

    def _check_gas(self) -> str:
        balance = self.rpc.balance(self.signer)
        if balance == 0:
            hint = f"send some of the chain's coin to {self.signer}"
            raise ChainError("the account has no coin to pay for gas with", hint=hint)
        needed = GAS_TO_START_WITH * self.rpc.gas_price()
        enough = "enough" if balance >= needed else "not enough"
        return f"{format_amount(balance, COIN_DECIMALS)} coin, {enough} for a round at today's price"

    def _check_stake(self) -> str:
        view = self.view
        held = view.stake + view.topped_up + view.rewards
        if held == 0 and not (view.is_member or view.is_in_draw or view.phase.is_over):
            hint = f"stake first: `starling stake {self.chain.task} AMOUNT`"
            raise ConfigError(f"{self.account} has no stake in the task", hint=hint)
        token = self.chain.token
        staked, rewards = (format_amount(amount, token.decimals) for amount in (view.stake + view.topped_up, view.rewards))
        return f"{staked} {token.symbol} at stake, {rewards} of rewards"
