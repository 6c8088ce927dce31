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
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.evm import Evm, EvmRpc
from orchestrator.adapters.torch_trainer import TorchTrainer, evaluate, find_newest_recipe, initial_model
from orchestrator.data.dataset import Dataset, limit_dataset, split_dataset
from orchestrator.data.partition import partition
from orchestrator.data.public import load_public
from orchestrator.effects.pace import Pace
from orchestrator.effects.world import World
from orchestrator.errors import ArtifactMissing
from orchestrator.learning.definition import Definition, encode_definition
from orchestrator.node import Node, Tick
from orchestrator.ports import Drafts
from orchestrator.protocol.cid import compute_digest
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Address, Digest, Notes
from orchestrator.simulation.attacks import flip_labels
from orchestrator.simulation.strategies import HONEST, Cohort, ServedStorage, Strategy, wrap_chain, wrap_trainer

TOKEN = 10**18
STAKE = 1000 * TOKEN
"""Everybody stakes just the minimum, so that nobody has room for faults."""
POOL_PER_ROUND = 1000 * TOKEN
PASSES_A_BLOCK = 6
"""A node that has done something looks again at once; so often in one block at most."""
BLOCKS_A_ROUND = 600
"""A round that takes longer is stuck, and so is the game."""


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


@dataclass
class Player:
    """One participant."""

    number: int
    account: Address
    strategy: Strategy
    node: Node
    is_done: bool = False

    @property
    def is_honest(self) -> bool:
        return self.strategy is HONEST


@dataclass(frozen=True)
class Played:
    """What came of a game."""

    setting: Setting
    ledger: Ledger
    players: Sequence[Player]
    accuracies: Sequence[float]
    """Of the global model on the held-out test set, before the first round and after each settled one."""
    parameters: Parameters


class MemoryStore(Drafts):
    """Artifacts that all share, in memory."""

    def __init__(self) -> None:
        self._artifacts: dict[Digest, bytes] = {}

    def put(self, artifact: bytes) -> Digest:
        digest = compute_digest(artifact)
        self._artifacts[digest] = artifact
        return digest

    def get(self, digest: Digest, *, limit_bytes: int, within_seconds: float | None = None) -> bytes:
        if digest not in self._artifacts:
            raise ArtifactMissing(digest.hex())
        return self._artifacts[digest]

    def drop(self, digest: Digest) -> None:
        self._artifacts.pop(digest, None)


class MemoryNotebook:
    """Notes that are never lost."""

    def __init__(self) -> None:
        self._notes = Notes()

    def read(self) -> Notes:
        return self._notes

    def write(self, notes: Notes) -> None:
        self._notes = notes


class Game:
    """`Game(setting, load_bytecode).play()`."""

    def __init__(self, setting: Setting, load_bytecode: Callable[[str], str]) -> None:
        """`load_bytecode`: the creation code of a contract by name, in hex. Deploys, shares the data out, and lets all join."""
        self.setting = setting
        self.evm = Evm(first_block=1000 + 100_003 * (setting.seed + 1))
        self._store, self._cohort = MemoryStore(), Cohort()
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
        parts = partition(public.labels, setting.members, seed=setting.seed, alpha=setting.alpha)
        self.players = [
            self._make_player(number, account, public.take(part))
            for number, (account, part) in enumerate(zip(accounts, parts, strict=False))
        ]
        self._history = History(self._creator, self._open(self._creator))
        self.ledger = Ledger(self.parameters)
        self._accuracies = [self._measure(self.parameters.initial_model)]

    def play(self, *, on_round: Callable[[int], None] = lambda number: None) -> Played:
        """To the end of the task, and until everybody has withdrawn. `on_round` is told the number of each settled round."""
        dice, settled, quiet = random.Random(self.setting.seed), 0, 0
        while not all(player.is_done for player in self.players):
            # The honest first: whoever attacks is assumed to know what they have trained.
            for player in sorted(self.players, key=lambda player: (not player.is_honest, dice.random())):
                self._let_act(player)
            for happened in self._history.read_new():
                for one in happened:
                    self.ledger.apply(one)
            self.evm.mine()  # last: what happens in a block must be read after all of it has
            now_settled = sum(round.settled_at is not None for round in self.ledger.rounds.values())
            quiet = 0 if now_settled > settled else quiet + 1
            if quiet > BLOCKS_A_ROUND:
                break
            if now_settled > settled:
                settled = now_settled
                self._accuracies.append(self._measure(self.ledger.global_model))
                on_round(settled)
        return Played(self.setting, self.ledger, self.players, self._accuracies, self.parameters)

    def _let_act(self, player: Player) -> None:
        for _ in range(PASSES_A_BLOCK):
            if player.is_done:
                return
            tick = player.node.tick()
            player.is_done = tick is Tick.STOPPED
            if tick is not Tick.DONE:
                return

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
        self._mint(payer, POOL_PER_ROUND * setting.rounds)
        TaskActs(self._open(payer)).fund(POOL_PER_ROUND * setting.rounds)

    def _open(self, rpc: EvmRpc) -> TaskReader:
        return TaskReader(rpc, self._task, self._lens)

    def _mint(self, rpc: EvmRpc, amount_wei: int) -> None:
        rpc.send(rpc.contract("TestToken", self.parameters.token).functions.mint(rpc.signer.address, amount_wei))

    def _make_player(self, number: int, account: LocalAccount, dataset: Dataset) -> Player:
        strategy = self.setting.strategies.get(number, HONEST)
        rpc = EvmRpc(self.evm, account)
        chain = TaskChain(rpc, self._task, self._lens)
        self._mint(rpc, STAKE)
        chain.join(STAKE)
        training, test = split_dataset(dataset, chain.derive_secret("split"))
        if strategy.data_share < 1:
            training = limit_dataset(training, max(1, int(len(training.labels) * strategy.data_share)), b"share")
        if strategy.flips_labels:
            training = training._replace(labels=flip_labels(training.labels, self._recipe.classes))
        trainer = TorchTrainer(self._definition, self._recipe, training, test)
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
        return Player(number, account.address, strategy, Node(world, MemoryNotebook(), Policy()))

    def _measure(self, model: Digest) -> float:
        artifact = self._store.get(model, limit_bytes=self._definition.limit_bytes)
        return evaluate(self._recipe, artifact, self._held_out).metric


def make_account(seed: int, number: int) -> LocalAccount:
    """The same account for the same seed and number."""
    account: LocalAccount = Account.from_key(sha256(f"starling game {seed} {number}".encode()).digest())
    return account
