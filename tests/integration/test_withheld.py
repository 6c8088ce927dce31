"""The worst case of availability on real parts: Anvil, Kubo, and two of three updates that nobody has (issue 8, A9).

The paces that take minutes are for `pytest -m slow tests/integration/test_withheld.py`.
"""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread

import pytest

from orchestrator.adapters.chain.bell import Bell
from orchestrator.adapters.chain.deploying import deploy_contracts
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.notebook import FileNotebook
from orchestrator.adapters.stores.ipfs import IpfsStore
from orchestrator.adapters.stores.kubo import KuboDaemon
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.effects import World
from orchestrator.learning.artifact import read_layout
from orchestrator.node import Node
from orchestrator.protocol.cid import compute_digest
from orchestrator.protocol.duties import Policy
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Phase, Role
from tests.integration.conftest import run_anvil
from tests.unit.node.fakes import DEFINITION, FIRST, FakeTrainer, make_model

pytestmark = pytest.mark.filterwarnings("ignore:The 'strict' parameter:FutureWarning")
STAKE = 10**20
SLOW = [pytest.param(*pace, marks=pytest.mark.slow) for pace in ((12, 60), (1, 300), (2, 300), (12, 300))]


@pytest.mark.parametrize(("block_seconds", "window"), [(1, 60), (2, 60), *SLOW])
def test_two_withheld_updates_make_no_voter_late(block_seconds: int, window: int, binary: Path, tmp_path: Path) -> None:
    """Each look-up in vain takes the daemon 15 seconds. Two voters with daemons of their own commit to the same aggregate."""
    with (
        run_anvil(mines=False) as anvil,
        KuboDaemon(tmp_path / "one", binary=binary) as one,
        KuboDaemon(tmp_path / "two", binary=binary) as two,
    ):
        anvil.request("evm_setAutomine", True)
        rpc = Rpc(anvil.url, account=anvil.accounts[0])
        contracts = deploy_contracts(rpc)
        proposer_store = IpfsStore(one.api)
        digests = {"definition": compute_digest(b"definition"), "initial_model": proposer_store.put(FIRST)}
        windows = {"train_window": 600, "commit_window": window, "reveal_window": 600}
        parameters = Parameters(token=contracts.token, beacon=contracts.beacon, proposers=3, rounds=3, **digests, **windows)
        task = TaskManager(rpc, contracts.manager).create_task(parameters)
        token = rpc.contract("TestToken", contracts.token)
        members = []
        for account in anvil.accounts[1:8]:
            rpc.send(token.functions.mint(account.address, STAKE))
            members.append(TaskChain(Rpc(anvil.url, account=account), task, contracts.lens))
            members[-1].join(STAKE)
        anvil.mine(3)
        members[0].draw()
        views = {member: member.read_view() for member in members}
        proposers = [member for member in members if views[member].role is Role.PROPOSER]
        voters = [member for member in members if views[member].role is Role.VOTER][:2]
        there = proposer_store.put(make_model(1.0, 2.0))
        anvil.request("evm_setAutomine", False)
        anvil.request("evm_setIntervalMining", block_seconds)
        for proposer, digest in zip(proposers, (compute_digest(b"never"), there, compute_digest(b"put")), strict=True):
            Thread(target=proposer.submit_update, args=(digest,), daemon=True).start()
        one.connect(two)

        told: list[tuple[str, dict]] = []
        runs = []
        for number, (voter, kubo) in enumerate(zip(voters, (one, two), strict=True)):
            drafts = LocalStore(tmp_path / f"drafts-{number}")
            world = World(
                voter, IpfsStore(kubo.api), drafts, FakeTrainer(), DEFINITION, read_layout(FIRST), b"secret",
                lambda event, **values: told.append((event, values)),
            )  # fmt: skip
            node = Node(world, FileNotebook(tmp_path / f"notes-{number}.json"), Policy())
            is_committed = lambda voter=voter: voter.read_view().has_committed  # noqa: E731
            runs.append(Thread(target=node.run, args=(Bell(), is_committed), kwargs={"poll_seconds": 1.0}, daemon=True))
        for run in runs:
            run.start()
        deadline = time.monotonic() + window + 40
        for run in runs:
            run.join(deadline - time.monotonic())
        after = [voter.read_view() for voter in voters]
        assert all(view.has_committed and view.phase is Phase.COMMITTING for view in after), told
        missing = 0
        for update in after[0].updates:
            missing |= (update.digest != there) << update.rank
        made = [values for event, values in told if event == "ballot.made"]
        assert [values["against"] for values in made] == [missing] * 2
        assert made[0]["aggregate"] == made[1]["aggregate"]
