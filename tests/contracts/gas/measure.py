"""What each act costs: a table of names and gas, the same in every run.

brownie test tests/contracts/gas    compares it with gas.json, and writes what it found to build/gas.json
cp build/gas.json tests/contracts/gas.json    makes that the new measure
"""

from __future__ import annotations

from statistics import mean
from typing import Any

from tests.contracts import wire
from tests.contracts.dsl import GOOD, STAR, Bench, Play, digest_of
from tests.contracts.wire import ask, send

SEED = b"\x2a" * 32
BIG = 4 * 10**9


def measure(bench: Bench, crowd: Any, beacon: Any) -> dict[str, int]:
    """The seeds come from a beacon that says what it is told, so that nobody's walk through the permutation varies."""
    beacon.set(False, SEED, {"from": bench.people[0]})
    return {**_life(bench, beacon), **_sizes(bench, crowd, beacon)}


def _gas(account: Any, contract: Any, method: str, *values: Any) -> int:
    error, receipt = send(account, contract, method, *values)
    assert error is None, (method, error)
    return int(receipt["gasUsed"], 16)


def _life(bench: Bench, beacon: Any) -> dict[str, int]:
    """Twenty members, four propose, sixteen vote, all act: the first round, and one after the ring of rounds is full."""
    people = bench.people[:21]
    settings = dict(beacon=beacon, rounds=50, proposers=4, voters=16, minParticipants=20)
    values = bench.parameters(**settings)
    _gas(people[0], bench.manager, "createTask", values)
    found = {"createTask": _gas(people[0], bench.manager, "createTask", values)}
    play = bench.make_task(pool=10_000 * STAR, **settings)
    play.give(people[0], 10**30)
    found["fund/steady"] = _gas(people[0], play.task, "fund", STAR)
    for account in people[1:]:
        play.give(account, 100 * STAR)
    joins = [_gas(account, play.task, "join", 10 * STAR, []) for account in people[1:]]
    found |= {"join/first": joins[0], "join/steady": joins[10]}
    play.members = people[1:]
    first = _round(play)
    for _ in range(9):
        steady = _round(play)
    for act in ("submitUpdate", "commitVote", "revealVote", "draw", "settle"):
        found[f"{act}/first"] = first[act][0]
        found[f"{act}/steady"] = round(mean(steady[act]))
        found[f"{act}/most"] = max(steady[act])
    found["round/p=4,v=16"] = sum(sum(costs) for costs in steady.values())
    return found | _members(play)


def _round(play: Play) -> dict[str, list[int]]:
    number = play.view().round
    found: dict[str, list[int]] = {}

    def note(account: Any, method: str, *values: Any) -> None:
        found.setdefault(method, []).append(_gas(account, play.task, method, *values))

    play.mine_to_anchor()
    note(play.creator, "draw")
    proposers, voters = play.proposers, play.voters
    for account in proposers:
        note(account, "submitUpdate", digest_of(account))
    salts = {account: wire.keccak(text=f"{account} {number}") for account in voters}
    ballots = {account: (GOOD[:31] + bytes([number]), 1, 2_000, 1_000, salts[account]) for account in voters}
    for account in voters:
        note(account, "commitVote", wire.read(play.task, "commitmentOf", number, account, *ballots[account])[0])
    for account in voters:
        note(account, "revealVote", *ballots[account])
    note(play.creator, "settle")
    return found


def _members(play: Play) -> dict[str, int]:
    """What members do besides, in the steady state."""
    proposer = next(account for account in play.members if play.view(account).rewards)
    found = {"claim/first": _gas(proposer, play.task, "claim", proposer)}
    _round(play)
    found["claim/steady"] = _gas(proposer, play.task, "claim", proposer)
    found["topUp/steady"] = _gas(proposer, play.task, "topUp", STAR)
    play.mine_to_anchor()
    _gas(play.creator, play.task, "draw")
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    _gas(play.creator, play.task, "settle")
    found["slash/one"] = _gas(play.creator, play.task, "slash", play.view().round - 1, [absent])
    found["leaveTask/middle"] = _gas(play.members[3], play.task, "leaveTask")
    _round(play)
    play.sleep(2_000)
    found["withdraw/steady"] = _gas(play.members[3], play.task, "withdraw", play.members[3])
    return found


def _sizes(bench: Bench, crowd: Any, beacon: Any) -> dict[str, int]:
    """I9: the same for any number of members, here with nobody acting but one proposer and its three voters."""
    found = {}
    limit = int(ask("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
    ask("evm_setBlockGasLimit", hex(BIG))
    for n in (4, 20, 1_000, 4_000):
        settings = dict(beacon=beacon, proposers=1, voters=3, minParticipants=n, maxParticipants=n, rounds=65_000)
        play = bench.make_task(**settings)
        for start in range(0, n, 250):
            call = dict(data=crowd.enrol.encode_input(play.task, bench.token, STAR, min(250, n - start)), gas=hex(BIG // 2))
            sent = ask("eth_sendTransaction", {"from": str(play.creator), "to": str(crowd)} | call)
            while (receipt := ask("eth_getTransactionReceipt", sent)) is None:
                pass
            assert receipt["status"] == "0x1"
        for _ in range(9):
            play.mine_to_anchor()
            drawn = _gas(play.creator, play.task, "draw")
            play.sleep(1_000)
            settled = _gas(play.creator, play.task, "settle")
        found |= {f"draw/n={n}": drawn, f"settle/n={n}": settled}
    ask("evm_setBlockGasLimit", hex(limit))
    return found
