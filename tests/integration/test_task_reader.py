"""What events tell and no contract keeps, a round's updates and who left: from an Anvil, and from one behind a bad endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.errors import Transient
from orchestrator.protocol.events import Joined, Left, Positioned
from orchestrator.protocol.types import Phase, Role, Update
from tests.integration.conftest import Anvil, Deployment

STAKE = 10**20


@dataclass
class Drawn:
    """A task in Training, with three proposers, by rank, and one of its voters."""

    anvil: Anvil
    task: str
    lens: str
    proposers: list[TaskChain]
    voter: TaskChain
    submitted: list[Update] = field(default_factory=list)

    def submit(self, proposer: TaskChain) -> None:
        digest = bytes([len(self.submitted) + 1]) * 32
        proposer.submit_update(digest)
        self.submitted.append(Update(proposer.account, STAKE, digest, self.proposers.index(proposer)))

    def read(self, url: str, **steps: int) -> tuple[Update, ...]:
        return TaskReader(Rpc(url), self.task, self.lens, **steps).read_view(self.voter.account).updates


def join(anvil: Anvil, deployment: Deployment, task: str, numbers: range) -> list[TaskChain]:
    chains = []
    for account in anvil.accounts[numbers.start : numbers.stop]:
        rpc = Rpc(anvil.url, account=account)
        deployment.mint(Rpc(anvil.url, account=anvil.accounts[0]), account.address, STAKE)
        chain = TaskChain(rpc, task, deployment.lens)
        with anvil.mining_at_once():
            chain.join(STAKE)
        chains.append(chain)
    return chains


@pytest.fixture
def drawn(anvil: Anvil, deployment: Deployment) -> Drawn:
    creator = Rpc(anvil.url, account=anvil.accounts[0])
    task = deployment.create_task(creator, {"proposers": 3, "min_participants": 7, "min_stake": STAKE})
    chains = join(anvil, deployment, task, range(1, 8))
    anvil.mine(3)
    chains[0].draw()
    chains.sort(key=lambda chain: chain.read_view().rank)
    return Drawn(anvil, task, deployment.lens, chains[:3], chains[3])


class Endpoint(BaseHTTPRequestHandler):
    """Passes everything on to Anvil and notes the ranges of blocks whose events are asked for."""

    target = ""
    has_events = True
    ranges: list[tuple[int, int]]

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        call = json.loads(asked)
        answer = urlopen(Request(self.target, asked, {"Content-Type": "application/json"})).read()
        if call["method"] == "eth_getLogs":
            self.ranges.append((int(call["params"][0]["fromBlock"], 16), int(call["params"][0]["toBlock"], 16)))
            if not self.has_events:
                answer = json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": []}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def run_endpoint(anvil: Anvil, *, has_events: bool) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    ranges: list[tuple[int, int]] = []
    handler = type("Noting", (Endpoint,), {"target": anvil.url, "has_events": has_events, "ranges": ranges})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", ranges
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_updates_are_those_that_the_events_tell(drawn: Drawn) -> None:
    """R22: in their order, with their weights, at every moment of the round."""
    assert drawn.read(drawn.anvil.url) == ()
    for proposer in drawn.proposers:
        drawn.submit(proposer)
        assert drawn.read(drawn.anvil.url) == tuple(drawn.submitted)
    assert drawn.voter.read_view().phase is Phase.COMMITTING


def test_a_receipt_tells_what_the_task_announced(anvil: Anvil, deployment: Deployment) -> None:
    """R22: in our words, and nothing of what the token announced beside it."""
    task = deployment.create_task(Rpc(anvil.url, account=anvil.accounts[0]), {"min_stake": STAKE})
    (chain,) = join(anvil, deployment, task, range(6, 7))
    assert chain.reader.read_events(chain.leave()) == [Left(chain.account, 1, chain.reader.read_view(chain.account).exit_at)]
    anvil.increase_time(chain.parameters.exit_delay + 1)
    assert chain.withdraw()["status"] == 1
    assert chain.reader.read_events(chain.join(STAKE)) == [Positioned(chain.account, 0, 1), Joined(chain.account, STAKE)]


def test_events_are_asked_for_in_small_steps_and_no_further_than_needed(drawn: Drawn) -> None:
    for proposer in drawn.proposers[:2]:
        drawn.submit(proposer)
        drawn.anvil.mine(3)
    with run_endpoint(drawn.anvil, has_events=True) as (url, ranges):
        assert drawn.read(url, log_blocks=2) == tuple(drawn.submitted)
    assert all(last - first < 2 for first, last in ranges)
    assert len(ranges) == 4  # eight blocks since the first update


def test_a_reader_asks_again_only_when_there_is_more(drawn: Drawn) -> None:
    drawn.submit(drawn.proposers[0])
    with run_endpoint(drawn.anvil, has_events=True) as (url, ranges):
        reader = TaskReader(Rpc(url), drawn.task, drawn.lens)
        for _ in range(3):
            assert reader.read_view(drawn.voter.account).updates == tuple(drawn.submitted)
        assert len(ranges) == 1
        drawn.submit(drawn.proposers[1])
        assert reader.read_view(drawn.voter.account).updates == tuple(drawn.submitted)
        assert len(ranges) == 2


def test_a_reader_forgets_what_a_reorganisation_replaced(drawn: Drawn) -> None:
    """D10: the same proposer, another digest, and the number of updates tells nothing."""
    reader = TaskReader(Rpc(drawn.anvil.url), drawn.task, drawn.lens)
    before = drawn.anvil.request("evm_snapshot")
    drawn.submit(drawn.proposers[0])
    assert reader.read_view(drawn.voter.account).updates == tuple(drawn.submitted)
    drawn.anvil.request("evm_revert", before)
    replacing = drawn.proposers[0]
    replacing.submit_update(b"other" * 6 + b"!!")
    assert reader.read_view(drawn.voter.account).updates == (Update(replacing.account, STAKE, b"other" * 6 + b"!!", 0),)


def test_an_endpoint_without_its_events_is_no_reason_to_vote_on_less(drawn: Drawn) -> None:
    """D10: a voter that missed an update would make another aggregate, and be slashed for it."""
    drawn.anvil.mine(9)
    drawn.submit(drawn.proposers[0])
    lagging = pytest.raises(Transient, match="counts 1 updates in round 1 and tells 0")
    with run_endpoint(drawn.anvil, has_events=False) as (url, ranges), lagging:
        drawn.read(url, log_blocks=2)
    assert len(ranges) < 12, "it looks no further back than the draw"


def test_a_closed_task_is_read_without_its_events(drawn: Drawn) -> None:
    """R7, I8: whoever only wants its stake back needs no old events."""
    drawn.submit(drawn.proposers[0])
    drawn.anvil.increase_time(3 * drawn.voter.parameters.train_window + drawn.voter.parameters.stall_timeout + 10**6)
    TaskActs(TaskReader(Rpc(drawn.anvil.url, account=drawn.anvil.accounts[0]), drawn.task, drawn.lens)).close()
    with run_endpoint(drawn.anvil, has_events=False) as (url, ranges):
        view = TaskReader(Rpc(url), drawn.task, drawn.lens).read_view(drawn.voter.account)
    assert (view.phase, view.updates, ranges) == (Phase.CLOSED, (), [])


@dataclass
class Settled:
    """A task with two settled rounds, whose only proposers were absent. The second's has left, and two others since."""

    anvil: Anvil
    task: str
    lens: str
    guilty: str
    gone: list[str]
    settled_at: int


@pytest.fixture
def settled(anvil: Anvil, deployment: Deployment) -> Settled:
    values = {"proposers": 1, "voters": 3, "min_participants": 4, "min_stake": STAKE, "rounds": 9}
    task = deployment.create_task(Rpc(anvil.url, account=anvil.accounts[0]), values)
    chains = join(anvil, deployment, task, range(1, 7))
    with anvil.mining_at_once():
        let_round_pass(anvil, chains)
        settled_at = int(Rpc(anvil.url).block()["number"])
        anvil.mine(20)
        let_round_pass(anvil, chains, is_settled=False)
        guilty = next(chain for chain in chains if chain.read_view().role is Role.PROPOSER)
        others = [chain for chain in chains if chain is not guilty]
        guilty.leave()
        chains[0].settle()
        for other in others[:2]:
            other.leave()
    return Settled(anvil, task, deployment.lens, guilty.account, [chain.account for chain in others[:2]], settled_at)


def let_round_pass(anvil: Anvil, chains: list[TaskChain], *, is_settled: bool = True) -> None:
    anvil.mine(3)
    chains[0].draw()
    anvil.increase_time(chains[0].parameters.train_window + 1)
    if is_settled:
        chains[0].settle()


def test_whoever_left_still_owes(settled: Settled) -> None:
    """R19, R20: neither leaving nor passing the position on takes anybody out of a slasher's sight."""
    reader = TaskReader(Rpc(settled.anvil.url), settled.task, settled.lens)
    rpc = Rpc(settled.anvil.url)
    members = rpc.call(rpc.contract("TaskLens", settled.lens).functions.membersFrom(settled.task, 0, 99))
    assert len(members) == 3 and not {settled.guilty, *settled.gone} & set(members)
    assert reader.read_penalised(2) == [settled.guilty]
    assert len(reader.read_penalised(1)) == 1


def test_the_members_are_asked_page_by_page(anvil: Anvil, deployment: Deployment) -> None:
    """R20: everybody that was absent is found, on whatever page. No event tells of them: all came before the freezing."""
    values = {"proposers": 1, "voters": 0, "min_participants": 5, "min_stake": STAKE}
    task = deployment.create_task(Rpc(anvil.url, account=anvil.accounts[0]), values)
    chains = join(anvil, deployment, task, range(1, 6))
    anvil.mine(3)
    chains[0].draw()
    next(chain for chain in chains if chain.read_view().role is Role.PROPOSER).submit_update(b"u" * 32)
    voters = [chain.account for chain in chains if chain.read_view().role is Role.VOTER]
    anvil.increase_time(chains[0].parameters.commit_window + 1)
    chains[0].settle()
    for size in (1, 2, 3, 4, 5, 6):
        assert TaskReader(Rpc(anvil.url), task, deployment.lens, page=size).read_penalised(1) == voters


def test_who_left_is_looked_for_no_further_back_than_the_freezing(settled: Settled) -> None:
    """R20: a slasher of a round asks for the events since the list was frozen for it, in small steps."""
    with run_endpoint(settled.anvil, has_events=True) as (url, ranges):
        assert TaskReader(Rpc(url), settled.task, settled.lens, log_blocks=4).read_penalised(2) == [settled.guilty]
    assert all(last - first < 4 for first, last in ranges)
    assert settled.settled_at - 4 < ranges[-1][0] <= settled.settled_at


def test_who_left_is_looked_for_in_so_many_steps_at_most(settled: Settled) -> None:
    """R20: an endpoint that has forgotten its events costs a slasher shares, and no more than so many requests."""
    with run_endpoint(settled.anvil, has_events=False) as (url, ranges):
        assert TaskReader(Rpc(url), settled.task, settled.lens, log_blocks=1, log_pages=3).read_penalised(2) == []
    assert len(ranges) == 3
