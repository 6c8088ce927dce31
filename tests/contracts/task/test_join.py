"""Joining a task (R4, and who is admitted: R1)."""

import pytest
from brownie import web3
from eth_abi import encode

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
    """R4: one stake and one place per account."""
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
    play = bench.make_task(members=3, maxParticipants=3)
    with reverts_with("TaskFull", 3):
        play.join(bench.people[9])


def test_minimum_of_members_opens_the_draw(bench):
    """R8: filling the task fixes a future block."""
    play = bench.make_task(members=2, minParticipants=3)
    assert play.phase == Phase.ENROLLING and play.view().anchor == 0
    joined = play.join(bench.people[3])
    assert play.phase == Phase.DRAWING
    assert joined.events["Anchored"] == {"round": 1, "anchor": joined.block_number + 2, "memberCount": 3}


def test_who_joins_after_the_anchor_has_no_role_in_that_round(play, stranger):
    """R4: joining takes effect with the next draw whose membership is not fixed yet."""
    play.join(stranger)
    play.draw()
    assert play.task.roleOf(stranger, 1) == Role.NONE
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


def test_join_with_permit_needs_no_approval(bench, Crowd):
    """R4: one transaction is enough to join."""
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    play, key = bench.make_task(), Account.create()
    bench.people[0].transfer(key.address, 10**18)
    bench.token.mint(key.address, STAR, {"from": bench.people[0]})
    domain = {
        "name": "Starling Test Token", "version": "1", "chainId": web3.eth.chain_id, "verifyingContract": bench.token.address,
    }  # fmt: skip
    fields = [("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256"), ("deadline", "uint256")]
    types = {"Permit": [{"name": name, "type": kind} for name, kind in fields]}
    message = {"owner": key.address, "spender": play.task.address, "value": STAR, "nonce": 0, "deadline": 2**40}
    signed = key.sign_message(encode_typed_data(domain, types, message))
    words = (signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
    data = play.task.joinWithPermit.encode_input(STAR, [], 2**40, *words)
    request = {"to": play.task.address, "data": data, "gas": 10**6, "gasPrice": web3.eth.gas_price, "nonce": 0}
    sent = web3.eth.send_raw_transaction(key.sign_transaction(request | {"chainId": web3.eth.chain_id}).raw_transaction)
    assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    assert play.view(key.address).stake == STAR


def test_spent_permit_does_not_stop_a_join(play, stranger):
    """R4: whoever used the permit first, the allowance is there."""
    play.give(stranger, STAR)
    play.task.joinWithPermit(STAR, [], 2**40, 27, b"\x01" * 32, b"\x02" * 32, {"from": stranger})
    assert play.view(stranger).isMember


@pytest.mark.parametrize("amount", [2**96 - 1000 * STAR, 2**96])
def test_all_that_enters_stays_below_two_to_the_96(play, stranger, amount):
    """I1: no sum in a task can overflow."""
    with reverts_with("TooMuch", 2**96 - 1, 1_050 * STAR + amount):
        play.join(stranger, amount)
