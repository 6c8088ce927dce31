"""Joining a task (R4, and who is admitted: R1)."""

import pytest
from brownie import accounts, web3
from eth_abi import encode
from eth_account import Account

from orchestrator.protocol.types import Phase, Role
from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with


def test_join_moves_the_stake_into_the_task(play, stranger):
    """R4: `join` moves at least `minStake` into the task."""
    joined = play.join(stranger, 3 * STAR)
    assert play.balance() == 1_053 * STAR
    assert play.view(stranger).stake == 3 * STAR
    assert joined.events["Joined"] == {"account": stranger, "stake": 3 * STAR}


def test_stake_below_the_minimum_is_refused(play, stranger):
    """R4: `join` moves at least `minStake`."""
    play.give(stranger, STAR)
    with reverts_with("StakeTooSmall", STAR, STAR - 1):
        play.task.join(STAR - 1, [], {"from": stranger})


def test_member_cannot_join_twice(play):
    """R4: one stake and one position per account."""
    with reverts_with("AlreadyMember", play.members[0]):
        play.join(play.members[0])


def test_leaver_cannot_join_again_before_it_has_withdrawn(play):
    """R6: what was left behind can still be slashed, so it is not mixed with a new stake."""
    leaver = play.members[0]
    play.task.leaveTask({"from": leaver})
    with reverts_with("AlreadyMember", leaver):
        play.join(leaver)


def test_full_task_admits_nobody(bench):
    """R1: `maxParticipants` holds."""
    play = bench.make_task(members=4, maxParticipants=4)
    with reverts_with("TaskFull", 4):
        play.join(bench.people[9])


def test_minimum_of_members_opens_the_draw(bench):
    """R8: filling the task fixes a future block."""
    play = bench.make_task(members=4, minParticipants=5)
    assert play.phase == Phase.ENROLLING and play.view().anchor == 0
    joined = play.join(bench.people[5])
    assert play.phase == Phase.DRAWING
    assert joined.events["Anchored"] == {"round": 1, "anchor": joined.block_number + 1, "memberCount": 5}


def test_who_joins_after_the_anchor_has_no_role_in_that_round(play, stranger):
    """R4: joining takes effect with the next draw whose membership is not fixed yet."""
    play.join(stranger)
    play.draw()
    assert play.lens.roleOf(play.task, stranger, 1) == Role.NONE
    assert play.view(stranger).isMember and not play.view(stranger).isInDraw
    play.train()
    play.vote_alike()
    play.settle()
    assert play.view(stranger).isInDraw


def _leaf(account) -> bytes:
    return bytes(web3.keccak(web3.keccak(encode(["address"], [str(account)]))))


def test_only_admitted_accounts_join_where_there_is_a_list(bench):
    """R1: an optional Merkle root of admitted accounts."""
    first, second, other = bench.people[1:4]
    leaves = sorted([_leaf(first), _leaf(second)])
    play = bench.make_task(admitted=bytes(web3.keccak(b"".join(leaves))))
    play.give(first, STAR)
    play.task.join(STAR, [_leaf(second)], {"from": first})
    for account, proof in ((other, [_leaf(second)]), (other, []), (second, [])):
        with reverts_with("NotAdmitted", account):
            play.task.join(STAR, proof, {"from": account})


@pytest.fixture
def owner(bench):
    """An account whose key the test has, with 3 STAR."""
    account = accounts.add()
    bench.people[0].transfer(account, 10**18)
    bench.token.mint(account, 3 * STAR, {"from": bench.people[0]})
    return account


def _permit(play, owner, *, signer=None, spender=None, value=STAR, deadline=2**40) -> tuple[int, int, bytes, bytes]:
    """Deadline and signature of an EIP-2612 permit."""
    domain = {
        "name": "Starling Test Token", "version": "1", "chainId": web3.eth.chain_id, "verifyingContract": play.token.address,
    }  # fmt: skip
    fields = [("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256"), ("deadline", "uint256")]
    types = {"Permit": [{"name": name, "type": kind} for name, kind in fields]}
    to = str(spender or play.task)
    message = {"owner": owner.address, "spender": to, "value": value, "nonce": 0, "deadline": deadline}
    signed = Account.sign_typed_data((signer or owner).private_key, domain, types, message)
    return deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def test_join_with_permit_needs_no_approval(bench, owner):
    """R4: one transaction is enough to join."""
    play = bench.make_task()
    play.task.joinWithPermit(STAR, [], *_permit(play, owner), {"from": owner})
    assert owner.nonce == 1 and play.view(owner).stake == play.balance() == STAR
    assert play.token.allowance(owner, play.task) == 0


def test_permit_that_somebody_used_first_does_not_stop_a_join(bench, owner, stranger):
    """R4: whoever sees the permit on its way can use it; the allowance is there all the same."""
    play = bench.make_task()
    deadline, *signature = permit = _permit(play, owner)
    play.token.permit(owner, play.task, STAR, deadline, *signature, {"from": stranger})
    play.task.joinWithPermit(STAR, [], *permit, {"from": owner})
    assert play.view(owner).stake == STAR


@pytest.mark.parametrize("flaw", ["signer", "spender", "value", "deadline"])
def test_permit_that_does_not_permit_this_lets_nobody_in(bench, owner, stranger, flaw):
    """R4, I2: forged, for another task, for less, or of yesterday: nothing moves."""
    play = bench.make_task()
    flaws = {"signer": accounts.add(), "spender": bench.make_task().task, "value": STAR - 1, "deadline": 1}
    permit = _permit(play, owner, **{flaw: flaws[flaw]})
    with reverts_with("ERC20InsufficientAllowance", play.task, 0, STAR):
        play.task.joinWithPermit(STAR, [], *permit, {"from": owner})
    assert play.balance(owner) == 3 * STAR and not play.view(owner).isMember


def test_permit_of_another_lets_nobody_in(bench, owner, stranger):
    """R4, I2: who finds somebody's permit can stake nothing of that somebody's."""
    play = bench.make_task()
    with reverts_with("ERC20InsufficientAllowance", play.task, 0, STAR):
        play.task.joinWithPermit(STAR, [], *_permit(play, owner), {"from": stranger})
    assert play.balance(owner) == 3 * STAR


def test_token_without_permits_is_joined_by_approval(bench, OddToken, stranger):
    """R4, D16: a permit is a convenience."""
    play = bench.make_task(token=(token := bench.people[0].deploy(OddToken)))
    play.token = token
    play.give(stranger, STAR)
    play.task.joinWithPermit(STAR, [], 2**40, 27, b"\x01" * 32, b"\x02" * 32, {"from": stranger})
    assert play.view(stranger).isMember


@pytest.mark.parametrize("amount", [2**90 - 1000 * STAR, 2**90])
def test_all_that_enters_stays_below_two_to_the_90(play, stranger, amount):
    """I1: no sum in a task can overflow."""
    with reverts_with("TooMuch", 2**90 - 1, 1_050 * STAR + amount):
        play.join(stranger, amount)


def test_stake_above_the_maximum_is_refused(bench, stranger):
    """R5: where creators want it, seats, votes and pay are one thing."""
    play = bench.make_task(maxStake=3 * STAR)
    with reverts_with("StakeTooLarge", 3 * STAR, 3 * STAR + 1):
        play.join(stranger, 3 * STAR + 1)
    play.join(stranger, 3 * STAR)
    assert play.view(stranger).stake == 3 * STAR
