"""Nodes that die at any instruction: every round closes, and nothing is sent twice (section 5, "Node")."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from orchestrator.node import Node, Tick
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import Outcome
from tests.unit.node.fakes import FakeAccount, FakeChain, FakeNotebook, FakeStorage, Killed, make_world, sometimes

ACCOUNTS = [f"account {number}" for number in range(6)]
ROUNDS = 4


class Disk:
    """What a node keeps for itself."""

    def __init__(self, hazard) -> None:
        self.notebook, self.drafts = FakeNotebook(hazard), FakeStorage(hazard)


def build_node(chain: FakeChain, storage: FakeStorage, account: str, disk: Disk, hazard) -> Node:
    world = make_world(FakeAccount(chain, account, hazard), storage, secret=account.encode(), drafts=disk.drafts)
    return Node(world, disk.notebook, Policy(turn_seconds=2))


def run_until_over(chain: FakeChain, seed: int, probability: float, loses_notes: bool) -> None:
    dice = random.Random(seed)
    hazard = sometimes(dice, probability)
    storage = FakeStorage(hazard)
    disks = {account: Disk(hazard) for account in ACCOUNTS}
    running = set(ACCOUNTS)
    for _ in range(200_000):
        account = dice.choice(sorted(running))
        try:
            if build_node(chain, storage, account, disks[account], hazard).tick() is Tick.STOPPED:
                running.discard(account)
        except Killed:
            if loses_notes:
                disks[account] = Disk(hazard)
        if not running:
            return
        if dice.random() < 0.2:
            chain.tick()
    raise AssertionError("the task never came to an end")


@pytest.mark.parametrize("seed", range(12))
def test_every_round_is_accepted_although_nodes_die_before_and_after_every_effect(seed: int) -> None:
    """R14, I4: a node that is started again finishes what it had begun, and nothing is sent twice."""
    chain = FakeChain(ACCOUNTS, ROUNDS)
    run_until_over(chain, seed, probability=0.15, loses_notes=False)
    assert chain.outcomes == [Outcome.ACCEPTED] * ROUNDS
    assert max(Counter(chain.sent).values()) == 1
    assert not chain.slashed
    assert chain.withdrawn == set(ACCOUNTS)


@pytest.mark.parametrize("seed", range(12))
def test_a_node_that_loses_its_disk_in_every_crash_still_reveals(seed: int) -> None:
    """R14: ballot and salt can be made again, so even a lost notebook costs nobody its vote."""
    chain = FakeChain(ACCOUNTS, ROUNDS)
    run_until_over(chain, seed, probability=0.1, loses_notes=True)
    assert chain.outcomes == [Outcome.ACCEPTED] * ROUNDS
    assert max(Counter(chain.sent).values()) == 1
    assert not chain.slashed


def test_a_round_closes_although_a_proposer_and_a_voter_are_gone() -> None:
    """R12, R16, R19: one straggler does not stall the others, and pays for it."""
    chain = FakeChain(ACCOUNTS, ROUNDS)
    gone = ACCOUNTS[0]
    storage = FakeStorage()
    nodes = [build_node(chain, storage, account, Disk(lambda: None), lambda: None) for account in ACCOUNTS if account != gone]
    for _ in range(20_000):
        for node in nodes:
            node.tick()
        chain.tick()
        if len(chain.withdrawn) == len(nodes):
            break
    assert chain.outcomes == [Outcome.ACCEPTED] * ROUNDS
    assert chain.slashed == [(round, gone) for round in range(1, ROUNDS + 1)]


def test_as_a_rule_one_node_draws_and_one_settles() -> None:
    """R8, R16: the nodes take turns, so that the others do not send what would be refused."""
    chain = FakeChain(ACCOUNTS, ROUNDS)
    run_until_over(chain, 1, probability=0.0, loses_notes=False)
    acts = Counter(act for _, _, act in chain.sent)
    assert acts["draw"] == acts["settle"] == ROUNDS
