"""One task twice: the compiled contracts in an EVM, and the Python twins beside them. Whatever is done is done to both, and
what the contracts announce must be what the twins expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from eth_account import Account as Key
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.deploying import Contracts, deploy_contracts
from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.evm import Evm, EvmRpc
from orchestrator.protocol.dues import Account, Due, Duty, Settled, apply_dues, compute_floor, compute_returned
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.payout import (
    Progress,
    Weighed,
    compute_result,
    compute_round_reward,
    compute_share,
    compute_slasher_share,
    compute_turnout,
)
from orchestrator.protocol.roles import compute_headcount, compute_role, rank_of
from orchestrator.protocol.types import Ballot, Fault, Outcome, Role, compute_commitment
from orchestrator.protocol.verdicts import compute_unit

SALT = b"s" * 32
FORTUNE = 2**100
"""What everybody has of the token."""


class Bench:
    """A chain with the contracts, and accounts that own tokens. The last is nobody's member: it makes tasks and reports."""

    def __init__(self, accounts: int, first_block: int) -> None:
        self.evm = Evm(first_block=first_block)
        keys: list[LocalAccount] = [Key.from_key(number.to_bytes(32, "big")) for number in range(1, accounts + 1)]
        self.rpcs = {str(key.address): EvmRpc(self.evm, key) for key in keys}
        *self.people, self.stranger = self.rpcs
        self.contracts: Contracts = deploy_contracts(self.rpcs[self.stranger])
        self.token = self.rpcs[self.stranger].contract("TestToken", self.contracts.token)
        for account, rpc in self.rpcs.items():
            rpc.send(self.token.functions.mint(account, FORTUNE))

    def make_task(self, parameters: Parameters) -> TwinTask:
        """A task whose creator is the stranger."""
        manager = TaskManager(self.rpcs[self.stranger], self.contracts.manager)
        task = manager.create_task(parameters)
        for rpc in self.rpcs.values():
            rpc.send(self.token.functions.approve(task, 2**256 - 1))
        return TwinTask(self, TaskReader(self.rpcs[self.stranger], task, self.contracts.lens))


@dataclass
class Past:
    """One round, as the twins know it."""

    members: list[str]
    """Those drawn from, by position."""
    seed: int = 0
    headcount: tuple[int, int] = (0, 0)
    updates: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Rank and weight."""
    committed: dict[str, Ballot] = field(default_factory=dict)
    revealed: dict[str, Weighed] = field(default_factory=dict)
    settled: Settled | None = None

    @cached_property
    def ranks(self) -> dict[str, int]:
        return {who: rank_of(self.seed, len(self.members), position) for position, who in enumerate(self.members)}

    def role(self, who: str) -> Role:
        return compute_role(self.ranks[who], *self.headcount) if who in self.ranks else Role.NONE

    def list_with(self, role: Role) -> list[str]:
        return [who for who in self.members if self.role(who) is role]

    def duty(self, who: str) -> Duty:
        role = self.role(who)
        if role is Role.VOTER:
            weighed = self.revealed.get(who)
            return Duty(role, ballot=weighed and weighed.ballot) if self.updates else Duty(Role.NONE)
        rank, _ = self.updates.get(who, (0, 0))
        return Duty(role, rank=rank, has_submitted=who in self.updates)


class TwinTask:
    """Acts that the contract must allow, done to both. `refuses` asks whether it refuses one."""

    def __init__(self, bench: Bench, reader: TaskReader) -> None:
        self.bench, self.reader, self.parameters = bench, reader, reader.parameters
        self.task = reader.contract
        self.unit = compute_unit(self.parameters.min_stake)
        self.first_block = bench.evm.number
        self.progress, self.pool = Progress(), 0
        self.accounts: dict[str, Account] = {}
        self.operators: dict[str, str] = {}
        self.members: list[str] = []
        self.rounds: dict[int, Past] = {}
        self.is_anchored = False
        self.left_from: dict[str, int] = {}
        self.exit_at: dict[str, int] = {}
        self.acted: dict[str, int] = {}
        self.dues: dict[tuple[int, str], Due] = {}
        """All that have been applied."""
        self.entered = self.taken = 0
        self.expected: list[tuple[Any, ...]] = []
        """What the act in hand must announce of dues."""

    # ── both sides ──

    def send(self, sender: str, name: str, *values: Any) -> list[Any]:
        """Do it, with all that the contract announces of dues being as expected; the events."""
        rpc = self.bench.rpcs[sender]
        events = rpc.read_events(self.task, rpc.send(getattr(self.task.functions, name)(*values)))
        told = [(event["event"], *event["args"].values()) for event in events if event["event"] in ("ShareReturned", "Slashed")]
        assert told == self.expected
        self.expected = []
        return events

    def refuses(self, sender: str, name: str, *values: Any) -> str:
        """What the contract says against it."""
        try:
            self.bench.rpcs[sender].call(getattr(self.task.functions, name)(*values))
        except Exception as refused:  # of any family
            return str(refused)
        return ""

    def actor(self, who: str) -> str:
        """Who acts for it."""
        return self.operators.get(who, who)

    @property
    def current(self) -> int:
        return self.progress.round

    @property
    def open_round(self) -> int:
        return self.current + 1 if self.is_anchored else self.current

    @property
    def is_completed(self) -> bool:
        return self.progress.is_completed(self.parameters.rounds, self.parameters.patience)

    # ── dues ──

    def part_in(self, who: str) -> Callable[[int], tuple[Settled, Duty]]:
        def tell(round: int) -> tuple[Settled, Duty]:
            settled = self.rounds[round].settled
            assert settled is not None
            return settled, self.rounds[round].duty(who)

        return tell

    def preview(self, who: str, through: int, current: int) -> tuple[Account, dict[int, Due]]:
        account = self.accounts.get(who, Account())
        return apply_dues(account, self.part_in(who), through=through, current=current, parameters=self.parameters)

    def apply(self, who: str, through: int, current: int | None = None, slasher: str | None = None) -> int:
        """The sum of the penalties."""
        account, dues = self.preview(who, through, current or self.current)
        self.accounts[who] = account
        slashed = 0
        for round, due in dues.items():
            self.dues[round, who] = due
            is_reported = slasher not in (None, who)
            self.pool += compute_returned(due, self.parameters, is_reported=is_reported)
            if due.returned:
                self.expected.append(("ShareReturned", round, who, due.returned))
            if due.penalty:
                share = compute_slasher_share(due.penalty, self.parameters.slasher_bps) if is_reported else 0
                told = (round, who, due.fault, due.penalty, slasher or "0x" + "00" * 20, share)
                self.expected.append(("Slashed", *told))
                if slasher and share:
                    its = self.accounts.get(slasher, Account())
                    self.accounts[slasher] = replace(its, rewards=its.rewards + share)
            slashed += due.penalty
        if slashed and account.stake < compute_floor(self.parameters) and who in self.members:
            self._leave(who)
        return slashed

    # ── members ──

    def fund(self, amount: int) -> None:
        self.pool, self.entered = self.pool + amount, self.entered + amount
        self.send(self.bench.stranger, "fund", amount)

    def can_join(self, who: str) -> bool:
        account = self.accounts.get(who, Account())
        is_in_draw = self.is_anchored and who in self.rounds[self.current].members
        return who not in self.members and not is_in_draw and account.stake + account.top_up == 0

    def join(self, who: str, stake: int) -> None:
        before = self.accounts.get(who, Account())
        self.accounts[who] = replace(before, stake=stake, resolved=self.open_round - 1)
        self.members.append(who)
        self.entered += stake
        if not self.is_anchored:
            self._anchor()
        self.send(who, "join", stake, [])

    def top_up(self, who: str, amount: int) -> None:
        self.apply(who, self.current - 1)
        account = self.accounts[who]
        self.accounts[who] = replace(account, top_up=account.top_up + amount, top_up_from=self.open_round)
        self.entered += amount
        self.send(who, "topUp", amount)

    def leave(self, who: str) -> None:
        self._leave(who)
        self.send(who, "leaveTask")

    def _leave(self, who: str) -> None:
        position, last = self.members.index(who), self.members.pop()
        if last != who:
            self.members[position] = last
        self.left_from[who] = self.open_round
        self.exit_at[who] = self.bench.evm.timestamp + self.parameters.exit_delay

    def can_withdraw(self, who: str) -> bool:
        if who in self.members or self.current < self.left_from.get(who, 2**16):
            return False
        return self.bench.evm.timestamp >= self.exit_at[who] and sum(self.worth(who)) > 0

    def worth(self, who: str) -> tuple[int, int]:
        """Stake and rewards with all dues applied."""
        account, _ = self.preview(who, self.current - 1, self.current)
        return account.stake + account.top_up, account.rewards

    def withdraw(self, who: str) -> None:
        stake, rewards = self.worth(who)
        self.apply(who, self.current - 1)
        self.accounts[who] = replace(self.accounts[who], stake=0, top_up=0, rewards=0)
        self.taken += stake + rewards
        told = self.send(self.actor(who), "withdraw", who, who)[-1]["args"]
        assert (told["account"], told["to"], told["stake"], told["rewards"]) == (who, who, stake, rewards)

    def claim(self, who: str) -> None:
        acted = self.acted[who]
        if acted < self.current:
            account, _ = self.preview(who, acted, acted)
        else:
            account = self.accounts[who]
        if account.rewards == 0:
            assert "Nothing" in self.refuses(who, "claim", who, who)
            return
        if acted < self.current:
            self.apply(who, acted, acted)
        rewards = self.accounts[who].rewards
        self.accounts[who] = replace(self.accounts[who], rewards=0)
        self.taken += rewards
        assert self.send(self.actor(who), "claim", who, who)[-1]["args"]["amount"] == rewards

    def name_operator(self, who: str, operator: str | None) -> None:
        self.operators.pop(who, None)
        if operator:
            self.operators[who] = operator
        self.send(who, "setOperator", operator or "0x" + "00" * 20)

    def slash(self, slasher: str, round: int, accounts: list[str]) -> None:
        found = sum(due.penalty for who in set(accounts) for due in self.preview(who, round, self.current)[1].values())
        if not found:
            assert "Nothing" in self.refuses(slasher, "slash", round, accounts)
            return
        for who in accounts:
            self.apply(who, round, slasher=slasher)
        self.send(slasher, "slash", round, accounts)

    # ── a round ──

    def _anchor(self) -> None:
        if len(self.members) >= (self.parameters.min_participants if self.current == 1 else 4):
            self.is_anchored = True
            self.rounds[self.current] = Past(list(self.members))

    def draw(self) -> Past:
        self.bench.evm.mine(3)
        past = self.rounds[self.current]
        past.headcount = compute_headcount(self.parameters.proposers, self.parameters.voters, len(past.members))
        told = self.send(self.bench.stranger, "draw")[0]["args"]
        assert (told["round"], told["memberCount"]) == (self.current, len(past.members))
        past.seed = int.from_bytes(told["seed"], "big")
        return past

    def can_act(self, who: str) -> bool:
        return self.preview(who, self.current - 1, self.current)[0].stake > 0

    def submit(self, who: str, digest: bytes) -> None:
        past = self.rounds[self.current]
        self.apply(who, self.current - 1)
        self.acted[who] = self.current
        rank, weight = past.updates[who] = past.ranks[who], self.accounts[who].stake
        told = self.send(self.actor(who), "submitUpdate", who, digest)[-1]["args"]
        assert tuple(told.values()) == (self.current, who, digest, rank, weight)

    def commit(self, who: str, ballot: Ballot) -> None:
        where = dict(chain_id=self.reader.rpc.chain_id, task=self.task.address, round=self.current, voter=who)
        self.rounds[self.current].committed[who] = ballot
        self.send(self.actor(who), "commitVote", who, compute_commitment(ballot, SALT, **where))

    def reveal(self, who: str) -> None:
        past = self.rounds[self.current]
        ballot = past.committed[who]
        self.apply(who, self.current - 1)
        self.acted[who] = self.current
        past.revealed[who] = Weighed(ballot, self.accounts[who].stake)
        values = (ballot.aggregate, ballot.score, ballot.against, ballot.loss_before, ballot.loss_after)
        self.send(self.actor(who), "revealVote", who, *values, SALT)

    def settle(self) -> Outcome:
        past, parameters = self.rounds[self.current], self.parameters
        revealed = list(past.revealed.values())
        result = compute_result(revealed, voters=past.headcount[1], quorum_bps=parameters.quorum_bps, unit=self.unit)
        reward = 0
        if result.outcome is not Outcome.VOID:
            reward = compute_round_reward(self.pool, parameters.rounds, self.progress.decided)
        turnout = compute_turnout((weight for _, weight in past.updates.values()), (it.weight for it in revealed))
        past.settled = Settled(result, reward, turnout, len(past.updates))
        expected = (self.current, result.outcome, result.winner or bytes(32), result.weight_for, result.weight_against)
        told = self.send(self.bench.stranger, "settle")[0]["args"]
        assert tuple(told.values()) == (*expected, reward, turnout, result.condemned)
        self.pool -= reward
        self.progress, self.is_anchored = self.progress.settle(result.outcome), False
        if not self.is_completed:
            self._anchor()
        return result.outcome

    # ── what is seen ──

    def check_views(self) -> None:
        """The lens sees every account, and the task, as the twins do (R22: and what each will owe)."""
        seen = self.reader.read_view(self.bench.stranger)
        assert (seen.round, seen.decided, seen.rejected_in_row) == (
            self.progress.round,
            self.progress.decided,
            self.progress.rejected_in_row,
        )
        assert (seen.pool, seen.member_count) == (self.pool, len(self.members))
        for who, account in self.accounts.items():
            view = self.reader.read_view(who)
            told = (view.stake, view.topped_up, view.rewards, view.is_member, view.operator)
            operator = self.operators.get(who, "0x" + "00" * 20)
            assert told == (account.stake, account.top_up, account.rewards, who in self.members, operator)

    def check_dues(self, round: int) -> None:
        """What the lens tells of a settled round's dues, to the wei."""
        accounts = list(self.accounts)
        lens = self.reader.rpc.contract("TaskLens", self.bench.contracts.lens)
        told = self.reader.rpc.call(lens.functions.dues(self.task.address, round, accounts))
        for who, due in zip(accounts, told, strict=True):
            expected = self.preview(who, round, self.current)[1].get(round, Due())
            assert tuple(due) == (expected.fault, expected.penalty, expected.share, expected.earned)

    def read_ledger(self) -> Ledger:
        """From the events alone."""
        ledger = Ledger(self.parameters)
        for page in History(self.reader.rpc, self.reader, first=self.first_block).read_new():
            for happened in page:
                ledger.apply(happened)
        return ledger

    def check_ledger(self) -> None:
        """R22: all that the twins know follows from the events."""
        ledger = self.read_ledger()
        assert (ledger.pool, ledger.progress) == (self.pool, self.progress)
        assert (ledger.paid_in, ledger.paid_out) == (self.entered, self.taken)
        for (round, who), due in self.dues.items():
            assert ledger.rounds[round].dues[who] == due
            assert ledger.rounds[round].faults.get(who, Fault.NONE) == (due.fault if due.penalty else Fault.NONE)
        for who, account in self.accounts.items():
            if it := ledger.participants.get(who):
                assert it.at_stake == account.stake + account.top_up
                if it.resolved == account.resolved and not self._has_silent_due(who):
                    assert it.strikes == account.strikes
        for round, past in self.rounds.items():
            if past.settled:
                self._check_round(ledger, round, past.settled)

    def _has_silent_due(self, who: str) -> bool:
        """A fault that cost nothing is in no event, so the ledger may think that it was forgiven."""
        return any(due.fault and not due.penalty for (_, account), due in self.dues.items() if account == who)

    def _check_round(self, ledger: Ledger, number: int, settled: Settled) -> None:
        round = ledger.rounds[number]
        assert (round.result, round.reward, round.turnout) == (settled.result, settled.reward, settled.turnout)
        shares = [compute_share(settled.reward, round.weights[who], settled.turnout) for who in round.weights if settled.reward]
        assert sum(shares) <= settled.reward
        earning = [who for who, due in round.dues.items() if due.earned]
        assert set(earning) <= set(round.list_good())

    def end(self) -> None:
        """Everybody takes what is theirs, the creator the rest; nothing but the dust of rounding stays (I1, I2, I8)."""
        self.bench.evm.mine(seconds=self.parameters.exit_delay + self.parameters.stall_timeout + 4_000)
        if not self.is_completed:
            self.send(self.bench.stranger, "close")
        ruined = [who for who in self.accounts if not sum(self.worth(who))]
        if self.current > 1:  # what they lost is in the pool only when somebody reports it
            self.slash(self.bench.stranger, self.current - 1, ruined)
        for who in list(self.accounts):
            if sum(self.worth(who)):
                self.withdraw(who)
        if self.pool:
            rest, self.pool = self.pool, 0
            self.taken += rest
            assert self.send(self.bench.stranger, "refund")[-1]["args"]["amount"] == rest
        left = self.reader.rpc.call(self.bench.token.functions.balanceOf(self.task.address))
        assert left == self.entered - self.taken
        assert 0 <= left <= sum(len(past.updates) + len(past.revealed) for past in self.rounds.values())
