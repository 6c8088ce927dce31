"""What comes of a task whose participants are these? Whole rounds in one process, with money in them.

The contracts are the compiled ones, in an EVM; participants are nodes of our own (`Node`, `next_duties`, `perform`, judge,
aggregate); training and evaluating are the worker's. Nothing of a rule is written again here: a strategy changes ports
(`strategies.py`), and what came of it is read from the events (`Ledger`).
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
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
from orchestrator.adapters.torch_trainer import TorchTrainer, evaluate_parts, find_newest_recipe, initial_model
from orchestrator.data.dataset import Dataset, limit_dataset, split_dataset
from orchestrator.data.partition import share_out
from orchestrator.data.public import load_public
from orchestrator.effects.pace import Pace
from orchestrator.effects.world import World
from orchestrator.errors import ArtifactMissing, ArtifactRefused
from orchestrator.learning.definition import encode_definition, make_definition
from orchestrator.learning.remember import remembering
from orchestrator.node import Node
from orchestrator.protocol.duties import MAX_TURN, TURN_BLOCKS, Policy
from orchestrator.protocol.events import RoundDrawn, RoundSettled
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Digest, Notes, Role, RoundView
from orchestrator.simulation.acts import RecordingRpc, Sent
from orchestrator.simulation.attacks import TARGET, flip_labels, open_back_door, plant_trigger
from orchestrator.simulation.memory import MemoryNotebook, MemoryStore
from orchestrator.simulation.player import Player
from orchestrator.simulation.serving import SERVINGS, Offers, ServedStorage
from orchestrator.simulation.shared_chain import SharedChain, SharedReader
from orchestrator.simulation.strategies import HONEST, Cohort, Harm, Strategy, wrap_chain, wrap_trainer
from orchestrator.simulation.weather import Weather

TOKEN = 10**18
STAKE = 1000 * TOKEN
"""Everybody stakes just the minimum, so that nobody has room for faults, but for strategies that say otherwise."""
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
    samples_each: int | None = None
    """So many are drawn for each member; None: see `share_out`."""
    weather: Weather = field(default_factory=Weather)
    device: str = "cpu"
    """On which test parts are evaluated, as torch calls it."""
    is_shared: bool = True
    """Whether models are evaluated on all members' test parts at once: faster, and the same but for the last bits."""


@dataclass(frozen=True)
class Moment:
    """What there was when a round had been settled."""

    round: int
    accuracy: float
    """Of the global model on the held-out test set; 0 where nobody can fetch it."""
    back_door: float | None
    """Share of inputs with the trigger that are taken for its target; None where nobody opens a back door."""
    stakes: Mapping[str, int]
    """Strategy → what its members have at stake together, in wei."""
    gas: int
    """Of all acts since the round before was settled."""


@dataclass(frozen=True)
class Played:
    """What came of a game."""

    setting: Setting
    ledger: Ledger
    players: Sequence[Player]
    accuracies: Sequence[float]
    """Of the global model on the held-out test set, before the first round and after each settled one."""
    parameters: Parameters
    moments: Sequence[Moment]
    acts: Mapping[str, tuple[int, int]]
    """Function → how often it was called, and the gas of all that."""
    troubles: Mapping[str, int]
    """What a node said went wrong, and how often: a simulation without weather has none."""
    is_complete: bool
    """Whether the task is over and everybody has withdrawn."""


class Game:
    """`Game(setting, load_bytecode).play()`."""

    def __init__(self, setting: Setting, load_bytecode: Callable[[str], str]) -> None:
        """`load_bytecode`: the creation code of a contract by name, in hex. Deploys, shares the data out, and lets all join."""
        self.setting = setting
        self.evm = Evm(first_block=1000 + 100_003 * (setting.seed + 1))
        self.store, self.cohort = MemoryStore(), Cohort()
        self.offers = Offers()
        self.dice, self.quiet = random.Random(setting.seed), 0
        self.sent: list[Sent] = []
        """Acts since the game was set up that nobody has taken yet; a journal does."""
        self._acts: dict[str, tuple[int, int]] = {}
        self._gas, self._down = 0, set[tuple[int, int]]()
        self._troubles = Counter[str]()
        self._recipe = find_newest_recipe(setting.recipe)
        public, self._held_out = load_public(setting.recipe, setting.data)
        public = public.take(np.random.default_rng(setting.seed).permutation(len(public.labels))[: setting.samples])
        self._definition = make_definition(
            {
                "recipe": {"name": self._recipe.name, "version": self._recipe.version},
                "hyper_parameters": dict(self._recipe.hyper_parameters),
                "tolerance": self._recipe.tolerance,
                "loss_floor": self._recipe.loss_floor,
                **setting.definition,
            }
        )
        accounts = [make_account(setting.seed, number) for number in range(setting.members + 1)]
        self._creator = EvmRpc(self.evm, accounts[-1])
        self._deploy(load_bytecode)
        self._tests = SharedTests(self._recipe, device=setting.device)
        self._reader = SharedReader(self._creator, self.task, self._lens)
        parts = share_out(public.labels, setting.members, seed=setting.seed, alpha=setting.alpha, samples=setting.samples_each)
        self.players = [
            self._make_player(number, account, public.take(part))
            for number, (account, part) in enumerate(zip(accounts, parts, strict=False))
        ]
        for player in self.players:
            if player.strategy.joins_after == 0:
                player.join()
        self._history = History(self._creator, self._open(self._creator))
        self.ledger = Ledger(self.parameters)
        self.moments: list[Moment] = []
        self._first_accuracy = self._measure(self.parameters.initial_model)
        self._settled_at = self.evm.timestamp
        self.sent.clear()

    # ── playing ──

    def play(self, *, on_round: Callable[[int], None] = lambda number: None) -> Played:
        """To the end of the task, and until everybody has withdrawn. `on_round` is told the number of each settled round, when
        all that happened in its block is over."""
        with remembering():
            while not self.is_over:
                settled = len(self.moments)
                is_quiet = not self._play_block()
                self.quiet = self.quiet + 1 if is_quiet else 0
                if len(self.moments) > settled:
                    self._settled_at = self.evm.timestamp
                    self._let_join()
                    on_round(len(self.moments))
                elif self.evm.timestamp > self._settled_at + self._longest_round:
                    break
        return self.tell()

    @property
    def is_over(self) -> bool:
        """Whether everybody who joined has withdrawn."""
        return all(player.is_done for player in self.players if player.has_joined)

    def tell(self) -> Played:
        """What has come of it so far."""
        accuracies = [self._first_accuracy, *(moment.accuracy for moment in self.moments)]
        return Played(
            self.setting, self.ledger, self.players, accuracies, self.parameters, self.moments, self._acts, self._troubles,
            self.is_over,
        )  # fmt: skip

    def _play_block(self) -> bool:
        """Let everybody act who has something to do, and open the next block; whether anybody had."""
        now = self._reader.read_view(self._creator.signer.address)
        has_acted, arrivals = False, self.store.arrivals + self.offers.count_changes(self.evm.timestamp)
        # The honest first: whoever attacks is assumed to know what they have trained.
        for player in sorted(self.players, key=lambda player: (not player.is_honest, self.dice.random())):
            if not self._is_kept(player, now) and player.is_due(now, arrivals):
                has_acted |= player.act(arrivals)
        self.read_events()
        # Last: what happens in a block must be read after all of it has.
        self.evm.mine(1 if self.quiet < QUIET_BLOCKS else self._count_idle_blocks(now))
        return has_acted

    def read_events(self) -> None:
        """Bring the ledger up to date."""
        for happened in self._history.read_new():
            for one in happened:
                self.ledger.apply(one)
                match one.event:
                    case RoundDrawn(round=number):
                        roles = self.ledger.rounds[number].roles
                        voters = [player for player in self.players if roles.get(player.account) is Role.VOTER]
                        self._tests.expect([player.tests for player in voters])
                    case RoundSettled(round=number):
                        self.moments.append(self._look(number))

    def _is_kept(self, player: Player, now: RoundView) -> bool:
        """Whether the weather keeps a node from looking. One that was down starts again with its notes and nothing else."""
        weather, key = self.setting.weather, (player.number, now.round)
        if not player.has_joined:
            return True
        if now.phase.is_over or not (weather.crashes or weather.stragglers):
            return False
        if weather.is_down(*key):
            self._down.add(key)
            return True
        if (player.number, now.round - 1) in self._down:
            self._down.discard((player.number, now.round - 1))
            player.restart()
        return weather.is_slow(*key) and now.timestamp < now.moved_at + weather.delay_seconds

    def _count_idle_blocks(self, now: RoundView) -> int:
        """So many blocks of a second each pass before anybody has anything to do, once nobody's turn is to come."""
        soonest = min(
            (player.find_next_look(now) for player in self.players if player.has_joined and not player.is_done), default=0
        )
        soonest = min(soonest, math.ceil(min(self.offers.find_next_change(now.timestamp), soonest)))
        return max(1, min(soonest - now.timestamp, QUIET_BLOCKS))

    def _let_join(self) -> None:
        decided = self.ledger.progress.decided
        for player in self.players:
            if not player.has_joined and decided >= player.strategy.joins_after * self.setting.rounds:
                player.join()

    # ── looking ──

    def _look(self, number: int) -> Moment:
        stakes = Counter[str]()
        for player in self.players:
            participant = self.ledger.participants.get(player.account)
            stakes[player.strategy.name] += participant.at_stake if participant else 0
        gas, self._gas = self._gas, 0
        model = self.ledger.global_model
        return Moment(number, self._measure(model), self._measure_back_door(model), dict(stakes), gas)

    def _measure(self, model: Digest) -> float:
        return self._evaluate(model, self._held_out)

    def _evaluate(self, model: Digest, samples: Dataset) -> float:
        try:
            artifact = self.store.get(model, limit_bytes=self._definition.limit_bytes)
            parts = np.zeros(len(samples.labels), np.int64)
            ((found,),) = evaluate_parts(self._recipe, [artifact], *samples, parts, device=self.setting.device)
            return found.metric
        except (ArtifactMissing, ArtifactRefused):  # a majority may name what nobody has
            return 0.0

    def _measure_back_door(self, model: Digest) -> float | None:
        if not any(player.strategy.plants_trigger for player in self.players):
            return None
        others = self._held_out.take(np.flatnonzero(self._held_out.labels != TARGET))
        return self._evaluate(model, Dataset(plant_trigger(others.inputs), np.full_like(others.labels, TARGET)))

    def record(self, sent: Sent) -> None:
        """Note an act of a player."""
        self.sent.append(sent)
        count, gas = self._acts.get(sent.name, (0, 0))
        self._acts[sent.name] = (count + 1, gas + sent.gas)
        self._gas += sent.gas

    def _hear(self, event: str, **values: Any) -> None:
        """What a node says."""
        if event in ("duty.failed", "trouble", "notes.failed"):
            self._troubles[str(values.get("why"))[:200]] += 1

    # ── setting up ──

    def _deploy(self, load_bytecode: Callable[[str], str]) -> None:
        payer = self._creator
        names = ("TaskLens", "TestToken", "FutureBlockBeacon")
        self._lens, token, beacon = (payer.deploy(name, load_bytecode(name)) for name in names)
        code = bytes.fromhex(load_bytecode("FLTask").removeprefix("0x"))
        manager = payer.deploy("TaskManager", load_bytecode("TaskManager"), code, self._lens)
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
        first = initial_model(self._recipe, setting.seed)
        self.cohort.first_model = first
        self.parameters = Parameters(
            token=token,
            beacon=beacon,
            definition=self.store.put(encode_definition(self._definition)),
            initial_model=self.store.put(first),
            **chosen,
        )
        self.task = TaskManager(payer, manager).create_task(self.parameters)
        windows = (self.parameters.train_window, self.parameters.commit_window, self.parameters.reveal_window)
        self._longest_round = sum(windows) + SPARE_SECONDS
        self._mint(payer, POOL_PER_ROUND * setting.rounds)
        TaskActs(self._open(payer)).fund(POOL_PER_ROUND * setting.rounds)

    def _open(self, rpc: EvmRpc) -> TaskReader:
        return TaskReader(rpc, self.task, self._lens)

    def _mint(self, rpc: EvmRpc, amount_wei: int) -> None:
        rpc.send(rpc.contract("TestToken", self.parameters.token).functions.mint(rpc.signer.address, amount_wei))

    def _make_player(self, number: int, account: LocalAccount, dataset: Dataset) -> Player:
        strategy = self.setting.strategies.get(number, HONEST)
        rpc = RecordingRpc(self.evm, account, self.record)
        chain = SharedChain(rpc, self._reader, self._lens)
        stake = int(self.parameters.min_stake * strategy.stake)
        self._mint(rpc, stake)
        training, test = self._split(dataset, strategy, chain.derive_secret("split"))
        shared = SharedTrainer(self._definition, self._recipe, training, test, self._tests)
        alone = TorchTrainer(self._definition, self._recipe, training, test)
        harm, look = Harm(self._definition.verdict.theta, self._definition.loss_floor), lambda: chain.seen
        trainer = shared if self.setting.is_shared else alone
        drafts, clock, window = MemoryStore(), lambda: float(self.evm.timestamp), self.parameters.commit_window
        serving = SERVINGS[strategy.serves]
        storage = ServedStorage(self.store, self.offers, account.address, serving, commit_window=window, clock=clock)

        def make_node(notebook: MemoryNotebook) -> Node:
            world = World(
                wrap_chain(strategy, chain),
                storage,
                drafts,
                wrap_trainer(strategy, trainer, self.cohort, harm=harm, look=look, account=account.address),
                self._definition,
                shared.layout,
                chain.derive_secret("train"),
                self._hear,
                pace=Pace(clock=clock),
            )
            return Node(world, notebook, Policy())

        return Player(number, account.address, strategy, make_node, chain, drafts, stake, shared.number)

    def _split(self, dataset: Dataset, strategy: Strategy, seed: bytes) -> tuple[Dataset, Dataset]:
        """(training part, test part), as the strategy has them: what it learns may be a lie, what it votes by is not."""
        training, test = split_dataset(dataset, seed)
        if strategy.data_share < 1:
            training = limit_dataset(training, max(1, int(len(training.labels) * strategy.data_share)), b"share")
        if strategy.flips_labels:
            training = training._replace(labels=flip_labels(training.labels, self._recipe.classes))
        return (open_back_door(training) if strategy.plants_trigger else training), test

    # ── what a journal brings back ──

    def replay(self, sent: Iterable[Sent], until_block: int) -> None:
        """Do again what was done, and read what came of it."""
        for number, its in groupby(sent, key=lambda one: one.block):
            self.evm.mine(number - self.evm.number)
            for one in its:
                self.evm.act(one.caller, one.to, one.data)
                self.record(one)
            self.read_events()
        self.evm.mine(until_block - self.evm.number)  # whose events are read when all of it has happened
        self.sent.clear()
        self._settled_at = self.evm.timestamp

    def restore_notes(self, notes: Sequence[Notes | None]) -> None:
        """Start each node again with its notes; None: it has not joined."""
        for player, its in zip(self.players, notes, strict=True):
            player.has_joined = its is not None
            player.restart(its)


def make_account(seed: int, number: int) -> LocalAccount:
    """The same account for the same seed and number."""
    account: LocalAccount = Account.from_key(sha256(f"starling game {seed} {number}".encode()).digest())
    return account
