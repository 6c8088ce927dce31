"""One line a round: what it was for the account. Once for each settled round, whatever happens to the node."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from orchestrator.effects.telling import tell_round
from orchestrator.node import Node, Tick
from orchestrator.protocol.dues import Due
from orchestrator.protocol.duties import Policy, Tell, next_duty
from orchestrator.protocol.types import Fault, Notes, Outcome, Role
from orchestrator.protocol.why import Reason, Why
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeNotebook, FakeStorage, Killed, make_world, sometimes
from tests.unit.node.test_next_duty import BASE

ACCOUNTS = [f"account {number}" for number in range(6)]
ROUNDS = 4


@dataclass
class FakePast:
    """What the books say of a settled round."""

    chain: FakeChain
    account: str
    hazard: Callable[[], None] = lambda: None
    fails: list[Exception] = field(default_factory=list)

    def explain_round(self, round: int) -> Why:
        self.hazard()
        if self.fails:
            raise self.fails.pop()
        past = self.chain.books.rounds[round]
        assert past.outcome, "not settled yet"
        due = Due(Fault(past.fault(self.account)), 0, 1, 1)
        return Why(
            round,
            self.account,
            Outcome(past.outcome),
            Role(past.role(self.account)),
            "did it",
            due,
            False,
            (Reason("R18", "x"),),
        )

    def read_coin(self) -> int:
        return 5 * 10**17


def play(seed: int, probability: float, *, loses_notes: bool = False) -> tuple[Counter, Counter, int]:
    """A whole task with nodes that are made anew for every look: rounds told by each, kills of each, rounds there were."""
    dice, chain = random.Random(seed), FakeChain(ACCOUNTS, ROUNDS)
    hazard, storage = sometimes(dice, probability), FakeStorage()
    disks = {account: (FakeNotebook(hazard), FakeStorage()) for account in ACCOUNTS}
    told: Counter[tuple[str, int]] = Counter()
    kills: Counter[str] = Counter()
    running = set(ACCOUNTS)
    for _ in range(100_000):
        account = dice.choice(sorted(running))

        def log(event: str, account: str = account, **values: object) -> None:
            if event == "round.settled":
                told[account, int(str(values["round"]))] += 1

        notebook, drafts = disks[account]
        world = make_world(FakeAccount(chain, account, hazard), storage, log, account.encode(), drafts)
        world = replace(world, past=FakePast(chain, account, hazard))
        try:
            if Node(world, notebook, Policy(turn_seconds=2, tells_rounds=True)).tick() is Tick.STOPPED:
                running.discard(account)
        except Killed:
            kills[account] += 1
            if loses_notes:
                disks[account] = (FakeNotebook(hazard), drafts)
        if not running:
            return told, kills, len(chain.outcomes)
        if dice.random() < 0.2:
            chain.tick()
    raise AssertionError("the task never came to an end")


def test_each_settled_round_is_told_once_to_everybody_also_by_nodes_that_are_started_again() -> None:
    """Not twice: the notes say what was told."""
    told, _, rounds = play(seed=1, probability=0.0)
    assert told == Counter({(account, round): 1 for account in ACCOUNTS for round in range(1, rounds + 1)})


@pytest.mark.parametrize("seed", range(8))
def test_no_round_is_lost_by_a_node_that_dies_before_and_after_every_effect(seed: int) -> None:
    """Twice only if it dies between the line and the note."""
    told, kills, rounds = play(seed, probability=0.15)
    assert sum(kills.values()) > 20
    for account in ACCOUNTS:
        times = [told[account, round] for round in range(1, rounds + 1)]
        assert min(times) >= 1
        assert sum(times) - rounds <= kills[account]


def test_a_node_without_its_notes_tells_the_rounds_again_rather_than_never() -> None:
    told, _, rounds = play(seed=3, probability=0.05, loses_notes=True)
    assert min(told[account, round] for account in ACCOUNTS for round in range(1, rounds + 1)) >= 1


def test_telling_comes_after_every_duty_and_before_waiting_and_leaving() -> None:
    policy = Policy(turn_seconds=12, tells_rounds=True)

    def decide(view: dict[str, object], notes: dict[str, object]) -> object:
        seen = replace(BASE, **view)
        return next_duty(seen, Notes(round=seen.round, phase=seen.phase, phase_seen_at=1000, **notes), policy)

    known = dict(slashed_round=2, told_round=1)
    assert decide(dict(round=3), known) == Tell(2)
    assert decide(dict(round=3), known | {"told_round": 2}) != Tell(2)
    assert decide(dict(round=3, role=Role.PROPOSER), known) != Tell(2)
    assert decide(dict(round=20), dict(slashed_round=19)) == Tell(14), "no more than the chain can tell"
    over = dict(phase=BASE.phase.COMPLETED, round=3, is_in_draw=False, can_withdraw=True)
    assert decide(over, known) == Tell(2)
    assert next_duty(replace(BASE, round=3), Notes(round=3, slashed_round=2), Policy(turn_seconds=12)) != Tell(1)


def test_the_line_has_pay_or_penalty_and_the_rule() -> None:
    told: list[tuple[str, dict[str, object]]] = []
    chain = FakeChain(ACCOUNTS, 1)
    world = make_world(
        FakeAccount(chain, ACCOUNTS[0], lambda: None), FakeStorage(), lambda event, **values: told.append((event, values))
    )
    why = Why(
        3,
        ACCOUNTS[0],
        Outcome.ACCEPTED,
        Role.VOTER,
        "voted −1",
        Due(Fault.MINORITY, 5, 10, 0),
        False,
        (Reason("R19", "was in the minority", "more data"), Reason("R19", "costs 0.5 %")),
    )

    class OnePast(FakePast):
        def explain_round(self, round: int) -> Why:
            return why

    world = replace(world, past=OnePast(chain, ACCOUNTS[0]), tell_amount=lambda wei: f"{wei} tokens")
    assert tell_round(Tell(3), Notes(), world).told_round == 3
    assert told == [
        ("balance", {"coin": "0.5"}),
        (
            "round.settled",
            dict(
                round=3,
                outcome="accepted",
                role="voter",
                did="voted −1",
                share="10 tokens",
                earned="0 tokens",
                fault="minority",
                penalty="5 tokens",
                rule="R19",
                why="was in the minority",
                hint="more data",
            ),
        ),
    ]


def test_a_round_that_cannot_be_read_holds_nobody_up() -> None:
    """What it fails with is told; the node withdraws and ends all the same."""
    chain = FakeChain(ACCOUNTS[:4], 1, proposers=1)
    nodes = []
    for account in ACCOUNTS[:4]:
        world = make_world(FakeAccount(chain, account, lambda: None), FakeStorage() if not nodes else nodes[0].world.storage)
        past = FakePast(chain, account, fails=[KeyError("logs")] * 10**5)
        nodes.append(
            Node(replace(world, past=past, secret=account.encode()), FakeNotebook(), Policy(turn_seconds=0, tells_rounds=True))
        )
    for _ in range(3000):
        ticks = [node.tick() for node in nodes]
        chain.tick()
        if all(tick is Tick.STOPPED for tick in ticks):
            break
    assert chain.withdrawn == set(ACCOUNTS[:4])
