"""Which choices of a task's creator are dangerous, and why? What the trust table warns of, for one task before it is made.

The manager refuses what could not run (R1); this is about what runs, and lets somebody lose. `DANGERS` is the one list:
`starling task create` warns of it, `starling task show` tells it to who thinks of staking, docs/parameters.md explains it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from orchestrator.learning.definition import Definition
from orchestrator.protocol.parameters import BPS, Parameters
from orchestrator.protocol.types import NO_DIGEST

FEW_PARTICIPANTS = 7
SMALL_JURY = 11
"""With a fifth of the members lying, of 9 voters the liars are the majority in 2 draws of 100, of 11 in 1.2."""
FEW_BLOCKS = 5
"""A view, a transaction that is priced anew once, and the block that has it."""
DRAWING_BLOCKS = 15
"""A third of them must be enough for the block that draws the cut-off, a ballot, and getting that into a block."""
SLOW_BLOCK_SECONDS = 12.0
"""As slow as Ethereum: what is taken for a chain that tells nothing of itself."""


@dataclass(frozen=True)
class Choice:
    """What the creator has chosen, as far as it is known."""

    parameters: Parameters
    definition: Definition | None
    block_seconds: float


@dataclass(frozen=True)
class Danger:
    """One dangerous choice."""

    name: str
    """Of the parameter, or of the definition's field."""
    when: str
    """In words, after the name."""
    why: str
    """A clause: what can happen then."""
    is_met: Callable[[Choice], bool]

    @property
    def option(self) -> str:
        """Of `starling task create`."""
        return "--" + self.name.replace("_", "-")


def find_dangers(
    parameters: Parameters, definition: Definition | None = None, *, block_seconds: float = SLOW_BLOCK_SECONDS
) -> list[Danger]:
    """Every danger that these choices run, in the order of the list. Without a definition, those of the parameters alone."""
    choice = Choice(parameters, definition, block_seconds)
    return [danger for danger in DANGERS if danger.is_met(choice)]


def _parameter(name: str, when: str, why: str, is_met: Callable[[Parameters], bool]) -> Danger:
    return Danger(name, when, why, lambda choice: is_met(choice.parameters))


def _field(name: str, when: str, why: str, is_met: Callable[[Definition], bool]) -> Danger:
    return Danger(name, when, why, lambda choice: choice.definition is not None and is_met(choice.definition))


def _window(name: str, why: str, *, blocks: int = FEW_BLOCKS) -> Danger:
    def is_short(choice: Choice) -> bool:
        return bool(getattr(choice.parameters, name) < blocks * choice.block_seconds)

    return Danger(name, f"below {blocks} blocks of the chain", why, is_short)


def _count_voters(parameters: Parameters) -> int:
    """When the task begins."""
    others = parameters.min_participants - parameters.proposers
    return min(parameters.voters, others) if parameters.voters else others


def _can_outweigh(parameters: Parameters) -> bool:
    """Whether one voter with all that is allowed has half of the weight when the others have the least."""
    return parameters.max_stake >= parameters.min_stake * max(1, _count_voters(parameters) - 1)


def _sum_windows(parameters: Parameters) -> int:
    return parameters.train_window + parameters.commit_window + parameters.reveal_window


DANGERS: Final[tuple[Danger, ...]] = (
    _parameter(
        "max_stake",
        "0 while everybody may join",
        "one account with more than half of the weight decides every round alone",
        lambda it: it.max_stake == 0 and it.admitted == NO_DIGEST,
    ),
    _parameter(
        "max_stake",
        "as much as all other voters with the least stake have together",
        "one voter can have half of the weight, and decide alone",
        lambda it: it.max_stake > it.min_stake and _can_outweigh(it),
    ),
    _parameter(
        "min_participants",
        f"below {FEW_PARTICIPANTS}",
        "two or three that collude are the majority of a round's voters",
        lambda it: it.min_participants < FEW_PARTICIPANTS,
    ),
    _parameter(
        "min_participants",
        "below twice the proposers and two",
        "after one exclusion fewer are drawn to propose than the task says",
        lambda it: it.min_participants < 2 * it.proposers + 2,
    ),
    _parameter(
        "proposers",
        "above three tenths of the least participants",
        "few are left to vote, and liars are too often their majority",
        lambda it: 10 * it.proposers > 3 * it.min_participants,
    ),
    _parameter(
        "proposers",
        "1",
        "a single update has none beside it to be compared with: gross ones and copies pass, and no aggregation rule helps",
        lambda it: it.proposers == 1,
    ),
    _parameter(
        "voters",
        f"1 to {SMALL_JURY - 1}",
        "where a fifth of the members lie, liars are the majority of so few in more than one draw of a hundred",
        lambda it: 0 < it.voters < SMALL_JURY,
    ),
    _parameter(
        "quorum_bps",
        "below 5,000",
        "less than half of the voters decide, when the others are kept from revealing",
        lambda it: it.quorum_bps < BPS // 2,
    ),
    _parameter(
        "quorum_bps",
        "above 8,000",
        "a few voters that keep still void every round",
        lambda it: it.quorum_bps > 8_000,
    ),
    _parameter(
        "floor_bps",
        "0",
        "a liar is drawn again until it has nothing left",
        lambda it: it.floor_bps == 0,
    ),
    _parameter(
        "floor_bps",
        "above what a first fault leaves of the least stake",
        "who staked just the minimum is out with its first fault, and the honest have one now and then",
        lambda it: it.floor_bps > BPS - max(1, it.fault_bps, it.condemned_bps),
    ),
    _parameter(
        "fault_bps",
        "0",
        "absence and lies cost nothing",
        lambda it: it.fault_bps == 0,
    ),
    _parameter(
        "fault_bps",
        "above 500",
        "honest voters with unlike data disagree now and then, and lose as liars do",
        lambda it: it.fault_bps > 500,
    ),
    _parameter(
        "condemned_bps",
        "no more than fault_bps",
        "to poison the model costs no more than to keep away",
        lambda it: it.condemned_bps <= it.fault_bps,
    ),
    _parameter(
        "condemned_bps",
        "above 2,000",
        "one honest update in a few hundred is condemned, and its proposer loses more than a fifth",
        lambda it: it.condemned_bps > 2_000,
    ),
    _parameter(
        "slasher_bps",
        "0",
        "nobody earns by reporting, and who is absent and never acts again is forgiven after six rounds",
        lambda it: it.slasher_bps == 0,
    ),
    _parameter(
        "slasher_bps",
        "above 5,000",
        "who reports itself with a second account has most of its penalty back",
        lambda it: it.slasher_bps > BPS // 2,
    ),
    _parameter(
        "patience",
        "0",
        "a majority that rejects whatever comes is paid until the pool is empty",
        lambda it: it.patience == 0,
    ),
    _parameter(
        "patience",
        "1",
        "one rejected round ends the task, and the pool goes back to its creator",
        lambda it: it.patience == 1,
    ),
    _window("train_window", "an honest proposer is absent that is a block late"),
    _window(
        "commit_window",
        "the block that draws the cut-off comes too late, so that who serves its update at the right moment divides voters",
        blocks=DRAWING_BLOCKS,
    ),
    _window("reveal_window", "an honest voter is absent that is a block late"),
    _parameter(
        "exit_delay",
        "0",
        "who owes a penalty is gone before anybody can report it",
        lambda it: it.exit_delay == 0,
    ),
    _parameter(
        "stall_timeout",
        "below the sum of the three windows",
        "anybody can close the task while an ordinary round is under way",
        lambda it: it.stall_timeout < _sum_windows(it),
    ),
    _field(
        "aggregation",
        "mean or weighted_mean",
        "a single bad update moves the model as far as it likes",
        lambda it: it.aggregation.rule in ("mean", "weighted_mean"),
    ),
    _field(
        "tolerance",
        "below 0.5",
        "honest rounds on unlike data are rejected by the dozen, and honest voters lose for it",
        lambda it: it.tolerance < 0.5,
    ),
    _field(
        "tolerance",
        "above 2",
        "a round that spoils the model is accepted",
        lambda it: it.tolerance > 2,
    ),
    _field(
        "loss_floor",
        "above 1",
        "poison is told from honest updates only where it harms crudely, as long as losses are below that",
        lambda it: it.loss_floor > 1,
    ),
    _field(
        "theta",
        "below 0.05",
        "honest updates from unlike data are condemned",
        lambda it: it.verdict.theta < 0.05,
    ),
    _field(
        "theta",
        "above 0.5",
        "only the crudest poison is condemned",
        lambda it: it.verdict.theta > 0.5,
    ),
    _field(
        "copy_share",
        "above 0.5",
        "honest updates from like data are taken for copies",
        lambda it: it.verdict.copy_share > 0.5,
    ),
    _field(
        "idle_share",
        "above 0.5",
        "the honest with little to learn are taken for idle",
        lambda it: it.verdict.idle_share > 0.5,
    ),
    _field(
        "gross_factor",
        "below 3",
        "the largest honest updates on unlike data are struck: one in a hundred is 2.7 times the median",
        lambda it: it.verdict.gross_factor < 3,
    ),
)
"""In the order of `Parameters`, then of the definition."""
