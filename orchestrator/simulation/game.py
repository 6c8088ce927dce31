"""What comes of a task whose participants are these? Whole rounds in one process, with money in them.

The contracts are the compiled ones, in an EVM; participants are nodes of our own (`Node`, `next_duties`, `perform`, judge,
aggregate); training and evaluating are the worker's. Nothing of a rule is written again here: a strategy changes ports
(`strategies.py`), and what came of it is read from the events (`Ledger`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from eth_account import Account
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.evm import Evm, EvmRpc
from orchestrator.adapters.shared_trainer import SharedTests, SharedTrainer
from orchestrator.adapters.torch_trainer import evaluate, find_newest_recipe, initial_model
from orchestrator.data.dataset import Dataset, limit_dataset, split_dataset
from orchestrator.data.partition import share_out
from orchestrator.data.public import load_public
from orchestrator.effects.pace import Pace
from orchestrator.effects.world import World
from orchestrator.learning.definition import Definition, encode_definition
from orchestrator.learning.remember import remembering
from orchestrator.node import Node
from orchestrator.protocol.duties import MAX_TURN, TURN_BLOCKS, Policy
from orchestrator.protocol.events import RoundDrawn
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Digest, Role, RoundView
from orchestrator.simulation.attacks import flip_labels
from orchestrator.simulation.memory import MemoryNotebook, MemoryStore
from orchestrator.simulation.player import Player
from orchestrator.simulation.shared_chain import SharedChain, SharedReader
from orchestrator.simulation.strategies import HONEST, Cohort, ServedStorage, Strategy, wrap_chain, wrap_trainer

TOKEN = 10**18
STAKE = 1000 * TOKEN
"""Everybody stakes just the minimum, so that nobody has room for faults."""
POOL_PER_ROUND = 1000 * TOKEN
QUIET_BLOCKS = 2 * MAX_TURN * TURN_BLOCKS
"""After so many blocks in which nobody did anything, all turns are over."""
SPARE_SECONDS = 600
"""A round that takes longer than its windows and this is stuck, and so is the game."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is played."""

    recipe: str = "mnist-mlp"
    data: Path
    """Folder of the public data set."""
    members: int = 20
    rounds: int = 30
    proposers: int = 6
    alpha: float | None = None
    """Of the Dirichlet distribution that makes data unlike; None: alike."""
    strategies: Mapping[int, Strategy] = field(default_factory=dict)
    """Member → what it does; who is not named is honest."""
    seed: int = 0
    parameters: Mapping[str, int] = field(default_factory=dict)
    """Fields of the task that differ from the defaults."""
    definition: Mapping[str, object] = field(default_factory=dict)
    """Likewise of the model definition."""
    samples: int | None = None
    """Of the public training data that are shared out; None: all."""


@dataclass(frozen=True)
class Played:
    """What came of a game."""

    setting: Setting
    ledger: Ledger
    players: Sequence[Player]
    accuracies: Sequence[float]
    """Of the global model on the held-out test set, before the first round and after each settled one."""
    parameters: Parameters


class Game:
    """`Game(setting, load_bytecode).play()`."""

    def __init__(self, setting: Setting, load_bytecode: Callable[[str], str]) -> None:
        """`load_bytecode`: the creation code of a contract by name, in hex. Deploys, shares the data out, and lets all join."""
        self.setting = setting
        self.evm = Evm(first_block=1000 + 100_003 * (setting.seed + 1))
        self._store, self._cohort = MemoryStore(), Cohort()
        self._dice, self._quiet = random.Random(setting.seed), 0
        self._reached: dict[Digest, Callable[[str], bool]] = {}
        self._recipe = find_newest_recipe(setting.recipe)
        public, self._held_out = load_public(setting.recipe, setting.data)
        public = public.take(np.random.default_rng(setting.seed).permutation(len(public.labels))[: setting.samples])
        self._definition = Definition.model_validate(
            {
                "recipe": {"name": self._recipe.name, "version": self._recipe.version},
                "hyper_parameters": dict(self._recipe.hyper_parameters),
                "tolerance": self._recipe.tolerance,
                **setting.definition,
            }
        )
        accounts = [make_account(setting.seed, number) for number in range(setting.members + 1)]
        self._creator = EvmRpc(self.evm, accounts[-1])
        self._deploy(load_bytecode)
        self._tests = SharedTests(self._recipe)
        self._reader = SharedReader(self._creator, self._task, self._lens)
        parts = share_out(public.labels, setting.members, seed=setting.seed, alpha=setting.alpha)
        self.players = [
            self._make_player(number, account, public.take(part))
            for number, (account, part) in enumerate(zip(accounts, parts, strict=False))
        ]
        self._history = History(self._creator, self._open(self._creator))
        self.ledger = Ledger(self.parameters)
        self._accuracies = [self._measure(self.parameters.initial_model)]

    def play(self, *, on_round: Callable[[int], None] = lambda number: None) -> Played:
        """To the end of the task, and until everybody has withdrawn. `on_round` is told the number of each settled round."""
        with remembering():
            settled, settled_at = 0, self.evm.timestamp
            while not all(player.is_done for player in self.players):
                is_quiet = not self._play_block()
                now_settled = sum(round.settled_at is not None for round in self.ledger.rounds.values())
                if now_settled > settled:
                    settled, settled_at = now_settled, self.evm.timestamp
                    self._accuracies.append(self._measure(self.ledger.global_model))
                    on_round(settled)
                elif self.evm.timestamp > settled_at + self._longest_round:
                    break
                self._quiet = self._quiet + 1 if is_quiet else 0
        return Played(self.setting, self.ledger, self.players, self._accuracies, self.parameters)

    def _play_block(self) -> bool:
        """Let everybody act who has something to do, and open the next block; whether anybody had."""
        now = self._reader.read_view(self._creator.signer.address)
        has_acted = False
        # The honest first: whoever attacks is assumed to know what they have trained.
        for player in sorted(self.players, key=lambda player: (not player.is_honest, self._dice.random())):
            if player.is_due(now, self._store.arrivals):
                has_acted |= player.act(self._store.arrivals)
        for happened in self._history.read_new():
            for one in happened:
                self.ledger.apply(one)
                if isinstance(one.event, RoundDrawn):
                    self._expect_voters(one.event.round)
        # Last: what happens in a block must be read after all of it has.
        self.evm.mine(1 if self._quiet < QUIET_BLOCKS else self._count_idle_blocks(now))
        return has_acted

    def _expect_voters(self, round: int) -> None:
        roles = self.ledger.rounds[round].roles
        self._tests.expect([player.tests for player in self.players if roles.get(player.account) is Role.VOTER])

    def _count_idle_blocks(self, now: RoundView) -> int:
        """So many blocks of a second each pass before anybody has anything to do, once nobody's turn is to come."""
        soonest = min((player.find_next_look(now) for player in self.players if not player.is_done), default=0)
        return max(1, soonest - now.timestamp)

    def _deploy(self, load_bytecode: Callable[[str], str]) -> None:
        payer = self._creator
        names = ("TaskLens", "TestToken", "FutureBlockBeacon")
        self._lens, token, beacon = (payer.deploy(name, load_bytecode(name)) for name in names)
        manager = payer.deploy("TaskManager", load_bytecode("TaskManager"), bytes.fromhex(load_bytecode("FLTask")), self._lens)
        setting = self.setting
        chosen: dict[str, Any] = {
            "min_stake": STAKE,
            "rounds": setting.rounds,
            "proposers": setting.proposers,
            "min_participants": max(4, 2 * setting.proposers + 1),
            "max_participants": setting.members,
            "exit_delay": 0,
            **setting.parameters,
        }
        self.parameters = Parameters(
            token=token,
            beacon=beacon,
            definition=self._store.put(encode_definition(self._definition)),
            initial_model=self._store.put(initial_model(self._recipe, setting.seed)),
            **chosen,
        )
        self._task = TaskManager(payer, manager).create_task(self.parameters)
        windows = (self.parameters.train_window, self.parameters.commit_window, self.parameters.reveal_window)
        self._longest_round = sum(windows) + SPARE_SECONDS
        self._mint(payer, POOL_PER_ROUND * setting.rounds)
        TaskActs(self._open(payer)).fund(POOL_PER_ROUND * setting.rounds)

    def _open(self, rpc: EvmRpc) -> TaskReader:
        return TaskReader(rpc, self._task, self._lens)

    def _mint(self, rpc: EvmRpc, amount_wei: int) -> None:
        rpc.send(rpc.contract("TestToken", self.parameters.token).functions.mint(rpc.signer.address, amount_wei))

    def _make_player(self, number: int, account: LocalAccount, dataset: Dataset) -> Player:
        strategy = self.setting.strategies.get(number, HONEST)
        rpc = EvmRpc(self.evm, account)
        chain = SharedChain(rpc, self._reader, self._lens)
        self._mint(rpc, STAKE)
        chain.join(STAKE)
        training, test = split_dataset(dataset, chain.derive_secret("split"))
        if strategy.data_share < 1:
            training = limit_dataset(training, max(1, int(len(training.labels) * strategy.data_share)), b"share")
        if strategy.flips_labels:
            training = training._replace(labels=flip_labels(training.labels, self._recipe.classes))
        trainer = SharedTrainer(self._definition, self._recipe, training, test, self._tests)
        world = World(
            wrap_chain(strategy, chain),
            ServedStorage(self._store, self._reached, account.address, strategy.reaches),
            MemoryStore(),
            wrap_trainer(strategy, trainer, self._cohort),
            self._definition,
            trainer.layout,
            chain.derive_secret("train"),
            lambda event, **values: None,
            pace=Pace(clock=lambda: float(self.evm.timestamp)),
        )
        notebook = MemoryNotebook()
        node = Node(world, notebook, Policy())
        return Player(number, account.address, strategy, node, chain, notebook, trainer.number)

    def _measure(self, model: Digest) -> float:
        artifact = self._store.get(model, limit_bytes=self._definition.limit_bytes)
        return evaluate(self._recipe, artifact, self._held_out).metric


def make_account(seed: int, number: int) -> LocalAccount:
    """The same account for the same seed and number."""
    account: LocalAccount = Account.from_key(sha256(f"starling game {seed} {number}".encode()).digest())
    return account
