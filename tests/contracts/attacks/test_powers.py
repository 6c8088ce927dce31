"""Section 7: owner powers. There are none: each function that changes anything is listed here, with who may call it."""

import pytest

from tests.contracts import wire
from tests.contracts.dsl import GOOD, STAR, ballot_of
from tests.contracts.errors import reverts_with

ANYONE, MEMBERS, CREATOR = "anyone", "the member itself", "the creator, before the first draw"
DRAWN, OWNER = "who has the role, or its operator", "the account, to anywhere; its operator, to the account"
TASK = {
    "join": ANYONE,
    "joinWithPermit": ANYONE,
    "topUp": MEMBERS,
    "leaveTask": MEMBERS,
    "setOperator": ANYONE,  # for itself
    "withdraw": OWNER,
    "claim": OWNER,
    "slash": ANYONE,
    "draw": ANYONE,
    "submitUpdate": DRAWN,
    "commitVote": DRAWN,
    "revealVote": DRAWN,
    "settle": ANYONE,
    "fund": ANYONE,
    "cancel": CREATOR,
    "close": ANYONE,
    "refund": ANYONE,  # to the creator, after the end
    "multicall": ANYONE,  # of the above, as the caller
}


def _changing(abi):
    return {item["name"] for item in abi if item["type"] == "function" and item["stateMutability"] not in ("view", "pure")}


def test_no_function_changes_a_task_but_these(FLTask):
    """R2: nothing and nobody can change a task's parameters, pause it, or touch its funds."""
    assert _changing(FLTask.abi) == TASK.keys()
    assert not [
        item for item in FLTask.abi if item.get("stateMutability") == "payable" or item["type"] in ("fallback", "receive")
    ]


def test_manager_makes_tasks_and_does_nothing_else(TaskManager, FutureBlockBeacon):
    """R1, R2: nobody owns the manager, and the beacon has no state."""
    assert _changing(TaskManager.abi) == {"createTask"}
    assert _changing(FutureBlockBeacon.abi) == set()
    for container in (TaskManager, FutureBlockBeacon):
        assert {item["type"] for item in container.abi} <= {"constructor", "error", "event", "function"}


def _round(play, steps):
    """The first steps of a round."""
    for step in ("draw", "train", "vote", "settle")[:steps]:
        if step == "vote":
            for voter in play.voters:
                play.commit(voter, number=1)
            for voter in play.voters:
                play.reveal(voter)
        else:
            getattr(play, step)()


def _absent(play):
    play.draw()
    play.sleep(1_000)
    play.settle()


def _over(play):
    play.task.cancel({"from": play.creator})


def _committed(play):
    _round(play, 2)
    for voter in play.voters:
        play.commit(voter, number=1)


# What each function is called with, after what, and what somebody without any part in the task is told: None where anyone may.
SCENES = {
    "join": (lambda play: None, (STAR, []), None),
    "joinWithPermit": (lambda play: None, (STAR, [], 0, 0, bytes(32), bytes(32)), None),
    "topUp": (lambda play: None, (STAR,), "NotMember"),
    "leaveTask": (lambda play: None, (), "NotMember"),
    "setOperator": (lambda play: None, ("caller",), None),
    "withdraw": (_over, ("member", "caller"), "NotOperator"),
    "claim": (lambda play: _round(play, 4), ("member", "member"), "NotOperator"),
    "slash": (_absent, (1, "members"), None),
    "draw": (lambda play: play.mine_to_anchor(), (), None),
    "submitUpdate": (lambda play: _round(play, 1), ("caller", GOOD), "WrongRole"),
    "commitVote": (lambda play: _round(play, 2), ("caller", GOOD), "WrongRole"),
    "revealVote": (_committed, ("caller", *ballot_of(GOOD)), "NoCommitment"),
    "settle": (lambda play: _round(play, 3), (), None),
    "fund": (lambda play: None, (STAR,), None),
    "cancel": (lambda play: None, (), "NotCreator"),
    "close": (lambda play: play.sleep(10_000), (), None),
    "refund": (_over, (), None),
    "multicall": (lambda play: None, ([],), None),
}


@pytest.mark.parametrize("function", TASK)
def test_who_has_no_part_in_a_task_can_do_what_anyone_may_and_no_more(play, stranger, function):
    """R2: by a stranger, and with the creator's hands the same, but that it may cancel before the first draw."""
    prepare, words, refusal = SCENES[function]
    assert (refusal is None) == (TASK[function] == ANYONE)
    play.give(stranger, STAR)
    play.give(play.creator, STAR)
    prepare(play)
    mark = wire.mark()
    for caller in (stranger, play.creator):
        members = [member.address for member in play.members]
        named = {"caller": caller.address, "member": members[0], "members": members}
        values = [named.get(word, word) if isinstance(word, str) else word for word in words]
        expected = None if function == "cancel" and caller == play.creator else refusal
        held = [play.balance(account) for account in (caller, *play.members)]
        error, _ = wire.send(caller, play.task, function, *values)
        assert error == expected, caller
        now = [play.balance(account) for account in (caller, *play.members)]
        is_refund = function == "refund" and caller == play.creator
        assert is_refund or all(after <= before for before, after in zip(held, now, strict=True))
        wire.rewind(mark)
        mark = wire.mark()


@pytest.mark.parametrize("data", ["0x", "0x12345678", "0x8456cb59", "0xf2fde38b" + "00" * 31 + "01"])
def test_nothing_else_is_answered(play, data):
    """R2: no ether, no fallback, no `pause`, no `transferOwnership`: neither the task nor the manager knows them."""
    for contract in (play.task, play.bench.manager, play.bench.beacon):
        for value in ("0x0", "0x1"):
            call = {"from": str(play.creator), "to": str(contract), "data": data, "gas": hex(10**6), "value": value}
            sent = wire.ask("eth_sendTransaction", call)
            while (receipt := wire.ask("eth_getTransactionReceipt", sent)) is None:
                pass
            assert receipt["status"] == "0x0"


def test_creator_has_the_powers_of_a_stranger(play):
    """R2: but for cancelling, the creator can do what anybody can."""
    creator = play.creator
    with reverts_with("NotMember", creator):
        play.task.leaveTask({"from": creator})
    with reverts_with("Nothing"):
        play.task.withdraw(creator, creator, {"from": creator})
    with reverts_with("Nothing"):
        play.task.claim(creator, creator, {"from": creator})
    with reverts_with("WrongState"):
        play.task.refund({"from": creator})
    with reverts_with("TooEarly"):
        play.task.close({"from": creator})


def test_batch_has_the_powers_of_its_caller(play, stranger):
    """R2: a multicall is its parts, in order, by the same account; one that fails undoes all."""
    member = play.members[0]
    play.give(member, STAR)
    calls = [play.task.topUp.encode_input(STAR), play.task.leaveTask.encode_input()]
    with reverts_with("NotMember", stranger):
        play.task.multicall(calls, {"from": stranger})
    play.task.multicall(calls, {"from": member})
    assert play.view(member).toppedUp == STAR and not play.view(member).isMember
    with reverts_with("NotMember", member):
        play.task.multicall(calls, {"from": member})
