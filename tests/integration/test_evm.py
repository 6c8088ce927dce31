"""Readers, acts and histories run on the chain in this process as on any other: a whole task, with an operator and liars."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account

from orchestrator.adapters.chain.deploying import Contracts, deploy_contracts, load_bytecode
from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.adapters.evm import CHAIN_ID, Evm, EvmRpc
from orchestrator.errors import ChainError, ConfigError, Fatal, LostRace
from orchestrator.protocol.events import Event, Slashed
from orchestrator.protocol.ledger import Ledger
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import NO_ACCOUNT, Ballot, Fault, Outcome, Phase, Role, RoundView

STAKE, POOL = 10**20, 10**21
WINNER = b"w" * 32
KEYS = [Account.from_key(bytes([number]) * 32) for number in range(1, 10)]


@dataclass
class Scene:
    """A task with seven members, the first of whom has named the last key its operator."""

    evm: Evm
    contracts: Contracts
    task: str
    creator: TaskActs
    members: list[TaskChain]

    def views(self) -> dict[TaskChain, RoundView]:
        return {member: member.read_view() for member in self.members}

    def having(self, role: Role) -> list[TaskChain]:
        return [member for member, view in self.views().items() if view.role is role]


@pytest.fixture
def scene() -> Scene:
    evm = Evm()
    creator = EvmRpc(evm, KEYS[0])
    contracts = deploy_contracts(creator)
    manager = TaskManager(creator, contracts.manager)
    assert manager.get_lens() == contracts.lens
    values = {"definition": b"d" * 32, "initial_model": b"m" * 32, "token": contracts.token, "beacon": contracts.beacon}
    task = manager.create_task(Parameters(**values, rounds=3, exit_delay=0))  # type: ignore[arg-type]
    manager.check_task(task)
    assert manager.list_tasks() == [task]
    token = creator.contract("TestToken", contracts.token)
    members = []
    for key in KEYS[1:8]:
        creator.send(token.functions.mint(key.address, STAKE))
        member = TaskChain(EvmRpc(evm, key), task, contracts.lens)
        member.join(STAKE)
        members.append(member)
    creator.send(token.functions.mint(KEYS[0].address, POOL))
    acts = TaskActs(TaskReader(creator, task, contracts.lens))
    acts.fund(POOL)
    members[0].set_operator(KEYS[8].address)
    members[0] = TaskChain(EvmRpc(evm, KEYS[8]), task, contracts.lens, members[0].account)
    return Scene(evm, contracts, task, acts, members)


def play_round(scene: Scene, *, score: int = 1, against: int = 0, liar: TaskChain | None = None) -> None:
    """Everybody does its duty; the liar, if it votes, says the contrary and accuses nobody."""
    scene.evm.mine(3)
    scene.creator.draw()
    round = scene.creator.reader.read_view(NO_ACCOUNT).round
    for proposer in scene.having(Role.PROPOSER):
        proposer.submit_update(bytes([proposer.read_view().rank + 1]) * 32)
    ballot, lie = Ballot(WINNER, score, against, 2, 1), Ballot(WINNER, -score, 0, 2, 1)
    voters = scene.having(Role.VOTER)
    for voter in voters:
        voter.commit_vote(round, lie if voter is liar else ballot)
    for voter in voters:
        voter.reveal_vote(round, lie if voter is liar else ballot)
    scene.creator.settle()


def read_events(scene: Scene) -> tuple[Ledger, list[Event]]:
    ledger, events = Ledger(scene.creator.reader.parameters), []
    for page in History(scene.creator.reader.rpc, scene.creator.reader).read_new():
        for happened in page:
            assert scene.evm.block(happened.block)["timestamp"] == happened.timestamp
            ledger.apply(happened)
            events.append(happened.event)
    return ledger, events


def test_a_whole_task(scene: Scene) -> None:
    """R1 – R22: played by readers and acts as nodes use them; the events tell all of it, and all leave with what is theirs."""
    for round, against in enumerate((0b00, 0b01, 0b10), start=1):
        play_round(scene, against=against, liar=scene.members[3] if against else None)
        if guilty := scene.creator.reader.read_penalised(round):
            scene.creator.slash(round, guilty)
            assert scene.creator.reader.read_penalised(round) == []
    view = scene.creator.reader.read_view(NO_ACCOUNT)
    assert (view.phase, view.round, view.decided, view.global_model) == (Phase.COMPLETED, 4, 3, WINNER)
    rounds = read_events(scene)[0].rounds
    condemned = [rounds[number].list_condemned() for number in (1, 2, 3)]
    assert [len(its) for its in condemned] == [0, 1, 1]
    token = Token(scene.creator.reader.rpc, scene.contracts.token)
    for member in scene.members:
        member.withdraw()
    scene.creator.withdraw()  # what the reports earned
    scene.creator.refund()
    ledger, events = read_events(scene)
    slashed = [event for event in events if isinstance(event, Slashed) and event.fault is Fault.CONDEMNED]
    assert [[event.account] for event in slashed] == condemned[1:]
    assert all(ledger.rounds[event.round].faults[event.account] is Fault.CONDEMNED for event in slashed)
    assert all(round.outcome is Outcome.ACCEPTED for round in ledger.rounds.values())
    assert 0 <= token.balance(scene.task) == ledger.paid_in - ledger.paid_out <= 3 * 7
    assert ledger.pool == 0
    assert sum(token.balance(member.account) for member in scene.members) > 7 * STAKE


def test_updates_are_told_with_their_ranks(scene: Scene) -> None:
    """R14: the bit of an update in a ballot is its proposer's rank; the view counts the same ones."""
    scene.evm.mine(3)
    scene.creator.draw()
    proposers = scene.having(Role.PROPOSER)
    for proposer in proposers:
        proposer.submit_update(b"u" * 32)
    view = scene.creator.reader.read_view(NO_ACCOUNT)
    ranks = {member.account: member.read_view().rank for member in proposers}
    assert {update.proposer: update.rank for update in view.updates} == ranks
    assert view.submitted == 0b11 and view.phase is Phase.COMMITTING


def test_an_operator_acts_for_its_member_and_for_nobody_else(scene: Scene) -> None:
    """R6a: it submits, commits and reveals in the scene above; it cannot join, leave or send money elsewhere."""
    member = scene.members[0]
    assert member.account == KEYS[1].address and member.read_view().operator == KEYS[8].address
    play_round(scene)
    for act in (member.leave, lambda: member.top_up(1), lambda: member.join(1), lambda: member.set_operator(None)):
        with pytest.raises(Fatal, match="operator"):
            act()
    with pytest.raises(ChainError, match="WrongReceiver") as caught:
        member.claim(KEYS[8].address)
    assert "participant itself" in caught.value.hint
    other = TaskChain(EvmRpc(scene.evm, KEYS[8]), scene.task, scene.contracts.lens, KEYS[2].address)
    with pytest.raises(ChainError, match="NotOperator") as caught:
        other.claim()
    assert caught.value.hint
    before = Token(EvmRpc(scene.evm), scene.contracts.token).balance(member.account)
    member.claim()
    assert Token(EvmRpc(scene.evm), scene.contracts.token).balance(member.account) > before


def test_what_one_account_reveals_hides_nothing_of_another(scene: Scene) -> None:
    """Section 5, "Salt": an operator's salts differ by the accounts that it acts for."""
    first, second = (
        TaskChain(EvmRpc(scene.evm, KEYS[8]), scene.task, scene.contracts.lens, key.address) for key in (KEYS[1], KEYS[2])
    )
    assert first._salt(1) != second._salt(1)
    assert first._salt(1) != first._salt(2)


def test_refusals_are_told_as_by_an_endpoint(scene: Scene) -> None:
    """A lost race where the state has moved on, an error that says what to do where it has not."""
    with pytest.raises(LostRace, match=r"settle: WrongPhase\(expected=Settling, actual=Drawing\)"):
        scene.creator.settle()
    with pytest.raises(ChainError, match="NotMember") as caught:
        scene.creator.leave()
    assert caught.value.hint == "stake first"
    with pytest.raises(ChainError, match="there is no contract"):
        EvmRpc(scene.evm).contract("FLTask", KEYS[0].address)
    with pytest.raises(ConfigError):
        EvmRpc(scene.evm).contract("FLTask", "0x12")
    with pytest.raises(ChainError, match="is not a task"):
        TaskReader(EvmRpc(scene.evm), scene.contracts.token, scene.contracts.lens)
    with pytest.raises(ChainError, match="is no token"):
        Token(EvmRpc(scene.evm), scene.contracts.lens)
    with pytest.raises(Fatal, match="needs a key"):
        TaskActs(TaskReader(EvmRpc(scene.evm), scene.task, scene.contracts.lens)).settle()


def test_looking_changes_nothing_and_time_passes_only_by_mining(scene: Scene) -> None:
    rpc = EvmRpc(scene.evm, KEYS[1])
    token = rpc.contract("TestToken", scene.contracts.token)
    rpc.call(token.functions.mint(KEYS[1].address, 5))
    assert rpc.call(token.functions.balanceOf(KEYS[1].address)) == 0
    before = rpc.block()
    scene.evm.mine(2, seconds=10)
    after = rpc.block()
    assert (after["number"], after["timestamp"]) == (before["number"] + 2, before["timestamp"] + 20)
    assert rpc.block(before["number"]) == before and before["hash"] != after["hash"]
    assert (rpc.chain_id, scene.creator.reader.read_view(NO_ACCOUNT).block_number) == (CHAIN_ID, after["number"])
    with pytest.raises(ChainError, match="no block"):
        rpc.block(after["number"] + 1)
    assert rpc.balance(KEYS[1].address) and rpc.gas_price() == 0


def test_another_first_block_is_another_throw_of_the_dice() -> None:
    assert Evm(first_block=1).block(1)["hash"] == Evm(first_block=1).block(1)["hash"] != Evm(first_block=2).block(2)["hash"]


def test_what_is_not_compiled_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="FLTask is not compiled") as caught:
        load_bytecode("FLTask", tmp_path)
    assert "make compile" in caught.value.hint


def test_a_constructor_that_refuses_says_so() -> None:
    rpc = EvmRpc(Evm(), KEYS[0])
    with pytest.raises(ChainError, match="TaskManager"):
        rpc.deploy("TaskManager", "0x60006000fd", b"", NO_ACCOUNT)
