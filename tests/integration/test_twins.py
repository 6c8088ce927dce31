"""The Python twins agree with the compiled contracts to the wei, over 10,000 random rounds in an EVM of this process.

Owns, of the twins `verdicts`, `payout`, `dues`, `roles` and of `ledger`: R4, R5 and R9 (who is drawn, with what), R14 – R17a
(what is decided, who is condemned), R18 and R18a (shares, misjudgement, what goes back to the pool), R19 and R19a (penalties
that double, when a task is completed), R20 (late reports, shares of slashers), R22 (the events are enough); and I1, I2, I8:
all leave, and only the dust of rounding stays. That the contracts keep the rules is for tests/contracts to show.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from orchestrator.protocol.dues import WINDOW
from orchestrator.protocol.parameters import MAX_AMOUNT, Parameters
from orchestrator.protocol.types import Ballot, Fault, Outcome, Role
from orchestrator.protocol.verdicts import make_mask
from tests.integration.twin_task import Bench, Past, TwinTask

ROUNDS = 10_000
BATCHES = 10
DIGESTS = [bytes([number]) * 32 for number in range(1, 5)]


class Player:
    """Plays a task at random: everything that the contract allows, and now and then something that it does not."""

    def __init__(self, bench: Bench, dice: random.Random) -> None:
        self.bench, self.dice = bench, dice
        self.most_wei = MAX_AMOUNT // (4 * len(bench.people))
        self.task: TwinTask = bench.make_task(self.choose_parameters())
        self.carelessness = dice.choice([0.0, 0.0, 0.05, 0.2, 0.5])

    def choose_parameters(self) -> Parameters:
        dice = self.dice
        proposers = dice.randrange(1, 5)
        least = max(4, 2 * proposers + 1)
        min_stake = dice.choice([1, 3, 255, 256, 1000, 10**18, 10**18, 10**21, 7 * 10**20 + 3])
        return Parameters(
            token=self.bench.contracts.token,
            beacon=self.bench.contracts.beacon,
            definition=b"d" * 32,
            initial_model=b"m" * 32,
            min_stake=min_stake,
            max_stake=dice.choice([0, 0, 0, min_stake, 5 * min_stake]),
            rounds=dice.randrange(3, 14),
            min_participants=dice.randrange(least, max(least + 1, 8)),
            max_participants=len(self.bench.people),
            proposers=proposers,
            voters=dice.choice([0, 0, 0, 3, 4]),
            quorum_bps=dice.choice([1, 1, 3000, 5000, 10_000]),
            floor_bps=dice.choice([0, 5000, 5000, 9000, 10_000]),
            fault_bps=dice.choice([0, 50, 50, 50, 333, 4000, 10_000]),
            condemned_bps=dice.choice([0, 500, 500, 500, 77, 10_000]),
            slasher_bps=dice.choice([0, 1000, 10_000]),
            patience=dice.choice([0, 0, 2, 3]),
            exit_delay=dice.choice([0, 50]),
        )

    def choose_stake(self, who: str) -> int:
        """From the least to a whale's, every order of magnitude alike."""
        parameters = self.task.parameters
        most = parameters.max_stake or self.most_wei
        return min(most, int(parameters.min_stake * 2 ** self.dice.uniform(0, 20 if self.chance(0.2) else 4)))

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def play(self) -> int:
        """A whole task; the rounds that were settled."""
        task = self.task
        task.fund(self.dice.choice([1, 999, 10**18, 10**24]))
        joining = list(self.bench.people[: task.parameters.min_participants + self.dice.randrange(3)])
        for who in joining[: task.parameters.max_participants]:
            task.join(who, self.choose_stake(who))
        while task.is_anchored:
            self.play_round()
            if self.chance(0.2):
                task.check_views()
                task.check_dues(self.dice.randrange(max(1, task.current - WINDOW), task.current))
        if self.chance(0.2):
            task.check_ledger()
        task.end()
        task.check_ledger()
        return task.current - 1

    def play_round(self) -> None:
        task = self.task
        past = task.draw()
        self.meddle()
        proposers = past.list_with(Role.PROPOSER)
        for who in self.dice.sample(proposers, len(proposers)):
            if not self.is_careless() and task.can_act(who):
                task.submit(who, self.dice.choice(DIGESTS))
        if len(past.updates) < len(proposers):
            self.bench.evm.mine(seconds=task.parameters.train_window)
        if past.updates:
            self.vote(past)
        self.meddle()
        task.settle()
        self.meddle()

    def vote(self, past: Past) -> None:
        task, voters = self.task, past.list_with(Role.VOTER)
        ballots = self.choose_ballots(past)
        for who in self.dice.sample(voters, len(voters)):
            if not self.is_careless():
                task.commit(who, ballots())
        if len(past.committed) < len(voters):
            self.bench.evm.mine(seconds=task.parameters.commit_window)
        self.meddle()
        for who in self.dice.sample(list(past.committed), len(past.committed)):
            if not self.is_careless() and task.can_act(who):
                task.reveal(who)
        if len(past.revealed) < len(past.committed):
            self.bench.evm.mine(seconds=task.parameters.reveal_window)

    def choose_ballots(self, past: Past) -> Callable[[], Ballot]:
        """What a voter of this round says: more or less what the others say."""
        dice = self.dice
        ranks = [rank for rank, _ in past.updates.values()]
        guilty = make_mask(rank for rank in ranks if self.chance(0.25))
        score, accord = dice.choice([1, 1, 1, -1]), dice.choice([0.5, 0.8, 0.95, 0.95, 1.0])

        def choose() -> Ballot:
            digest = DIGESTS[0] if self.chance(accord) else dice.choice(DIGESTS)
            sign = score if self.chance(accord) else -score
            against = guilty if self.chance(accord) else make_mask(rank for rank in ranks if self.chance(0.5))
            return Ballot(digest, sign, against, dice.randrange(2**32), dice.randrange(2**32))

        return choose

    def is_careless(self) -> bool:
        return self.chance(self.carelessness)

    # ── between the acts of a round ──

    def meddle(self) -> None:
        """Now and then somebody comes, goes, tops up, claims, withdraws, reports others or names an operator."""
        for share, act in (
            (0.06, self.come),
            (0.04, self.go),
            (0.08, self.top_up),
            (0.12, self.claim),
            (0.06, self.withdraw),
            (0.25, self.report),
            (0.04, self.name_operator),
        ):
            if self.chance(share):
                act()

    def come(self) -> None:
        able = [who for who in self.bench.people if self.task.can_join(who)]
        if able and len(self.task.members) < self.task.parameters.max_participants and not self.task.is_completed:
            who = self.dice.choice(able)
            self.task.join(who, self.choose_stake(who))

    def go(self) -> None:
        if len(self.task.members) > 3:
            self.task.leave(self.dice.choice(self.task.members))

    def top_up(self) -> None:
        if not self.task.members or self.task.is_completed:
            return
        task, who = self.task, self.dice.choice(self.task.members)
        account, dues = task.preview(who, task.current - 1, task.current)
        if sum(due.penalty for due in dues.values()):
            return  # may put it out of the list, and then there is nothing to top up
        amount = self.dice.choice([1, task.parameters.min_stake, self.choose_stake(who)])
        most = task.parameters.max_stake
        if most and account.stake + account.top_up + amount > most:
            assert "StakeTooLarge" in task.refuses(who, "topUp", amount)
        else:
            task.top_up(who, amount)

    def claim(self) -> None:
        if self.task.acted:
            self.task.claim(self.dice.choice(list(self.task.acted)))

    def withdraw(self) -> None:
        able = [who for who in self.task.accounts if self.task.can_withdraw(who)]
        if able and not self.task.is_completed:
            self.task.withdraw(self.dice.choice(able))

    def report(self) -> None:
        task = self.task
        if task.current > 1:
            round = self.dice.randrange(max(1, task.current - WINDOW - 2), task.current)
            accounts = self.dice.sample(list(task.accounts), self.dice.randrange(1, len(task.accounts) + 1))
            task.slash(self.dice.choice([task.bench.stranger, *task.accounts]), round, accounts)

    def name_operator(self) -> None:
        who = self.dice.choice(self.bench.people)
        self.task.name_operator(who, self.dice.choice([None, *(it for it in self.bench.people if it != who)]))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_rounds_agree_to_the_wei(batch: int) -> None:
    """R4, R5, R9, R14 – R20, R22, I1, I2, I8: see above. Another first block makes another seed of every draw."""
    dice = random.Random(batch)
    bench = Bench(accounts=11, first_block=1_000_000 * (batch + 1))
    played, faults, outcomes = 0, set(), set()
    while played < ROUNDS // BATCHES:
        player = Player(bench, dice)
        played += player.play()
        faults |= {due.fault for due in player.task.dues.values()}
        outcomes |= {past.settled.result.outcome for past in player.task.rounds.values() if past.settled}
    assert (faults, outcomes) == (set(Fault), set(Outcome) - {Outcome.NONE})
