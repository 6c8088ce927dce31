"""A simulation and node processes on a real chain come to the same: digests, ballots, verdicts and dues of ten rounds.

Made equal: keys, data, threads, addresses of the contracts (both are deployed by the same account, as its first acts), and the
beacon, which is a contract of a few bytes that always says the same, so that a round's number decides its roles. Nobody gets
a share for reporting, because who is first is the clock's to say.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eth_abi.abi import encode
from eth_account import Account

from orchestrator.adapters.anvil import Anvil
from orchestrator.adapters.chain import deploying
from orchestrator.adapters.chain.addresses import NOBODY
from orchestrator.adapters.chain.history import History
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.adapters.torch_trainer import set_threads
from orchestrator.config import Settings
from orchestrator.data.dataset import save_dataset
from orchestrator.data.partition import share_out
from orchestrator.data.public import load_public
from orchestrator.protocol.ledger import Ledger
from orchestrator.simulation.game import POOL_PER_ROUND, STAKE, Game, Played, Setting, make_account
from orchestrator.simulation.strategies import ATTACKS
from orchestrator.wiring.connection import Connection
from orchestrator.wiring.options import NodeOptions
from orchestrator.wiring.task import mint
from tests.integration.conftest import run_anvil
from tests.integration.federation import Participant

MEMBERS, ROUNDS, SEED = 7, 10, 11
LIAR = MEMBERS - 1
DEADLINE_SECONDS = 540.0
PASSWORD = "only for this test"
WINDOWS = {"train_window": 120, "commit_window": 120, "reveal_window": 120}
SETTING = Setting(
    recipe="digits", data=Path(), members=MEMBERS, rounds=ROUNDS, proposers=2, seed=SEED, is_shared=False, alpha=0.5,
    strategies={LIAR: ATTACKS["label flip"]}, parameters={**WINDOWS, "slasher_bps": 0},
)  # fmt: skip
# next(): this block's number; read(anchor): (7, false). What is before the last line puts the rest in place.
CONSTANT_BEACON = (
    "601b8060093d393df3"  # creation: return the 27 bytes behind these
    "3660041460115760076000526040"  # with more than a selector: 7 in the first word
    "6000f3"  # return two words
    "5b4360005260206000f3"  # else the block's number in one
)


def load_bytecode(name: str) -> str:
    return CONSTANT_BEACON if name == "FutureBlockBeacon" else deploying.load_bytecode(name)


def deploy_as_simulated(chain: Anvil) -> list[str]:
    """Lens, token, beacon and manager, by the account that deploys in a simulation, as its first acts."""
    chain.request("anvil_impersonateAccount", NOBODY)
    chain.request("anvil_setBalance", NOBODY, hex(10**18))
    found: list[str] = []
    for name in ("TaskLens", "TestToken", "FutureBlockBeacon", "TaskManager"):
        code = load_bytecode(name).removeprefix("0x")
        if name == "TaskManager":
            task = bytes.fromhex(load_bytecode("FLTask").removeprefix("0x"))
            code += encode(["bytes", "address"], [task, found[0]]).hex()
        sent = chain.request("eth_sendTransaction", {"from": NOBODY, "data": "0x" + code, "gas": hex(25_000_000)})
        found.append(wait_for_receipt(chain, sent)["contractAddress"])
    return found


def wait_for_receipt(chain: Anvil, sent: str) -> Any:
    deadline = time.monotonic() + 30
    while (receipt := chain.request("eth_getTransactionReceipt", sent)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return receipt


def build(chain: Anvil, game: Game, folder: Path) -> tuple[TaskReader, list[Participant]]:
    """The task of `game` once more, and its participants, who have staked in the same order."""
    store = LocalStore(folder / "store")
    for digest in (game.parameters.definition, game.parameters.initial_model):
        store.put(game.store.get(digest, limit_bytes=1 << 30))
    accounts = [make_account(SEED, number) for number in range(MEMBERS + 1)]
    for account in accounts:
        chain.request("anvil_setBalance", account.address, hex(10**18))
    with chain.mining_at_once():
        lens, _, _, manager = deploy_as_simulated(chain)
        creator = Rpc(chain.url, account=accounts[-1])
        task = TaskManager(creator, manager).create_task(game.parameters)
        reader = TaskReader(creator, task, lens)
        mint(creator, game.parameters.token, accounts[-1].address, POOL_PER_ROUND * ROUNDS)
        TaskActs(reader).fund(POOL_PER_ROUND * ROUNDS)
        public, _ = load_public("digits", Path())
        public = public.take(np.random.default_rng(SEED).permutation(len(public.labels)))
        parts = share_out(public.labels, MEMBERS, seed=SEED, alpha=SETTING.alpha)
        found = []
        for number, part in enumerate(parts):
            save_dataset(folder / f"data-{number}.safetensors", public.take(part))
            found.append(make_participant(number, chain, task, manager, folder))
            chained = TaskChain(found[-1].rpc, task, lens)
            mint(creator, game.parameters.token, chained.account, STAKE)
            chained.join(STAKE)
    return reader, found


def make_participant(number: int, chain: Anvil, task: str, manager: str, folder: Path) -> Participant:
    keystore, password = folder / f"key-{number}.json", folder / "password"
    password.write_text(PASSWORD)
    account = make_account(SEED, number)
    keystore.write_text(json.dumps(Account.encrypt(account.key, PASSWORD, iterations=1, kdf="pbkdf2")))
    keystore.chmod(0o600)
    settings = Settings(folder, chain.url, keystore, f"local:{folder / 'store'}", password_file=password)
    options = NodeOptions(
        settings,
        Connection((chain.url,), chain.chain_id, keystore, password, manager),
        task,
        folder / f"data-{number}.safetensors",
        settings.store,
        state=folder / f"state-{number}",
        threads=1,
        poll_seconds=1,
        log_format="json",
    )
    return Participant(Rpc(chain.url, account=account), options, folder / f"node-{number}.log", is_liar=number == LIAR)


def run(participants: list[Participant]) -> None:
    """All nodes, until everybody has withdrawn."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    try:
        for participant in participants:
            participant.start()
        while any(participant.process and participant.process.poll() is None for participant in participants):
            assert time.monotonic() < deadline, participants[0].log.read_text()[-2000:]
            time.sleep(0.5)
    finally:
        for participant in participants:
            if participant.process:
                participant.process.kill()
                participant.process.wait()


@pytest.fixture(scope="module")
def simulated() -> Played:
    set_threads(1)  # as the nodes are told: with another number the last bits differ, and so do digests
    return Game(SETTING, load_bytecode).play()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    folder, game = tmp_path_factory.mktemp("real"), Game(SETTING, load_bytecode)
    with run_anvil() as chain:
        reader, participants = build(chain, game, folder)
        assert (reader.address, reader.parameters) == (game.task, game.parameters), "the same task at the same address"
        run(participants)
        ledger = Ledger(reader.parameters)
        for happened in History(participants[0].rpc, reader).read_new():
            for one in happened:
                ledger.apply(one)
        yield ledger


def tell(ledger: Ledger) -> list[dict[str, Any]]:
    """What was done, said, decided and owed in each round, without when."""
    return [
        {
            "number": round.number,
            "roles": round.roles,
            "updates": round.updates,
            "ballots": round.revealed,
            "decided": (round.outcome, round.winner, round.condemned, round.weight_for, round.weight_against),
            "reward": (round.reward, round.turnout),
            "dues": {account: (due.fault, due.earned, due.penalty) for account, due in round.dues.items()},
            "strikes": round.strikes,
        }
        for round in ledger.rounds.values()
        if round.settled_at is not None
    ]


def test_ten_rounds_simulated_are_those_of_node_processes_on_a_real_chain(simulated: Played, real: Ledger) -> None:
    assert len(tell(real)) == ROUNDS
    for expected, found in zip(tell(simulated.ledger), tell(real), strict=True):
        for name, value in expected.items():
            assert found[name] == value, f"round {expected['number']}: {name}"
    assert real.global_model == simulated.ledger.global_model


def test_everybody_ends_with_the_same_money(simulated: Played, real: Ledger) -> None:
    for account, books in simulated.ledger.participants.items():
        found = real.participants[account]
        assert (found.earned, found.slashed, found.withdrawn + found.claimed) == (
            books.earned, books.slashed, books.withdrawn + books.claimed,
        )  # fmt: skip
    liar = simulated.players[LIAR].account
    assert simulated.ledger.participants[liar].slashed > 0, "there was something to condemn"
