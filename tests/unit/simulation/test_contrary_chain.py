"""A contrary voter says the opposite of what it sees, and is the same in everything else."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.node import Node, Tick
from orchestrator.ports import Chain
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import Ballot, Fault, Role
from orchestrator.simulation.contrary_chain import ContraryChain
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeNotebook, FakeStorage, make_world

ACCOUNTS = [f"account {number}" for number in range(6)]
LIAR = ACCOUNTS[5]


def test_the_score_is_turned_round_wherever_a_ballot_goes() -> None:
    plain = FakeAccount(FakeChain(ACCOUNTS, 1), LIAR, lambda: None)
    said, seen = Ballot(b"\x01" * 32, 1, 0, 5, 4), Ballot(b"\x01" * 32, -1, 0, 5, 4)
    assert ContraryChain(plain).compute_commitment(1, seen) == plain.compute_commitment(1, said)
    assert ContraryChain(plain).compute_commitment(1, said) == plain.compute_commitment(1, replace(said, score=-1))


def test_all_accusations_are_turned_round_of_those_who_submitted() -> None:
    """R14: a bit of a proposer that submitted nothing would be refused."""
    shared = FakeChain(ACCOUNTS, 1)
    plain, *others = [FakeAccount(shared, account, lambda: None) for account in [LIAR, *ACCOUNTS[:5]]]
    while not plain.read_view().is_seed_ready:
        shared.tick()
    plain.draw()
    for one in [plain, *others]:
        if one.read_view().role is Role.PROPOSER:
            one.submit_update(b"u" * 32)
    submitted = plain.read_view().submitted
    assert submitted == 0b11
    contrary = ContraryChain(plain)
    contrary.read_view()
    for seen, said in ((0b00, 0b11), (0b01, 0b10), (0b11, 0b00)):
        commitment = contrary.compute_commitment(1, Ballot(b"\x01" * 32, 1, seen, 5, 4))
        assert commitment == plain.compute_commitment(1, Ballot(b"\x01" * 32, -1, said, 5, 4))


def test_a_liar_among_the_honest_reveals_what_it_committed_to_and_is_the_only_one_in_the_minority() -> None:
    """R19: it does every duty as the others do, but for what it says."""
    chain, storage = FakeChain(ACCOUNTS, 4), FakeStorage()

    def open_chain(account: str) -> Chain:
        honest = FakeAccount(chain, account, lambda: None)
        return ContraryChain(honest) if account == LIAR else honest

    nodes = [
        Node(make_world(open_chain(account), storage, secret=account.encode()), FakeNotebook(), Policy(turn_seconds=2))
        for account in ACCOUNTS
    ]
    for _ in range(5_000):
        nodes = [node for node in nodes if node.tick() is not Tick.STOPPED]
        chain.tick()
    assert not nodes and len(chain.outcomes) == 4
    assert {(account, fault) for _, account, fault in chain.faults} == {(LIAR, Fault.MINORITY)}
