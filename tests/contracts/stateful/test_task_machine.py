"""The state machine: whatever anybody does, in whatever order, the task does what the rules say.

Hypothesis' own machine, because that of Brownie 1.22.2 refuses, once compiled, the class that it has just made.
"""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contracts import wire
from tests.contracts.dsl import STAR
from tests.contracts.model import Ballot
from tests.contracts.stateful.world import AGGREGATES, World

VARIANTS: list[dict[str, Any]] = [
    dict(),
    dict(proposers=1, voters=3, minParticipants=4, exitDelay=0, faultBps=5_000, condemnedBps=10_000, quorumBps=1),
    dict(rounds=3, minParticipants=4, maxParticipants=4, proposers=1, quorumBps=10_000, exitDelay=0, stallTimeout=3_600),
    dict(
        rounds=40,
        trainWindow=50,
        commitWindow=50,
        revealWindow=50,
        faultBps=3_000,
        slasherBps=0,
        proposers=3,
        minParticipants=7,
    ),
    dict(faultBps=0, condemnedBps=0, slasherBps=10_000, quorumBps=1, floorBps=0),
    dict(maxStake=10 * STAR, patience=2, floorBps=10_000, faultBps=200, condemnedBps=2_000),
]
ALL = 2**16 - 1
PHASES = 5

people = st.integers(0, 8)
amounts = st.sampled_from([0, STAR - 1, STAR, STAR + 7, 4 * STAR, 4 * STAR, 10 * STAR + 1])
crowds = st.one_of(st.just(ALL), st.just(ALL), st.integers(0, ALL))
masks = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 7])
votes_of_all = st.tuples(st.sampled_from([(0, 1), (0, 1), (0, -1), (1, 1), (1, -1), (2, 1)]), masks)
ballots = st.lists(votes_of_all.map(lambda vote: (*vote[0], vote[1])), min_size=8, max_size=8)


class TaskMachine(RuleBasedStateMachine):
    """Each rule is tried whether it is allowed or not; `World` compares the outcome with the model's."""

    bench: Any
    crowd: Any

    @initialize(variant=st.sampled_from(VARIANTS))
    def begin(self, variant: dict[str, Any]) -> None:
        self.mark = wire.mark()
        self.world = World(self.bench, self.crowd, **variant)
        self.who = self.world.people
        for who in self.who[1:8]:
            self.world.join(who, 5 * STAR)
        self.world.fund(self.who[0], 1_000 * STAR + 1)

    # ── most of what happens is rounds ──

    @rule(present=crowds, votes=ballots)
    def play_a_round(self, present: int, votes: list[tuple[int, int, int]]) -> None:
        for _ in range(PHASES):
            self.world.move_on(present, votes)

    @rule(votes=ballots)
    def play_a_full_round(self, votes: list[tuple[int, int, int]]) -> None:
        for _ in range(PHASES):
            self.world.move_on(ALL, votes)

    @rule(present=crowds, votes=ballots)
    def move_on(self, present: int, votes: list[tuple[int, int, int]]) -> None:
        self.world.move_on(present, votes)

    @rule(count=st.integers(1, 8), present=st.integers(0, 3))
    def let_rounds_pass(self, count: int, present: int) -> None:
        for _ in range(count * PHASES):
            self.world.move_on(present, [])

    # ── members come and go ──

    @rule(who=people, amount=amounts)
    def join(self, who: int, amount: int) -> None:
        self.world.join(self.who[who], amount)

    @rule(who=people, amount=amounts)
    def top_up(self, who: int, amount: int) -> None:
        self.world.top_up(self.who[who], amount)

    @rule(who=people)
    def leave(self, who: int) -> None:
        self.world.leave(self.who[who])

    @rule(who=people)
    def withdraw(self, who: int) -> None:
        self.world.withdraw(self.who[who])

    @rule(who=people)
    def claim(self, who: int) -> None:
        self.world.claim(self.who[who])

    @rule(who=people, others=st.integers(0, ALL), back=st.integers(0, 9))
    def slash(self, who: int, others: int, back: int) -> None:
        accounts = [account for index, account in enumerate(self.who) if others >> index & 1]
        self.world.slash(self.who[who], max(0, self.world.model.round - back), accounts)

    @rule(who=people, amount=amounts)
    def slash_and_try_to_come_back(self, who: int, amount: int) -> None:
        self.world.slash(self.who[who], self.world.model.round - 1, self.who)
        for account in sorted(set(self.world.model.frozen) - set(self.world.model.members)):
            self.world.join(account, amount)

    # ── acts that mostly are not due, and time ──

    @rule(who=people, act=st.sampled_from(["draw", "submit", "reveal", "settle", "refund", "close"]))
    def act(self, who: int, act: str) -> None:
        getattr(self.world, act)(self.who[who])

    @rule(who=people, aggregate=st.integers(0, 2), score=st.sampled_from([1, -1]), against=st.integers(0, ALL))
    def commit(self, who: int, aggregate: int, score: int, against: int) -> None:
        self.world.commit(self.who[who], aggregate, score, against)

    @rule(who=people, against=masks)
    def reveal_another_ballot(self, who: int, against: int) -> None:
        self.world.reveal(self.who[who], Ballot(AGGREGATES[2], 1, against, 5, 6))

    # ── operators ──

    @rule(who=people, operator=people)
    def set_operator(self, who: int, operator: int) -> None:
        self.world.set_operator(self.who[who], self.who[operator])

    @rule(who=people, sender=people, act=st.sampled_from(["submit", "commit", "reveal"]))
    def act_for(self, who: int, sender: int, act: str) -> None:
        values = (0, 1) if act == "commit" else ()
        getattr(self.world, act)(self.who[who], *values, sender=self.who[sender])

    @rule(who=people, sender=people, to=people, act=st.sampled_from(["claim", "withdraw"]))
    def send(self, who: int, sender: int, to: int, act: str) -> None:
        getattr(self.world, act)(self.who[who], self.who[sender], self.who[to])

    @rule(who=people, amount=amounts)
    def fund(self, who: int, amount: int) -> None:
        self.world.fund(self.who[who], amount)

    @rule(who=people, times=st.integers(0, 7))
    def cancel(self, who: int, times: int) -> None:
        if times == 0 or self.world.model.round > 1:
            self.world.cancel(self.who[who])

    @rule(seconds=st.sampled_from([1, 60, 1_000, 4_000, 12_000]))
    def sleep(self, seconds: int) -> None:
        self.world.sleep(seconds)

    @rule(blocks=st.sampled_from([1, 3, 255, 300]))
    def mine(self, blocks: int) -> None:
        self.world.mine(blocks)

    # ── what always holds ──

    @invariant()
    def chain_is_as_the_model(self) -> None:
        """I1 – I7: money, roles, counts, the order of rounds, the global model, strikes, and what each account may lose."""
        if hasattr(self, "world"):
            self.world.compare()

    def teardown(self) -> None:
        """I8, I2: everybody gets out from wherever the run ended, and what stays behind is dust."""
        if not hasattr(self, "world"):
            return
        try:
            self.world.get_everybody_out()
            self.world.compare()
            assert not any(person.stake + person.top_up + person.rewards for person in self.world.model.people.values())
            assert self.world.model.pool == 0
        finally:
            wire.rewind(self.mark)


def test_task_machine(bench, crowd):
    """I1, I2, I3, I4, I5, I6, I7, I8 hold after every act of a random history."""
    TaskMachine.bench, TaskMachine.crowd = bench, crowd
    phases = (Phase.reuse, Phase.generate)  # add Phase.shrink to make a failing history short; it takes minutes
    limits = settings(max_examples=12, stateful_step_count=40, deadline=None, phases=phases)
    run_state_machine_as_test(TaskMachine, settings=limits)
