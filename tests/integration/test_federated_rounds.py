"""Five real nodes, a real chain, real data, three rounds; one of them lies, and one is killed in the middle of every duty."""

from __future__ import annotations

import pytest

from orchestrator.adapters.torch_trainer import evaluate, find_recipe, get_format
from orchestrator.data.dataset import load_dataset
from orchestrator.protocol.types import Fault, Outcome, Phase
from orchestrator.protocol.verdicts import list_ranks
from tests.integration.conftest import Anvil, Deployment
from tests.integration.federation import POOL, STAKE, Federation, build_federation

ROUNDS = 3
DUTIES = {"Draw", "Train", "SubmitUpdate", "Publish", "Judge", "CommitVote", "RevealVote", "Settle", "SlashOthers", "Withdraw"}
"""At least one of these falls into each phase."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def federation(anvil: Anvil, deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    federation = build_federation(anvil, deployment, tmp_path_factory.mktemp("federation"), nodes=5, rounds=ROUNDS)
    federation.run(DUTIES)
    federation.refund()
    return federation


def test_a_node_was_killed_in_every_duty_and_the_task_completed(federation: Federation) -> None:
    """I4, I5: kill -9 in any phase loses nothing but the work in hand."""
    assert set(federation.killed) == DUTIES
    assert federation.reader.read_view(federation.liar.address).phase is Phase.COMPLETED
    assert [event["round"] for event in federation.events("RoundSettled")] == [1, 2, 3]


def test_rounds_are_accepted_and_nobody_was_absent(federation: Federation) -> None:
    """R17: the killed nodes came back in the same round, so every proposer submitted and every voter revealed."""
    outcomes = [Outcome(event["outcome"]) for event in federation.events("RoundSettled")]
    assert Outcome.ACCEPTED in outcomes
    assert Fault.ABSENT not in {Fault(event["fault"]) for event in federation.events("Slashed")}
    assert len(federation.events("UpdateSubmitted")) == 2 * ROUNDS
    assert len(federation.events("VoteRevealed")) == len(federation.events("VoteCommitted")) == 3 * ROUNDS


def test_the_liar_is_slashed_and_earns_less_than_the_honest(federation: Federation) -> None:
    """R19, R20: a vote against what the majority saw costs stake, and so does an update that more than half condemn."""
    faults = [(event["account"], Fault(event["fault"])) for event in federation.events("Slashed")]
    assert {Fault.MINORITY, Fault.CONDEMNED} & {fault for account, fault in faults if account == federation.liar.address}
    paid = {event["account"]: event["stake"] + event["rewards"] for event in federation.events("Withdrawn")}
    assert paid[federation.liar.address] < min(
        paid[node.address] for node in federation.participants if node is not federation.liar
    )


def test_the_honest_beside_a_liar_lose_nothing(federation: Federation) -> None:
    """I10: nobody pays for what another did; who is honest is in no minority, and is not condemned."""
    assert {event["account"] for event in federation.events("Slashed")} <= {federation.liar.address}
    paid = {event["account"]: event["stake"] for event in federation.events("Withdrawn")}
    assert {paid[node.address] for node in federation.participants if node is not federation.liar} == {STAKE}


def test_only_the_liar_is_ever_condemned(federation: Federation) -> None:
    """R17a: by whichever rank it had, where more than half of the revealed weight stands against it."""
    ranks = {(event["round"], event["rank"]): event["proposer"] for event in federation.events("UpdateSubmitted")}
    condemned = {
        ranks[event["round"], rank] for event in federation.events("RoundSettled") for rank in list_ranks(event["condemned"])
    }
    assert condemned <= {federation.liar.address}


def test_everybody_withdraws_and_the_tokens_add_up(federation: Federation) -> None:
    """I1, I2, I8: what went in came out, but for a few wei of rounding."""
    out = sum(event["stake"] + event["rewards"] for event in federation.events("Withdrawn"))
    out += sum(event["amount"] for event in federation.events("Refunded"))
    dust = federation.token.balance(federation.reader.address)
    assert len(federation.events("Withdrawn")) == 5
    assert out + dust == POOL + 5 * STAKE
    assert 0 <= dust < 5 * ROUNDS


def test_the_global_model_got_better(federation: Federation, tmp_path_factory: pytest.TempPathFactory) -> None:
    """I6: the model that the chain names is in the store, and knows digits that no participant has."""
    recipe = find_recipe("digits", 1)
    held_out = load_dataset(federation.participants[0].log.parent / "data" / "held-out.safetensors", get_format(recipe))
    digests = federation.reader.parameters.initial_model, federation.reader.read_view(federation.liar.address).global_model
    first, last = (evaluate(recipe, federation.store.get(digest, limit_bytes=2**24), held_out) for digest in digests)
    assert last.metric > first.metric + 0.2
