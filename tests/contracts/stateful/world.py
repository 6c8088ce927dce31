"""A task on the chain and its model side by side: each act is done to both, and both must say the same."""

from __future__ import annotations

from typing import Any

from eth_utils import to_checksum_address

from orchestrator.adapters.chain.abi import to_snake
from orchestrator.protocol.types import Phase, Role
from tests.books import Ballot, Model, Refused
from tests.contracts import wire
from tests.contracts.dsl import DEFAULTS, SALT, Bench, digest_of

AGGREGATES = [bytes([byte]) * 32 for byte in (0x11, 0x22, 0x33)]
HAND = 10**24
"""What everybody has in tokens at the start."""


class World:
    """`people[0]` creates the task; the others come and go."""

    def __init__(self, bench: Bench, crowd: Any, **settings: Any) -> None:
        self.bench, self.crowd, self.settings = bench, crowd, DEFAULTS | settings
        made = bench.manager.createTask(bench.parameters(**settings), {"from": bench.people[0]})
        self.task = bench.tasks.at(made.events["TaskCreated"]["task"])
        self.people = [str(account) for account in bench.people[:9]]
        for account in self.people:
            wire.send(account, bench.token, "mint", account, HAND)
            wire.send(account, bench.token, "approve", self.task, 2**256 - 1)
        self.model = Model(self.settings, self.people[0], made.timestamp)
        self.secrets: dict[tuple[str, int], Ballot] = {}
        self.fields = [to_snake(part["name"]) for part in bench.lens.roundView.abi["outputs"][0]["components"]]

    # ── acts ──

    def do(self, who: str, act: str, method: str, values: tuple[Any, ...], told: tuple[Any, ...]) -> str | None:
        """Send `method` and tell the model; the error, if both agree on it."""
        self.model.now, self.model.block = wire.now() + 1, wire.height() + 1
        error, receipt = wire.send(who, self.task, method, *values, time=self.model.now)
        if act == "draw":
            told = (wire.seed_in(receipt),)
        try:
            getattr(self.model, act)(*told)
        except Refused as refused:
            assert error == str(refused), f"{method}: the chain says {error}, the model {refused}"
            return error
        assert error is None, f"{method}: the chain says {error}, the model allows it"
        return None

    def join(self, who: str, amount: int) -> str | None:
        return self.do(who, "join", "join", (amount, []), (who, amount))

    def top_up(self, who: str, amount: int) -> str | None:
        return self.do(who, "top_up", "topUp", (amount,), (who, amount))

    def leave(self, who: str) -> str | None:
        return self.do(who, "leave", "leaveTask", (), (who,))

    def withdraw(self, who: str, sender: str | None = None, to: str | None = None) -> str | None:
        sender, to = sender or who, to or who
        return self.do(sender, "withdraw", "withdraw", (who, to), (who, sender, to))

    def claim(self, who: str, sender: str | None = None, to: str | None = None) -> str | None:
        sender, to = sender or who, to or who
        return self.do(sender, "claim", "claim", (who, to), (who, sender, to))

    def set_operator(self, who: str, operator: str) -> str | None:
        return self.do(who, "set_operator", "setOperator", (operator,), (who, operator))

    def slash(self, who: str, round: int, accounts: list[str]) -> str | None:
        return self.do(who, "slash", "slash", (round, accounts), (who, round, accounts))

    def fund(self, who: str, amount: int) -> str | None:
        return self.do(who, "fund", "fund", (amount,), (amount,))

    def draw(self, who: str) -> str | None:
        return self.do(who, "draw", "draw", (), ())

    def sender_for(self, who: str) -> str:
        """The operator, if there is one: so both ways of acting are gone."""
        return self.model.person(who).operator or who

    def submit(self, who: str, sender: str | None = None) -> str | None:
        sender, digest = sender or self.sender_for(who), digest_of(who)
        return self.do(sender, "submit", "submitUpdate", (who, digest), (who, digest, sender))

    def commit(self, who: str, aggregate: int, score: int, against: int = 0, sender: str | None = None) -> str | None:
        sender, ballot = sender or self.sender_for(who), Ballot(AGGREGATES[aggregate], score, against)
        commitment = wire.read(self.task, "commitmentOf", self.model.round, who, *words_of(ballot))[0]
        error = self.do(sender, "commit", "commitVote", (who, commitment), (who, commitment, sender))
        if error is None:
            self.secrets[who, self.model.round] = ballot
        return error

    def reveal(self, who: str, ballot: Ballot | None = None, sender: str | None = None) -> str | None:
        sender, committed = sender or self.sender_for(who), self.secrets.get((who, self.model.round))
        shown = ballot or committed or Ballot(AGGREGATES[0], 1)
        values = (who, *words_of(shown))
        return self.do(sender, "reveal", "revealVote", values, (who, shown, shown == committed, sender))

    def settle(self, who: str) -> str | None:
        return self.do(who, "settle", "settle", (), ())

    def cancel(self, who: str) -> str | None:
        return self.do(who, "cancel", "cancel", (), (who,))

    def close(self, who: str) -> str | None:
        return self.do(who, "close", "close", (), ())

    def refund(self, who: str) -> str | None:
        return self.do(who, "refund", "refund", (), ())

    # ── time ──

    def mine(self, blocks: int) -> None:
        wire.mine(blocks)
        self.model.now = wire.now()

    def sleep(self, seconds: int) -> None:
        wire.ask("evm_setNextBlockTimestamp", wire.now() + seconds)
        self.mine(1)

    # ── a round in broad strokes ──

    def drawn(self, role: Role) -> list[str]:
        return [who for who in self.model.past.members if self.model.past.role(who) == role]

    def move_on(self, present: int, votes: list[tuple[int, int]]) -> None:
        """Whatever the phase needs: everybody whose bit is set in `present` acts, then time passes until the phase is over.

        `votes`: an aggregate and a score for each voter; the first and +1 where there is none."""
        phase = self.model.phase
        if phase == Phase.DRAWING:
            self.mine(max(1, self.model.anchor + 1 - wire.height()))
            self.draw(self.people[0])
        elif phase == Phase.TRAINING:
            self._all(self.drawn(Role.PROPOSER), present, self.submit)
            self._pass(phase, "trainWindow")
        elif phase == Phase.COMMITTING:
            for index, who in enumerate(self.drawn(Role.VOTER)):
                if present >> index & 1:
                    aggregate, score, against = votes[index] if index < len(votes) else (0, 1, 0)
                    self.commit(who, aggregate, score, against & self.model.past.submitted)
            self._pass(phase, "commitWindow")
        elif phase == Phase.REVEALING:
            self._all(self.drawn(Role.VOTER), present, self.reveal)
            self._pass(phase, "revealWindow")
        elif phase == Phase.SETTLING:
            self.settle(self.people[0])

    def _all(self, accounts: list[str], present: int, act: Any) -> None:
        for index, who in enumerate(accounts):
            if present >> index & 1:
                act(who)

    def _pass(self, phase: Phase, window: str) -> None:
        if self.model.phase == phase:
            self.sleep(self.settings[window])

    # ── the end ──

    def get_everybody_out(self) -> None:
        """I8: without the creator, the proposers or the store, from wherever the task is."""
        helper = self.people[-1]
        for who in self.people:
            self.leave(who)
        longest = sum(
            self.settings[name] for name in ("trainWindow", "commitWindow", "revealWindow", "stallTimeout", "exitDelay")
        )
        self.sleep(longest)
        self.settle(helper)
        for who in self.people:
            self.withdraw(who)
        self.sleep(longest)
        self.close(helper)
        for who in self.people:
            self.withdraw(who)
        self.slash(helper, self.model.round - 1, self.people)  # who lost everything had nothing to withdraw
        self.withdraw(helper)
        self.refund(helper)

    # ── comparison ──

    def views(self) -> list[dict[str, Any]]:
        found = wire.read(self.crowd, "views", self.bench.lens, self.task, self.people)[0]
        views = [dict(zip(self.fields, view, strict=True)) for view in found]
        return [view | {"operator": to_checksum_address(view["operator"])} for view in views]

    def balance(self) -> int:
        return int(wire.read(self.bench.token, "balanceOf", self.task)[0])

    def compare(self) -> None:
        """Everything that both know."""
        self.model.now = wire.now()
        views = self.views()
        for who, view in zip(self.people, views, strict=True):
            for name, value in self.model.view(who).items():
                assert view[name] == value, f"{name} of {who}: the chain says {view[name]}, the model {value}"
        self.check_money(views)

    def check_money(self, views: list[dict[str, Any]]) -> None:
        """I1, I2: to the wei, the balance is what everybody has, what everybody is owed, the pool, and dust."""
        balance = self.balance()
        assert balance == self.model.entered - self.model.left
        stakes = sum(view["stake"] + view["topped_up"] + view["rewards"] for view in views)
        # Dues that are not applied yet are still in stakes and in what is owed: applying them moves tokens and makes none.
        dust = balance - stakes - views[0]["pool"] - self.model.owed()
        assert dust >= 0, "the task owes more than it has"
        shared = sum(1 for past in self.model.rounds.values() if past.reward)
        assert dust <= shared * len(self.people), f"{dust} wei are nobody's"


def words_of(ballot: Ballot) -> tuple[Any, ...]:
    """As the acts take it."""
    return (ballot.aggregate, ballot.score, ballot.against, ballot.loss_before, ballot.loss_after, SALT)
