"""The parameters of a task (R1), each defined once: its unit, its bounds, and a line of help, with a default for a first task.

`struct Parameters` in `IFLTask.sol` explains each field. Whether a task could run is the task manager's to say: the bounds
stand here so that options can be made from them, and a test holds them against the contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from orchestrator.protocol.types import NO_DIGEST, Address, Digest

MIN_PARTICIPANTS = 4
MIN_VOTERS = 3
MAX_PROPOSERS = 16
MAX_COUNT = 65_000
MAX_ROUNDS = 32_500
MAX_PATIENCE = 4_000
MAX_AMOUNT = 2**90 - 1
MAX_SECONDS = 365 * 86_400
MIN_STALL_SECONDS = 3600
"""The nine limits of `ITaskManager`, which says why."""
BPS = 10_000


class Unit(StrEnum):
    """What the number of a parameter counts."""

    ADDRESS = "address"
    DIGEST = "digest"
    WEI = "wei"
    COUNT = "count"
    BPS = "bps"
    SECONDS = "seconds"


@dataclass(frozen=True)
class Parameter:
    """What there is to know of one parameter."""

    unit: Unit
    help: str
    """One line, without a full stop and without the unit."""
    least: int | None = None
    most: int | None = None
    """Both inclusive; None: any value that fits. Of a digest, as a number: 1 means that it must not be zero."""
    least_if_any: int | None = None
    """Where zero stands for none, or for all: the least other value."""


def _define(
    unit: Unit, help: str, least: int | None = None, most: int | None = None, least_if_any: int | None = None
) -> dict[str, Parameter]:
    return {"parameter": Parameter(unit, help, least, most, least_if_any)}


def _count(help: str, *, least: int = 1, most: int = MAX_COUNT, least_if_any: int | None = None) -> dict[str, Parameter]:
    return _define(Unit.COUNT, help, least, most, least_if_any)


def _share(help: str, *, least: int = 0) -> dict[str, Parameter]:
    return _define(Unit.BPS, help, least, BPS)


def _time(help: str, *, least: int = 1) -> dict[str, Parameter]:
    return _define(Unit.SECONDS, help, least, MAX_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Amounts in wei of `token`, shares in basis points (1/10,000), times in seconds."""

    token: Address = field(metadata=_define(Unit.ADDRESS, "What is staked and paid"))
    beacon: Address = field(metadata=_define(Unit.ADDRESS, "Where seeds come from"))
    definition: Digest = field(metadata=_define(Unit.DIGEST, "The model definition", 1))
    initial_model: Digest = field(metadata=_define(Unit.DIGEST, "The first global model", 1))
    admitted: Digest = field(
        default=NO_DIGEST, metadata=_define(Unit.DIGEST, "Merkle root of the accounts that may join; zero: everybody may")
    )
    min_stake: int = field(default=100 * 10**18, metadata=_define(Unit.WEI, "The smallest stake to join with", 1, MAX_AMOUNT))
    max_stake: int = field(
        default=0, metadata=_define(Unit.WEI, "Nobody has more at stake; 0: no limit", 0, MAX_AMOUNT, least_if_any=1)
    )
    rounds: int = field(default=5, metadata=_count("How many rounds are decided; void ones do not count", most=MAX_ROUNDS))
    min_participants: int = field(default=7, metadata=_count("The first draw waits for so many", least=MIN_PARTICIPANTS))
    """At least 2·P + 1, so that voters are the majority (R1)."""
    max_participants: int = field(default=100, metadata=_count("No more may join", least=MIN_PARTICIPANTS))
    proposers: int = field(default=2, metadata=_count("Drawn in each round", most=MAX_PROPOSERS))
    """Best at a quarter to three tenths of the members: with more, liars are too often the majority of the voters."""
    voters: int = field(
        default=0,
        metadata=_count("Drawn in each round; 0: all who do not propose", least=0, least_if_any=MIN_VOTERS),
    )
    quorum_bps: int = field(default=5000, metadata=_share("Of the drawn voters, how many must reveal", least=1))
    floor_bps: int = field(default=5000, metadata=_share("Of the least stake: who has less left is not drawn again"))
    fault_bps: int = field(
        default=50, metadata=_share("Penalty for absence or a vote unlike the winner's, doubling with each fault in a row")
    )
    condemned_bps: int = field(
        default=500, metadata=_share("Penalty for a condemned update, doubling with each fault in a row")
    )
    slasher_bps: int = field(default=1000, metadata=_share("Of a penalty, what the slasher gets"))
    patience: int = field(
        default=5,
        metadata=_count("Rejected rounds in a row that end the task; 0: none do", least=0, most=MAX_PATIENCE),
    )
    train_window: int = field(default=600, metadata=_time("How long proposers have"))
    commit_window: int = field(
        default=300, metadata=_time("How long voters have to judge; in the first third of it updates must reach them")
    )
    reveal_window: int = field(default=120, metadata=_time("How long voters have to reveal"))
    exit_delay: int = field(default=600, metadata=_time("Between leaving and withdrawing", least=0))
    stall_timeout: int = field(
        default=86_400,
        metadata=_time("After so long without a step anyone may close the task", least=MIN_STALL_SECONDS),
    )


PARAMETERS: dict[str, Parameter] = {one.name: one.metadata["parameter"] for one in fields(Parameters)}
"""By field name, in the order of the fields."""


def compute_most(name: str, max_participants: int) -> int | None:
    """The greatest value of the parameter `name` in a task that so many may join; None: any that fits."""
    match name:
        case "min_participants":
            return max_participants
        case "min_stake":
            return MAX_AMOUNT // max_participants
    return PARAMETERS[name].most


def compute_least(name: str, *, proposers: int, min_stake: int) -> int | None:
    """The least value of the parameter `name` in a task with so many proposers and such a stake; None: any that fits.

    Where zero stands for none, the least other value.
    """
    match name:
        case "min_participants":
            return max(MIN_PARTICIPANTS, 2 * proposers + 1)
        case "max_stake":
            return min_stake
    parameter = PARAMETERS[name]
    return parameter.least if parameter.least_if_any is None else parameter.least_if_any
