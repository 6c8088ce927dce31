"""Every way in which a contract can refuse, provoked on any chain (`brownie test <this file> --network ganache`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.protocol.types import Phase, Role
from tests.contracts.dsl import GOOD, STAR, Play, ballot_of, digest_of
from tests.contracts.errors import reverts_with
from tests.contracts.token.test_dialects import RETURNS_FALSE, TAKES_FEE

UNREACHABLE = {"AddressEmptyCode"}
"""What no call can bring about: `multicall` calls the task itself, which has code."""

Refusal = tuple[Callable[[], Any], tuple[Any, ...]]
"""What is refused, and the values that the error must tell."""

REFUSALS: dict[str, Callable[[Play], Refusal]] = {}


def refused_with(name: str) -> Callable[[Callable[[Play], Refusal]], Callable[[Play], Refusal]]:
    """The scene that follows ends in this error."""

    def note(scene: Callable[[Play], Refusal]) -> Callable[[Play], Refusal]:
        REFUSALS[name] = scene
        return scene

    return note


# ── a round ──


@refused_with("WrongPhase")
def wrong_phase(play):
    return play.settle, (Phase.SETTLING, Phase.DRAWING)


@refused_with("WrongRound")
def wrong_round(play):
    return lambda: play.task.slash(1, play.members, {"from": play.creator}), (0, 1)


@refused_with("WrongRole")
def wrong_role(play):
    play.draw()
    voter = play.voters[0]
    return lambda: play.submit(voter), (Role.PROPOSER, Role.VOTER)


@refused_with("AlreadyDone")
def already_done(play):
    play.draw()
    proposer = play.proposers[0]
    play.submit(proposer)
    return lambda: play.submit(proposer), (proposer, 1)


@refused_with("EmptyDigest")
def empty_digest(play):
    play.draw()
    proposer = play.proposers[0]
    return lambda: play.task.submitUpdate(proposer, bytes(32), {"from": proposer}), ()


@refused_with("NoCommitment")
def no_commitment(play):
    _, _, other = _vote(play)
    return lambda: play.task.revealVote(other, *ballot_of(GOOD), {"from": other}), (other, 1)


@refused_with("WrongBallot")
def wrong_ballot(play):
    voter, *_ = _vote(play)
    shown = play.task.commitmentOf(1, voter, *ballot_of(GOOD, -1))
    hidden = play.task.commitmentOf(1, voter, *play.ballots[voter])
    kept = tuple(bytes(each)[:30] + b"\x00\x01" for each in (hidden, shown))  # 240 bits and the round
    return lambda: play.task.revealVote(voter, *ballot_of(GOOD, -1), {"from": voter}), kept


@refused_with("InvalidMask")
def invalid_mask(play):
    voter, *_ = _vote(play, against=0b100)
    return lambda: play.reveal(voter), (0b011, 0b100)


@refused_with("InvalidScore")
def invalid_score(play):
    voter, *_ = _vote(play, score=0)
    return lambda: play.reveal(voter), (0,)


def _vote(play: Play, score: int = 1, against: int = 0) -> list[Any]:
    """The voters of a round in Revealing, two of whom committed."""
    play.draw()
    play.train()
    voters = play.voters
    for voter in voters[:2]:
        play.commit(voter, score=score, against=against)
    play.sleep(1_000)
    return voters


@refused_with("NoStake")
def no_stake(play):
    """Three of seven lose all they have, unseen; then one of the three proposes again."""
    poor = play.bench.make_task(members=7, proposers=3, faultBps=10_000)
    poor.draw()
    absent = poor.proposers
    poor.sleep(1_000)
    poor.settle()
    poor.draw_with(proposing=absent[:1])
    return lambda: poor.submit(absent[0]), (absent[0],)


@refused_with("SeedNotReady")
def seed_not_ready(play):
    return lambda: play.task.draw({"from": play.creator}), (play.view().anchor,)


# ── members ──


@refused_with("NotMember")
def not_member(play):
    stranger = play.bench.people[9]
    return lambda: play.task.leaveTask({"from": stranger}), (stranger,)


@refused_with("NotOperator")
def not_operator(play):
    play.draw()
    proposer, other = play.proposers
    return lambda: play.submit(proposer, sender=other), (proposer, other)


@refused_with("WrongReceiver")
def wrong_receiver(play):
    member, operator = play.members[:2]
    play.task.setOperator(operator, {"from": member})
    return lambda: play.task.claim(member, operator, {"from": operator}), (member, operator)


@refused_with("AlreadyMember")
def already_member(play):
    member = play.members[0]
    return lambda: play.join(member), (member,)


@refused_with("NotAdmitted")
def not_admitted(play):
    stranger = play.bench.people[9]
    closed = play.bench.make_task(admitted=b"\x01" * 32)
    return lambda: closed.join(stranger), (stranger,)


@refused_with("TaskFull")
def task_full(play):
    full = play.bench.make_task(members=4, maxParticipants=4)
    return lambda: full.join(play.bench.people[9]), (4,)


@refused_with("StakeTooSmall")
def stake_too_small(play):
    return lambda: play.join(play.bench.people[9], STAR - 1), (STAR, STAR - 1)


@refused_with("StakeTooLarge")
def stake_too_large(play):
    small = play.bench.make_task(maxStake=STAR)
    return lambda: small.join(play.bench.people[9], STAR + 1), (STAR, STAR + 1)


@refused_with("TooMuch")
def too_much(play):
    return lambda: play.join(play.bench.people[9], 2**90), (2**90 - 1, 2**90 + 1_050 * STAR)


@refused_with("UnsoundToken")
def unsound_token(play):
    odd = _in_odd_token(play, TAKES_FEE)
    return lambda: odd.fund(STAR), (STAR, STAR * 99 // 100)


@refused_with("SafeERC20FailedOperation")
def failed_operation(play):
    odd = _in_odd_token(play, RETURNS_FALSE)
    return lambda: odd.fund(STAR), (odd.token,)


def _in_odd_token(play: Play, oddity: int) -> Play:
    from brownie import OddToken

    token = play.creator.deploy(OddToken)
    odd = play.bench.make_task(token=token)
    odd.token = token
    token.setOddity(oddity, {"from": play.creator})
    return odd


# ── the pool and the end ──


@refused_with("Nothing")
def nothing(play):
    stranger = play.bench.people[9]
    return lambda: play.task.claim(stranger, stranger, {"from": stranger}), ()


@refused_with("NotCreator")
def not_creator(play):
    member = play.members[0]
    return lambda: play.task.cancel({"from": member}), (play.creator, member)


@refused_with("WrongState")
def wrong_state(play):
    return lambda: play.task.refund({"from": play.creator}), (Phase.DRAWING,)


@refused_with("TooEarly")
def too_early(play):
    return lambda: play.task.close({"from": play.creator}), (1, play.view().movedAt + 10_000)


@refused_with("FailedCall")
def failed_call(play):
    """A call that no function answers gives no reason; all others come through a batch as they are."""
    return lambda: play.task.multicall([b"\x01\x02\x03\x04"], {"from": play.creator}), ()


@refused_with("InvalidParameter")
def invalid_parameter(play):
    values = play.bench.parameters(rounds=0)
    return lambda: play.bench.manager.createTask(values, {"from": play.creator}), ("rounds", 1, 0)


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_told_by_its_name(play, name):
    """R1, I4: with its values, and nothing has changed."""
    act, values = REFUSALS[name](play)
    before = (play.view(), play.balance(), play.bench.manager.taskCount())
    with reverts_with(name, *values):
        act()
    after = (play.view(), play.balance(), play.bench.manager.taskCount())
    assert [_lasting(each) for each in after] == [_lasting(each) for each in before]


def _lasting(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return {name: told for name, told in vars(value).items() if name not in ("blockNumber", "timestamp", "isSeedReady")}


def test_errors_of_the_token_come_through(play):
    """D16: what a token says is what the caller reads, also from inside a batch."""
    stranger, task = play.bench.people[9], play.task
    with reverts_with("ERC20InsufficientAllowance", task, 0, STAR):
        task.join(STAR, [], {"from": stranger})
    with reverts_with("ERC20InsufficientAllowance", task, 0, STAR):
        task.multicall([task.join.encode_input(STAR, [])], {"from": stranger})


def test_errors_come_through_a_batch_as_they_are(play):
    """R2: name and values are those of the call that failed."""
    calls = [play.task.draw.encode_input(), play.task.submitUpdate.encode_input(play.creator, digest_of(play.creator))]
    play.mine_to_anchor()
    with reverts_with("WrongRole", Role.PROPOSER, Role.NONE):
        play.task.multicall(calls, {"from": play.creator})
    assert play.phase == Phase.DRAWING


def test_every_custom_error_is_provoked(FLTask, TaskLens, TaskManager):
    """R1, I4: each error that the contracts know is refused with above, or cannot come about."""
    known = {item["name"] for container in (FLTask, TaskLens, TaskManager) for item in container.abi if item["type"] == "error"}
    assert known == REFUSALS.keys() | UNREACHABLE
