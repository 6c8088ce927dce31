"""Section 7: owner powers. There are none: each function that changes anything is listed here, with who may call it."""

from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with

ANYONE, MEMBERS, DRAWN, CREATOR = "anyone", "the member itself", "who has the role", "the creator, before the first draw"
TASK = {
    "join": ANYONE,
    "joinWithPermit": ANYONE,
    "topUp": MEMBERS,
    "leaveTask": MEMBERS,
    "withdraw": MEMBERS,
    "claim": MEMBERS,
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
    "initialize": "the manager, in the transaction that makes the task",
}


def _changing(abi):
    return {item["name"] for item in abi if item["type"] == "function" and item["stateMutability"] not in ("view", "pure")}


def test_no_function_changes_a_task_but_these(FLTask):
    """R2: nothing and nobody can change a task's parameters, pause it, or touch its funds."""
    assert _changing(FLTask.abi) == TASK.keys()
    assert not [item for item in FLTask.abi if item.get("stateMutability") == "payable"]


def test_manager_makes_tasks_and_does_nothing_else(TaskManager, FutureBlockBeacon):
    """R1, R2: nobody owns the manager, and the beacon has no state."""
    assert _changing(TaskManager.abi) == {"createTask"}
    assert _changing(FutureBlockBeacon.abi) == set()


def test_creator_has_the_powers_of_a_stranger(play):
    """R2: but for cancelling, the creator can do what anybody can."""
    creator = play.creator
    with reverts_with("NotMember", creator):
        play.task.leaveTask({"from": creator})
    with reverts_with("Nothing"):
        play.task.withdraw(creator, {"from": creator})
    with reverts_with("Nothing"):
        play.task.claim(creator, {"from": creator})
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
