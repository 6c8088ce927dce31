"""What each act costs: a table of names and gas, the same in every run.

brownie test tests/contracts/gas    compares it with gas.json, and writes what it found to build/gas.json
cp build/gas.json tests/contracts/gas.json    makes that the new measure
"""

from __future__ import annotations

from itertools import count
from statistics import mean
from typing import Any

from eth_abi import encode

from orchestrator.protocol import roles
from tests.contracts import wire
from tests.contracts.dsl import GOOD, STAR, Bench, Play, digest_of
from tests.contracts.wire import ask, send

SEED = b"\x2a" * 32
BIG = 4 * 10**9
MEMBERS, PROPOSERS, SIDES = 20, 4, 24
"""The permutation of 20 works on 24 elements: who lands beyond the 20th takes another pass, which costs some 1,900 gas."""


def measure(bench: Bench, crowd: Any, beacon: Any) -> dict[str, int]:
    """The seeds come from a beacon that says what it is told, so that walks through the permutation are alike in every run."""
    beacon.set(False, SEED, {"from": bench.people[0]})
    return {**_life(bench, beacon), **_sizes(bench, crowd, beacon)}


def _gas(account: Any, contract: Any, method: str, *values: Any) -> int:
    error, receipt = send(account, contract, method, *values)
    assert error is None, (method, error)
    return int(receipt["gasUsed"], 16)


def _life(bench: Bench, beacon: Any) -> dict[str, int]:
    """Twenty members, four propose, sixteen vote, all act: the first round, and one after the ring of rounds is full."""
    people = bench.people[:21]
    settings = dict(beacon=beacon, rounds=50, proposers=PROPOSERS, voters=16, minParticipants=MEMBERS)
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
    first = _round(play, beacon)
    for _ in range(9):
        steady = _round(play, beacon)
    for act in ("submitUpdate", "commitVote", "revealVote", "draw", "settle"):
        found[f"{act}/first"] = first[act][0]
        found[f"{act}/steady"] = round(mean(steady[act]))
        found[f"{act}/most"] = max(steady[act])
    found["round/p=4,v=16"] = _sum(steady)
    return found | _operator(play, beacon) | _accused(play, beacon) | _members(play, beacon)


def _operator(play: Play, beacon: Any) -> dict[str, int]:
    """The same round, in which one operator acts for all."""
    operator = play.bench.people[21]
    for account in play.members:
        _gas(account, play.task, "setOperator", operator)
    by_operator = _round(play, beacon, operator=operator)
    return {f"{act}/operator": round(mean(by_operator[act])) for act in ("submitUpdate", "commitVote", "revealVote")}


def _accused(play: Play, beacon: Any) -> dict[str, int]:
    """The same round, in which all accuse the same two; the words that it writes were written before, as steady."""
    _round(play, beacon, against=0b0101)
    _round(play, beacon)
    accused = _round(play, beacon, against=0b0101)
    _round(play, beacon)
    return {
        "revealVote/accused": round(mean(accused["revealVote"])),
        "settle/accused": accused["settle"][0],
        "round/p=4,v=16,accused=2": _sum(accused),
    }


def _sum(costs: dict[str, list[int]]) -> int:
    return sum(map(sum, costs.values()))


def _round(play: Play, beacon: Any, against: int = 0, operator: Any = None) -> dict[str, list[int]]:
    number = play.view().round
    found: dict[str, list[int]] = {}

    def note(account: Any, method: str, *values: Any) -> None:
        found.setdefault(method, []).append(_gas(account, play.task, method, *values))

    play.mine_to_anchor()
    beacon.set(False, _find_value(play, number), {"from": play.creator})
    note(play.creator, "draw")
    proposers, voters = play.proposers, play.voters
    for account in proposers:
        note(operator or account, "submitUpdate", account, digest_of(account))
    salts = {account: wire.keccak(text=f"{account} {number}") for account in voters}
    ballots = {account: (GOOD[:31] + bytes([number]), 1, against, 2_000, 1_000, salts[account]) for account in voters}
    for account in voters:
        note(
            operator or account,
            "commitVote",
            account,
            wire.read(play.task, "commitmentOf", number, account, *ballots[account])[0],
        )
    for account in voters:
        note(operator or account, "revealVote", account, *ballots[account])
    note(play.creator, "settle")
    return found


def _find_value(play: Play, number: int) -> bytes:
    """A value of the beacon for which three proposers and one voter take another pass, none the first of its kind. So it was in
    the draw in which acts were first measured."""
    for candidate in count(1):
        value = candidate.to_bytes(32, "big")
        seed = int.from_bytes(
            wire.keccak(encode(["bytes32", "address", "uint256"], [value, str(play.task), number]))[-10:], "big"
        )
        walks: dict[bool, list[bool]] = {True: [], False: []}
        for position in range(MEMBERS):
            is_proposer = roles.rank_of(seed, MEMBERS, position) < PROPOSERS
            walks[is_proposer].append(roles.rank_of(seed, SIDES, position) >= MEMBERS)
        if (sum(walks[True]), sum(walks[False])) == (3, 1) and not walks[True][0] and not walks[False][0]:
            return value
    raise AssertionError


def _members(play: Play, beacon: Any) -> dict[str, int]:
    """What members do besides, in the steady state."""
    proposer = next(account for account in play.members if play.view(account).rewards)
    found = {"claim/first": _gas(proposer, play.task, "claim", proposer, proposer)}
    _round(play, beacon)
    found["claim/steady"] = _gas(proposer, play.task, "claim", proposer, proposer)
    found["topUp/steady"] = _gas(proposer, play.task, "topUp", STAR)
    play.mine_to_anchor()
    beacon.set(False, _find_value(play, play.view().round), {"from": play.creator})
    _gas(play.creator, play.task, "draw")
    absent = play.proposers[0]
    play.train(absent=(absent,))
    play.vote_alike()
    _gas(play.creator, play.task, "settle")
    found["slash/one"] = _gas(play.creator, play.task, "slash", play.view().round - 1, [absent])
    found["leaveTask/middle"] = _gas(play.members[3], play.task, "leaveTask")
    _round(play, beacon)
    play.sleep(2_000)
    found["withdraw/steady"] = _gas(play.members[3], play.task, "withdraw", play.members[3], play.members[3])
    return found


def _sizes(bench: Bench, crowd: Any, beacon: Any) -> dict[str, int]:
    """I9: the same for any number of members, here with nobody acting but one proposer and its three voters."""
    found = {}
    limit = int(ask("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
    ask("evm_setBlockGasLimit", hex(BIG))
    for n in (4, 20, 1_000, 4_000):
        settings = dict(beacon=beacon, proposers=1, voters=3, minParticipants=n, maxParticipants=n, rounds=32_500)
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
