"""The draw is sent when the anchor's block is the latest, and is mined in the next one (R8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.adapters.anvil import Anvil
from orchestrator.adapters.chain.deploying import deploy_contracts
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.errors import LostRace
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import Phase
from tests.integration.conftest import run_anvil

STAKE = 10**20


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    """A block for each transaction, and none else: no block comes between a look and an act."""
    with run_anvil(mines=False) as chain:
        chain.request("evm_setAutomine", True)
        yield chain


def test_a_draw_is_simulated_in_the_block_that_will_have_it(anvil: Anvil) -> None:
    rpc = Rpc(anvil.url, account=anvil.accounts[0])
    contracts = deploy_contracts(rpc)
    values = {"definition": b"d" * 32, "initial_model": b"m" * 32, "token": contracts.token, "beacon": contracts.beacon}
    task = TaskManager(rpc, contracts.manager).create_task(Parameters(**values, rounds=3))  # type: ignore[arg-type]
    token = rpc.contract("TestToken", contracts.token)
    acts = []
    for account in anvil.accounts[1:8]:
        endpoint = Rpc(anvil.url, account=account)
        endpoint.send(token.functions.mint(account.address, STAKE))
        acts.append(TaskActs(TaskReader(endpoint, task, contracts.lens)))
        assert Token(endpoint, contracts.token).decimals == 18
        acts[-1].join(STAKE)
    reader, drawer = acts[0].reader, acts[0]
    view = reader.read_view(anvil.accounts[1].address)
    assert view.phase is Phase.DRAWING and view.block_number < view.anchor
    while (number := rpc.block()["number"]) < view.anchor:
        if number < view.anchor - 1:
            with pytest.raises(LostRace, match="SeedNotReady"):
                drawer.draw()
        anvil.mine()
    assert not reader.read_view(anvil.accounts[1].address).is_seed_ready
    assert drawer.draw()["blockNumber"] == view.anchor + 1
    assert reader.read_view(anvil.accounts[1].address).phase is Phase.TRAINING
