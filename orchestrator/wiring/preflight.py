"""What a node needs before it can act, opened one after the other: `node run` stops at the first that is missing, `node check`
tells about all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.token import Token
from orchestrator.config import Settings
from orchestrator.effects import fetch_model
from orchestrator.errors import ArtifactMissing, ChainError, ConfigError
from orchestrator.learning.artifact import Layout
from orchestrator.learning.definition import Definition
from orchestrator.ports import Storage, Trainer
from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.types import RoundView
from orchestrator.wiring.parts import Connection, fetch_definition, find_manager, open_account, open_store

COIN_DECIMALS = 18
GAS_TO_START_WITH = 3_000_000
"""About what one round costs a node, with the draw, a vote and the settling."""


@dataclass(frozen=True)
class NodeOptions:
    """What one node is told."""

    settings: Settings
    connection: Connection
    task: str
    data: Path
    store: str | None = None
    is_malicious: bool = False


@dataclass
class Preflight:
    """The parts of a node, as far as they are open."""

    options: NodeOptions
    log: Callable[..., None]
    chain: TaskChain = field(init=False)
    rpc: Rpc = field(init=False)
    view: RoundView = field(init=False)
    definition: Definition = field(init=False)
    storage: Storage = field(init=False)
    trainer: Trainer = field(init=False)
    layout: Layout = field(init=False)

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

    def _open_chain(self) -> str:
        settings, connection = self.options.settings, self.options.connection
        account = open_account(settings, connection.keystore, connection.password_file)
        url = connection.rpc or settings.rpc
        self.rpc = Rpc(url, chain_id=connection.chain_id, account=account, log=self.log)
        return f"chain {self.rpc.chain_id} at {url}, account {account.address}"

    def _open_task(self) -> str:
        self.chain = TaskChain(self.rpc, self.options.task)
        if manager := self.options.connection.manager:
            find_manager(self.options.settings, self.rpc, manager).check_task(self.chain.task)
        self.view = self.chain.read_view()
        return f"{self.chain.task}: {self.view.phase.name.lower()}, round {self.view.round} of {self.view.rounds}"

    def _open_store(self) -> str:
        self.storage = open_store(self.options.settings, self.options.store)
        return self.options.store or self.options.settings.store

    def _open_definition(self) -> str:
        self.definition = fetch_definition(self.storage, self.chain.parameters.definition)
        recipe, rule = self.definition.recipe, self.definition.aggregation.rule
        return f"{recipe.name} {recipe.version}, {rule}, tolerance {self.definition.tolerance}"

    def _open_data(self) -> str:
        # torch takes seconds to load
        from orchestrator.adapters.torch_trainer import open_trainer
        from orchestrator.simulation.lying_trainer import open_lying_trainer

        opener = open_lying_trainer if self.options.is_malicious else open_trainer
        trainer = opener(self.definition, self.options.data, self.chain.derive_secret("split"))
        self.trainer, self.layout = trainer, trainer.layout
        return f"{self.options.data} fits {self.definition.recipe.name}"

    def _check_model(self) -> str:
        """A model that nobody offers now may come, and a task that is over needs none; one that does not fit never will."""
        cid = to_cid(self.view.global_model)
        try:
            model = fetch_model(self.storage, self.view.global_model, self.layout, self.definition.limit_bytes)
        except ArtifactMissing as missing:
            return f"{cid} cannot be found now: {missing}"
        return f"{cid}, {len(model)} bytes"

    def _check_gas(self) -> str:
        balance = self.rpc.balance(self._account)
        if balance == 0:
            hint = f"send some of the chain's coin to {self._account}"
            raise ChainError("the account has no coin to pay for gas with", hint=hint)
        needed = GAS_TO_START_WITH * self.rpc.gas_price()
        enough = "enough" if balance >= needed else "not enough"
        return f"{format_amount(balance, COIN_DECIMALS)} coin, {enough} for a round at today's price"

    def _check_stake(self) -> str:
        view = self.view
        held = view.stake + view.topped_up + view.rewards
        if held == 0 and not (view.is_member or view.is_in_draw or view.phase.is_over):
            hint = f"stake first: `starling stake {self.chain.task} AMOUNT`"
            raise ConfigError(f"{self._account} has no stake in the task", hint=hint)
        token = Token(self.rpc, self.chain.parameters.token)
        staked, rewards = (format_amount(amount, token.decimals) for amount in (view.stake + view.topped_up, view.rewards))
        return f"{staked} {token.symbol} at stake, {rewards} of rewards"

    @property
    def _account(self) -> str:
        return str(self.rpc.account.address) if self.rpc.account else ""
