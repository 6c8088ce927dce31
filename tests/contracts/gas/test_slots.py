"""What rounds leave behind in storage (D17): counted in the chain's whole state, before and after."""

import gzip
import json

from tests.contracts import wire
from tests.contracts.dsl import STAR

RESULT_AND_TALLY = 2


def count_slots(task) -> int:
    """Words of the task's storage that are not zero."""
    state = json.loads(gzip.decompress(bytes.fromhex(wire.ask("anvil_dumpState")[2:])))
    (storage,) = (held["storage"] for address, held in state["accounts"].items() if address.lower() == task.address.lower())
    return sum(int(value, 16) != 0 for value in storage.values())


def play_round(play) -> None:
    play.mine_to_anchor()
    play.task.draw({"from": play.creator})
    play.train()
    play.vote_alike()
    play.task.settle({"from": play.creator})


def test_round_in_the_steady_state_writes_no_new_slot_per_participant(bench):
    """D17, R21: with 6 and with 12 members a round leaves two words for ever, its result and the winner's tally."""
    for members in (6, 12):
        play = bench.make_task(pool=100 * STAR, rounds=40, proposers=2, minParticipants=members)
        play.enrol(members)
        while not has_everybody_voted_and_proposed(play):
            play_round(play)
        before = count_slots(play.task)
        for _ in range(3):
            play_round(play)
        assert count_slots(play.task) - before == 3 * RESULT_AND_TALLY


def has_everybody_voted_and_proposed(play) -> bool:
    """Then each has had every word of its own once, and the ring of rounds is full."""
    committed = {event["voter"] for event in play_events(play, "VoteCommitted")}
    return play.view().round > 9 and committed == {account.address for account in play.members}


def play_events(play, name: str):
    """All events of that name so far."""
    web3 = wire.web3
    contract = web3.eth.contract(address=play.task.address, abi=play.task.abi)
    return [event["args"] for event in contract.events[name]().get_logs(from_block=0)]
