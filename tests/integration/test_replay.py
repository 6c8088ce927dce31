"""History from events alone is the contract's state at every block, over random histories on the compiled contracts.

Owns, of `protocol/rebuild.py`, `protocol/why.py`, `TaskPast` and `Ledger.preview`: R22. A player does everything that the
contract allows; now and then it is written down how the lens shows the task to everybody. Afterwards the events are read from
the first, and at each of these blocks what they add up to must be what was seen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.past import TaskPast
from orchestrator.protocol.dues import WINDOW, Due
from orchestrator.protocol.events import Happened
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.rebuild import rebuild_view
from orchestrator.protocol.types import Fault, Phase, RoundView
from orchestrator.protocol.why import Why, explain
from tests.integration.test_twins import Player
from tests.integration.twin_task import Bench, Past

ROUNDS = 1_000
BATCHES = 4
RULES = {"R9", "R12", "R16", "R17", "R17a", "R18", "R18a", "R19", "R20"}


@dataclass(frozen=True)
class Seen:
    """What the lens said of the task at a block: to each account, and what each settled round still holds for it."""

    views: dict[str, RoundView]
    worths: dict[str, tuple[int, int]]
    """Stake and rewards that a withdrawal would pay; the twins know, and each withdrawal proves it."""
    dues: dict[tuple[int, str], Due]
    whys: list[Why]
    """What a node would say of the last settled round: of somebody, read from that round alone."""


@dataclass
class Witness(Player):
    """Plays, and writes down what it sees."""

    seen: list[Seen] = field(default_factory=list)

    def __init__(self, bench: Bench, dice: random.Random) -> None:
        super().__init__(bench, dice)
        self.seen = []

    def meddle(self) -> None:
        super().meddle()
        if self.chance(0.4):
            self.look()

    def look(self) -> None:
        task = self.task
        people = [task.bench.stranger, *task.accounts]
        dues = {}
        for round in range(max(1, task.current - WINDOW), task.current):
            for who in task.accounts:
                dues[round, who] = task.preview(who, round, task.current)[1].get(round, Due())
        views = {who: task.reader.read_view(who) for who in people}
        whys = []
        for round in range(max(1, task.current - WINDOW), task.current)[-2:]:
            who = self.dice.choice(people)
            whys.append(TaskPast(task.reader, who, who).explain_round(round))
        self.seen.append(Seen(views, {who: task.worth(who) for who in task.accounts}, dues, whys))
        task.bench.evm.mine()  # what follows is in a later block

    def vote(self, past: Past) -> None:
        self.look()
        super().vote(past)

    def replay(self) -> None:
        """From the first event to the last, with a stop at each block that was looked at."""
        ledger, told = Ledger(self.task.parameters), self.read_events()
        for seen in self.seen:
            view = next(iter(seen.views.values()))
            while told and told[0].block <= view.block_number:
                ledger.apply(told.pop(0))
            check_state(ledger, seen)
        self.check_reasons(ledger)

    def check_reasons(self, ledger: Ledger) -> None:
        """What was paid and taken is what is explained; every fault has a rule, and a way that would have avoided it."""
        for number, round in ledger.rounds.items():
            for who in round.roles if round.settled_at else ():
                why = explain(ledger, number, who)
                assert why.reasons and {reason.rule for reason in why.reasons} <= RULES
                assert bool(why.reasons[0].instead) == (why.due.fault is not Fault.NONE)
                if due := self.task.dues.get((number, who)):
                    assert why.due == due
                    assert why.is_taken == (due.penalty > 0)

    def read_events(self) -> list[Happened]:
        history = History(self.task.reader.rpc, self.task.reader, first=self.task.first_block)
        return [happened for page in history.read_new() for happened in page]


def check_state(ledger: Ledger, seen: Seen) -> None:
    for who, view in seen.views.items():
        rebuilt = rebuild_view(ledger, who, block=view.block_number, timestamp=view.timestamp)
        assert rebuilt == forget_what_events_cannot_tell(view, rebuilt)
    for who, (stake, rewards) in seen.worths.items():
        participant, owed = ledger.participants.get(who), 0
        if participant:
            owed = sum(due.penalty for due in ledger.preview(who).values())
            assert (participant.at_stake - owed, participant.rewards) == (stake, rewards)
    for (number, who), due in seen.dues.items():
        if due.penalty:  # a good one may have been applied in silence
            assert ledger.preview(who)[number] == due
    for why in seen.whys:
        expected = explain(ledger, why.round, why.account)
        assert replace(why, reasons=why.reasons[:1]) == replace(expected, reasons=expected.reasons[:1])


def forget_what_events_cannot_tell(view: RoundView, rebuilt: RoundView) -> RoundView:
    """When a due was applied, what the beacon has, and the clock of the exit; `check_state` compares stake and rewards."""
    told = {name: getattr(rebuilt, name) for name in ("is_seed_ready", "can_withdraw", "exit_at", "resolved", "rewards")}
    return replace(view, stake=view.stake + view.topped_up, topped_up=0, **told)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_events_alone_add_up_to_what_the_contract_says_at_every_block(batch: int) -> None:
    """R22, R9, R18 – R20: phase, round, roles, ranks, ballots' numbers, pool, stakes, rewards and what is owed."""
    dice = random.Random(1000 + batch)
    bench = Bench(accounts=11, first_block=1_000_000 * (batch + 1))
    played, phases = 0, set()
    while played < ROUNDS // BATCHES:
        player = Witness(bench, dice)
        played += player.play()
        player.look()
        player.replay()
        phases |= {view.phase for seen in player.seen for view in seen.views.values()}
    assert phases >= {Phase.TRAINING, Phase.COMMITTING, Phase.REVEALING, Phase.SETTLING, Phase.DRAWING, Phase.COMPLETED}
