"""Bad endpoints before a real chain: a node goes on whatever they say, and does its next duty (N1, N4, N5)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from orchestrator.adapters.chain.bell import Bell
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.notebook import FileNotebook
from orchestrator.errors import ChainError, Transient
from orchestrator.node import Node
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.types import Phase
from tests.integration.bad_endpoint import FAULTS, LOG_BLOCKS, BadEndpoint, run_bad_endpoint, wait_until
from tests.integration.conftest import Anvil, Deployment
from tests.unit.node.fakes import FakeStorage, make_world

STAKE = 10**20
LASTING = ("goes back", "strips", "limits logs", "limits rate", "lags")
"""With these alone a node can do its duties; the others it outlasts."""


@pytest.fixture
def bad(anvil: Anvil) -> Iterator[BadEndpoint]:
    with run_bad_endpoint(anvil.url) as endpoint:
        yield endpoint


@pytest.fixture
def task(anvil: Anvil, deployment: Deployment) -> str:
    """Four members, and somebody must draw."""
    values = {"proposers": 1, "voters": 3, "min_participants": 4, "max_participants": 4, "min_stake": STAKE, "rounds": 9}
    task = deployment.create_task(Rpc(anvil.url, account=anvil.accounts[0]), values)
    with anvil.mining_at_once():
        for account in anvil.accounts[1:5]:
            rpc = Rpc(anvil.url, account=account)
            deployment.mint(Rpc(anvil.url, account=anvil.accounts[0]), account.address, STAKE)
            anvil.request("evm_setAutomine", True)
            TaskChain(rpc, task, deployment.lens).join(STAKE)
    return task


@contextmanager
def running(chain: TaskChain, folder: Path, told: list[tuple[str, dict[str, Any]]]) -> Iterator[Thread]:
    """A node of a member, without a bell that is heard."""
    ended = Event()
    world = make_world(chain, FakeStorage(), lambda event, **values: told.append((event, values)))
    node = Node(world, FileNotebook(folder / "notes.json"), Policy(turn_seconds=0))
    thread = Thread(target=node.run, args=(Bell(), ended.is_set), kwargs={"poll_seconds": 0.5}, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        thread.join(60)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_node_outlives_a_bad_endpoint_and_does_its_next_duty(
    fault: str, anvil: Anvil, deployment: Deployment, task: str, bad: BadEndpoint, tmp_path: Path
) -> None:
    """N1, N4, N5: with this endpoint alone; what cannot be lived with is over after some seconds."""
    told: list[tuple[str, dict[str, Any]]] = []
    rpc = Rpc(bad.url, account=anvil.accounts[1], log=lambda event, **values: told.append((event, values)))
    chain, direct = TaskChain(rpc, task, deployment.lens), TaskReader(Rpc(anvil.url), task, deployment.lens)
    bad.fault = fault
    with running(chain, tmp_path, told) as node:
        if fault not in LASTING:
            time.sleep(5)
            assert node.is_alive() and direct.read_view(chain.account).phase is Phase.DRAWING
            bad.fault = ""
            bad.released.set()
        assert wait_until(lambda: direct.read_view(chain.account).phase is Phase.TRAINING, 60), told
        assert node.is_alive()


@pytest.mark.parametrize("fault", FAULTS)
def test_where_one_endpoint_fails_another_is_asked(
    fault: str, anvil: Anvil, deployment: Deployment, task: str, bad: BadEndpoint, tmp_path: Path
) -> None:
    """N4: the first stays bad for ever."""
    told: list[tuple[str, dict[str, Any]]] = []
    urls = [bad.url, anvil.url]
    rpc = Rpc(urls, account=anvil.accounts[1], log=lambda event, **values: told.append((event, values)))
    chain, direct = TaskChain(rpc, task, deployment.lens), TaskReader(Rpc(anvil.url), task, deployment.lens)
    bad.fault = fault
    with running(chain, tmp_path, told) as node:
        assert wait_until(lambda: direct.read_view(chain.account).phase is Phase.TRAINING, 90), told
        assert node.is_alive()


def test_a_view_never_goes_back(anvil: Anvil, deployment: Deployment, task: str, bad: BadEndpoint) -> None:
    """N4: a backend one block behind must not make a node forget what it has done."""
    reader = TaskReader(Rpc(bad.url), task, deployment.lens)
    anvil.mine(3)
    before = reader.read_view(anvil.accounts[1].address).block_number
    bad.fault = "lags"
    with pytest.raises(Transient, match="longer already"):
        reader.read_view(anvil.accounts[1].address)
    anvil.mine(3)
    assert reader.read_view(anvil.accounts[1].address).block_number >= before
    both = TaskReader(Rpc([bad.url, anvil.url]), task, deployment.lens)
    bad.fault = ""
    before = both.read_view(anvil.accounts[1].address).block_number
    bad.fault = "lags"
    assert both.read_view(anvil.accounts[1].address).block_number >= before


def test_the_chain_is_asked_for_again_after_a_failure(
    anvil: Anvil, deployment: Deployment, task: str, bad: BadEndpoint
) -> None:
    """N4: what stands behind an address may become another chain."""
    with pytest.raises(ChainError, match="is chain 1, not chain 31337"):
        bad.fault = "other chain"
        Rpc(bad.url, chain_id=31337)
    bad.fault = ""
    reader = TaskReader(Rpc(bad.url), task, deployment.lens)
    bad.fault = "other chain"
    with pytest.raises(ChainError, match="something else"):
        reader.read_view(anvil.accounts[1].address)
    with pytest.raises(ChainError, match="is chain 1, not chain 31337"):
        reader.read_view(anvil.accounts[1].address)
    bad.fault = ""
    assert reader.read_view(anvil.accounts[1].address).phase is Phase.DRAWING


def test_the_range_of_events_is_halved_and_remembered(
    anvil: Anvil, deployment: Deployment, task: str, bad: BadEndpoint
) -> None:
    """N5: free plans answer for five blocks, and a voter must see the updates all the same."""
    anvil.mine(3)
    chains = [TaskChain(Rpc(anvil.url, account=account), task, deployment.lens) for account in anvil.accounts[1:5]]
    chains[0].draw()
    proposer = next(chain for chain in chains if chain.read_view().rank == 0)
    reader = TaskReader(Rpc(bad.url), task, deployment.lens)
    bad.fault = "limits logs"
    assert reader.read_view(proposer.account).updates == ()
    anvil.mine(7)
    proposer.submit_update(b"u" * 32)
    anvil.mine(7)
    assert [update.digest for update in reader.read_view(proposer.account).updates] == [b"u" * 32]
    assert reader.rpc.log_blocks <= LOG_BLOCKS
    asked = bad.count("eth_getLogs")
    assert len(TaskReader(reader.rpc, task, deployment.lens).read_view(proposer.account).updates) == 1
    assert bad.count("eth_getLogs") - asked <= 3, "no range that was refused is asked for again"


def test_updates_are_read_on_from_where_they_were_read(
    anvil: Anvil, deployment: Deployment, task: str, bad: BadEndpoint
) -> None:
    """N5: a cursor, not a search, however long the round."""
    anvil.mine(3)
    chains = [TaskChain(Rpc(anvil.url, account=account), task, deployment.lens) for account in anvil.accounts[1:5]]
    chains[0].draw()
    reader = TaskReader(Rpc(bad.url), task, deployment.lens)
    seen = reader.read_view(chains[0].account).block_number
    next(chain for chain in chains if chain.read_view().rank == 0).submit_update(b"u" * 32)
    assert len(reader.read_view(chains[0].account).updates) == 1
    asked = [call["params"][0] for call in bad.asked if call["method"] == "eth_getLogs"]
    assert [int(one["fromBlock"], 16) for one in asked] == [seen + 1]
