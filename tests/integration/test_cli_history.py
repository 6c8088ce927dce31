"""`starling why` and `starling replay`, on a real chain: what people read, and what programs do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.protocol.types import Ballot, Phase, Role
from tests.integration.cli_harness import TOKENS, Cli, make_cli
from tests.integration.conftest import Anvil, Deployment

DIGEST = b"d" * 32


@dataclass(frozen=True)
class Played:
    """A task of four with one settled round: one update, two vote for it, the third voter is absent."""

    cli: Cli
    task: str
    proposer: int
    voters: list[int]
    settled_at: int
    """Number of the block."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, anvil: Anvil, deployment: Deployment) -> Iterator[Played]:
    cli = make_cli(tmp_path_factory.mktemp("home"), anvil, deployment)
    with anvil.mining_at_once():
        task = cli.create_task("--min-participants", 4, "--proposers", 1, "--pool", 90, "--rounds", 3)
        for key in (1, 2, 3, 4):
            cli.json("stake", task, 100, key=key)
        rpcs = {key: Rpc(anvil.url, account=anvil.accounts[key]) for key in (1, 2, 3, 4)}
        chains = {key: TaskChain(rpc, task, deployment.lens) for key, rpc in rpcs.items()}
        anvil.mine(3)
        chains[1].draw()
        roles = {key: chain.read_view().role for key, chain in chains.items()}
        (proposer,), voters = ([key for key in roles if roles[key] is role] for role in (Role.PROPOSER, Role.VOTER))
        chains[proposer].submit_update(DIGEST)
        ballot = Ballot(DIGEST, 1, 0, 1500, 1250)
        for key in voters[:2]:
            chains[key].commit_vote(1, ballot)
        anvil.increase_time(301)
        for key in voters[:2]:
            chains[key].reveal_vote(1, ballot)
        assert chains[1].read_view().phase is Phase.SETTLING
        chains[1].settle()
        yield Played(cli, task, proposer, voters, int(rpcs[1].block()["number"]))


def test_why_tells_a_line_for_each_round_of_ones_own_account(played: Played) -> None:
    """R18, R22: without a password."""
    told = played.cli.json("why", played.task, key=played.voters[0])
    assert told["account"].lower() == played.cli.anvil.accounts[played.voters[0]].address.lower()
    (row,) = told["rounds"]
    assert (row["round"], row["outcome"], row["role"], row["did"]) == (1, "accepted", "voter", "voted +1")
    assert (row["earned"], row["share"], row["penalty"], row["fault"]) == ("10", "10", "0", None)
    assert [reason["rule"] for reason in row["reasons"]] == ["R18"]
    shown = played.cli("why", played.task, key=played.voters[0])
    assert "accepted" in shown.out and "R18" in shown.out and "10" in shown.out


def test_why_explains_one_round_of_any_account(played: Played) -> None:
    """R19, R20: what it costs, by which rule, and what would have avoided it."""
    absent = played.cli.anvil.accounts[played.voters[2]].address
    told = played.cli.json("why", played.task, absent, 1)
    assert (told["fault"], told["penalty"], told["is_penalty_taken"]) == ("absent", "0.5", False)
    assert [reason["rule"] for reason in told["reasons"]] == ["R19", "R19", "R20"]
    shown = played.cli("why", played.task, 1, absent)  # told apart by their form
    assert "was drawn to vote, and did not commit" in shown.out and "better: commit within" in shown.out
    assert "0.5 STAR (absent, not taken)" in shown.out


def test_why_says_what_is_wrong_in_words_or_in_json(played: Played) -> None:
    cli = played.cli
    cli("why", played.task, 9, key=1).expect_error("there is no round 9 yet", "rounds 1 to 2 have begun")
    cli("why", played.task, 1, 2, key=1).expect_error("is not one account and one round")
    cli("why", played.task, "0x12", key=1).expect_error("0x12")
    failed = cli("why", played.task, 9, "--json", key=1)
    assert (failed.code, failed.err) == (1, "")
    assert failed.document == {"error": "there is no round 9 yet", "hint": "rounds 1 to 2 have begun"}


def test_replay_tells_every_event_and_what_they_add_up_to(played: Played) -> None:
    """R22: the end state is the contract's."""
    told, shown = played.cli.json("replay", played.task), played.cli.json("task", "show", played.task)
    assert [told[name] for name in ("phase", "round", "pool", "decided")] == [
        shown[name] for name in ("phase", "round", "pool", "decided")
    ]
    assert told["global_model"] == shown["global_model"]["cid"] and (told["paid_in"], told["paid_out"]) == ("490", "0")
    names = [event["event"] for event in told["events"]]
    assert [names.count(name) for name in ("Joined", "RoundDrawn", "VoteRevealed", "RoundSettled")] == [4, 1, 2, 1]
    assert {row["stake"] for row in told["participants"]} == {"100"} and len(told["participants"]) == 4
    text = played.cli("replay", played.task).out
    assert "votes +1; losses 1.5 → 1.25" in text and "accepted, reward 30 STAR" in text


def test_replay_goes_back_to_any_block(played: Played) -> None:
    """R22."""
    before = played.cli.json("replay", played.task, "--to", played.settled_at - 1)
    assert (before["phase"], before["round"], before["rounds"][0]["outcome"]) == ("settling", 1, "none")
    assert before["pool"] == "90" and before["block"] == played.settled_at - 1
    played.cli("replay", played.task, "--to", 10**9).expect_error("is still to come", "--to")


def test_replay_of_nothing_says_so(played: Played) -> None:
    """A block before the task: no event, and nobody."""
    told = played.cli.json("replay", played.task, "--to", 0)
    assert (told["events"], told["participants"], told["rounds"], told["phase"]) == ([], [], [], "enrolling")


def test_tokens_are_counted_whole(played: Played) -> None:
    told = played.cli.json("replay", played.task)
    assert sum(float(event["stake"]) for event in told["events"] if event["event"] == "Joined") * TOKENS == 400 * TOKENS
