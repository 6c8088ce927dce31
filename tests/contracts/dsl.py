"""A small language for telling what happens to a task. The contracts, the token and the chain behind it are the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from orchestrator.protocol.types import Phase, Role
from tests.contracts import wire

STAR = 10**18
SALT = b"\x05" * 32
GOOD, BAD = b"\x11" * 32, b"\x22" * 32
"""Two aggregates to vote on."""
Ballot = tuple[bytes, int, int, int, int, bytes]
"""Aggregate, score, against, both losses, salt."""

DEFAULTS: dict[str, Any] = dict(
    definition=b"\x01" * 32,
    initialModel=b"\x02" * 32,
    admitted=bytes(32),
    minStake=STAR,
    maxStake=0,
    rounds=10,
    minParticipants=5,
    maxParticipants=20,
    proposers=2,
    voters=0,
    quorumBps=5_000,
    floorBps=5_000,
    faultBps=500,
    condemnedBps=2_000,
    slasherBps=1_000,
    patience=0,
    trainWindow=1_000,
    commitWindow=1_000,
    revealWindow=1_000,
    exitDelay=2_000,
    stallTimeout=10_000,
)


@dataclass(frozen=True)
class Bench:
    """What every task here is made with."""

    lens: Any
    manager: Any
    token: Any
    beacon: Any
    tasks: Any
    people: list[Any]

    def parameters(self, **changes: Any) -> tuple[Any, ...]:
        """A task's parameters in the order of the ABI."""
        values = DEFAULTS | dict(token=self.token, beacon=self.beacon) | changes
        fields = self.manager.createTask.abi["inputs"][0]["components"]
        assert not changes.keys() - {field["name"] for field in fields}
        return tuple(values[field["name"]] for field in fields)

    def make_task(self, creator: Any = None, *, pool: int = 0, members: int = 0, **changes: Any) -> Play:
        """A new task, with so much in its pool and so many members, who are all in the first draw."""
        creator = creator or self.people[0]
        changes = {"minParticipants": max(4, members)} | changes
        changes = {"proposers": min(DEFAULTS["proposers"], (changes["minParticipants"] - 1) // 2)} | changes
        made = self.manager.createTask(self.parameters(**changes), {"from": creator})
        play = Play(self, self.tasks.at(made.events["TaskCreated"]["task"]), creator, DEFAULTS | changes)
        if pool:
            play.fund(pool)
        play.enrol(members)
        return play


class Play:
    """One task and those who take part in it."""

    def __init__(self, bench: Bench, task: Any, creator: Any, settings: dict[str, Any]) -> None:
        self.bench, self.task, self.creator, self.settings = bench, task, creator, settings
        self.token, self.lens = bench.token, bench.lens
        self.members: list[Any] = []
        self.ballots: dict[Any, Ballot] = {}

    def copy(self) -> Play:
        """For a test of its own, from here on."""
        other = Play(self.bench, self.task, self.creator, self.settings)
        other.members, other.ballots = list(self.members), dict(self.ballots)
        return other

    # ── tokens ──

    def give(self, account: Any, amount: int) -> None:
        """Tokens in hand, and the task allowed to take them."""
        self.token.mint(account, amount, {"from": account})
        self.token.approve(self.task, 2**256 - 1, {"from": account})

    def fund(self, amount: int, account: Any = None) -> Any:
        account = account or self.creator
        self.give(account, amount)
        return self.task.fund(amount, {"from": account})

    def balance(self, account: Any = None) -> int:
        return self.token.balanceOf(account or self.task)

    def _do(self, account: Any, contract: Any, method: str, *values: Any) -> None:
        """What a test takes for granted, without Brownie's ceremony."""
        error, _ = wire.send(account, contract, method, *values)
        assert error is None, error

    # ── members ──

    def enrol(self, count: int, stake: int = 10 * STAR) -> None:
        """So many more of the people join; the creator is none of them."""
        first = len(self.members) + 1
        for account in self.bench.people[first : first + count]:
            self._do(account, self.token, "mint", account, stake)
            self._do(account, self.token, "approve", self.task, 2**256 - 1)
            self._do(account, self.task, "join", stake, [])
            self.members.append(account)

    def join(self, account: Any, stake: int = 10 * STAR) -> Any:
        self.give(account, stake)
        joined = self.task.join(stake, [], {"from": account})
        if account not in self.members:
            self.members.append(account)
        return joined

    def top_up(self, account: Any, amount: int) -> Any:
        self.give(account, amount)
        return self.task.topUp(amount, {"from": account})

    # ── time ──

    def sleep(self, seconds: int) -> None:
        wire.ask("evm_increaseTime", seconds)
        wire.ask("evm_mine")

    def mine_to_anchor(self) -> None:
        """Until the anchor's hash can be read: a call sees the number of the latest block."""
        for _ in range(self.view().anchor + 1 - wire.height()):
            wire.ask("evm_mine")

    # ── a round ──

    def draw(self) -> Any:
        self.mine_to_anchor()
        return self.task.draw({"from": self.creator})

    def view(self, account: Any = None) -> Any:
        return View(self.lens, wire.read(self.lens, "roundView", self.task, account or self.creator)[0])

    def having(self, role: Role) -> list[Any]:
        """The members that have this role in the round in progress."""
        number = self.view().round
        return [account for account in self.members if wire.read(self.lens, "roleOf", self.task, account, number)[0] == role]

    def pool(self) -> int:
        """What is left to reward."""
        return int(self.view().pool)

    @property
    def proposers(self) -> list[Any]:
        return self.having(Role.PROPOSER)

    @property
    def voters(self) -> list[Any]:
        return self.having(Role.VOTER)

    @property
    def phase(self) -> Phase:
        return Phase(wire.read(self.task, "phase")[0])

    def rank(self, account: Any) -> int:
        """Of a member in the round in progress."""
        return int(self.view(account).rank)

    def bits(self, *accounts: Any) -> int:
        """What a ballot against these proposers of the round in progress says."""
        return sum(1 << self.rank(account) for account in accounts)

    def submit(self, account: Any, digest: bytes | None = None, sender: Any = None) -> Any:
        return self.task.submitUpdate(account, digest or digest_of(account), {"from": sender or account})

    def commit(
        self,
        account: Any,
        aggregate: bytes = GOOD,
        score: int = 1,
        against: int = 0,
        number: int | None = None,
        sender: Any = None,
    ) -> Any:
        """Hide a vote, and keep it for `reveal`."""
        ballot = self.ballots[account] = ballot_of(aggregate, score, against)
        commitment = self.task.commitmentOf(number or self.view().round, account, *ballot)
        return self.task.commitVote(account, commitment, {"from": sender or account})

    def reveal(self, account: Any, sender: Any = None) -> Any:
        return self.task.revealVote(account, *self.ballots[account], {"from": sender or account})

    def settle(self) -> Any:
        return self.task.settle({"from": self.creator})

    def train(self, absent: tuple[Any, ...] = ()) -> None:
        """All proposers submit, but for the absent; Committing or Settling then begins."""
        for account in self.proposers:
            if account not in absent:
                self._do(account, self.task, "submitUpdate", account, digest_of(account))
        if absent:
            self.sleep(self.settings["trainWindow"])

    def vote(self, ballots: dict[Any, tuple[Any, ...]], hidden: tuple[Any, ...] = ()) -> None:
        """These voters commit (aggregate, score and whom they accuse, if anybody) and reveal, but for those who keep it hidden.
        If others are missing, Revealing begins when the window is over."""
        number = self.view().round
        for account, vote in ballots.items():
            ballot = self.ballots[account] = ballot_of(*vote)
            commitment = wire.read(self.task, "commitmentOf", number, account, *ballot)[0]
            self._do(account, self.task, "commitVote", account, commitment)
        if self.phase == Phase.COMMITTING:
            self.sleep(self.settings["commitWindow"])
        for account in ballots:
            if account not in hidden:
                self._do(account, self.task, "revealVote", account, *self.ballots[account])
        if hidden:
            self.sleep(self.settings["revealWindow"])

    def vote_alike(self, aggregate: bytes = GOOD, score: int = 1, against: int = 0) -> None:
        """All voters of the round agree."""
        self.vote(dict.fromkeys(self.voters, (aggregate, score, against)))

    def play_round(self, score: int = 1, *, absent: tuple[Any, ...] = ()) -> Any:
        """A whole round in which all that are not absent vote alike."""
        self.mine_to_anchor()
        self._do(self.creator, self.task, "draw")
        self.train(absent)
        self.vote({account: (GOOD, score) for account in self.voters if account not in absent})
        return self.settle()

    def draw_with(self, *, proposing: tuple[Any, ...] = (), voting: tuple[Any, ...] = ()) -> None:
        """A draw in which these members have these roles: another time of the anchor's block makes another hash."""
        assert wire.height() < self.view().anchor, "the anchor is known already"
        mark = wire.mark()
        for seconds in count(1):
            wire.ask("evm_increaseTime", seconds)
            self.draw()
            if set(proposing) <= set(self.proposers) and set(voting) <= set(self.voters):
                return
            wire.rewind(mark)
            mark = wire.mark()

    # ── accounts of it ──

    def empty(self, accounts: list[Any] | None = None) -> None:
        """Everybody takes what is theirs; what is left of the pool goes to the creator."""
        for account in accounts or self.members:
            self._do(account, self.task, "withdraw", account, account)
        if self.pool():
            self.task.refund({"from": self.creator})


class View:
    """A `RoundView` by the names of its fields."""

    def __init__(self, lens: Any, values: tuple[Any, ...]) -> None:
        names = [part["name"] for part in lens.roundView.abi["outputs"][0]["components"]]
        self.__dict__.update(zip(names, values, strict=True))
        self.phase, self.role = Phase(self.phase), Role(self.role)


def ballot_of(aggregate: bytes, score: int = 1, against: int = 0) -> Ballot:
    """With losses and salt, as the acts take it."""
    return (aggregate, score, against, 2_000, 1_000, SALT)


def digest_of(account: Any) -> bytes:
    """An update's digest that nobody else's update has."""
    return bytes.fromhex(str(account)[2:]).rjust(32, b"\x07")


def at_time(timestamp: int) -> None:
    """The next block's time, to the second."""
    wire.ask("evm_setNextBlockTimestamp", timestamp)
