"""Tokens that are odd (D16): taken where sound, refused where not, and never stuck."""

import pytest
from brownie.exceptions import VirtualMachineError
from eth_abi import encode
from eth_utils import keccak

from tests.contracts import wire
from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with

SOUND, RETURNS_NOTHING, RETURNS_FALSE, TAKES_FEE, PAYS_BONUS, REVERTS, CALLS_BACK = range(7)
BALANCES = 1
"""The storage slot of the odd token's balances."""


@pytest.fixture(scope="module")
def odd(bench, OddToken):
    return bench.people[0].deploy(OddToken)


@pytest.fixture
def odd_play(bench, odd):
    """Four members of a task in the odd token, which behaves so far."""
    play = bench.make_task(token=odd, minParticipants=4, exitDelay=0)
    play.token = odd
    play.fund(9 * STAR)
    play.enrol(4)
    return play


@pytest.mark.parametrize("oddity", [SOUND, RETURNS_NOTHING, CALLS_BACK])
def test_sound_dialects_live_a_whole_life(bench, odd, oddity):
    """D16, I2: a token that returns nothing, or calls back, moves what it is told to."""
    odd.setOddity(oddity, {"from": bench.people[0]})
    play = bench.make_task(token=odd, members=0, minParticipants=4, rounds=1, exitDelay=0)
    play.token = odd
    play.fund(9 * STAR)
    play.enrol(4)
    play.play_round()
    play.task.claim(play.members[0], play.members[0], {"from": play.members[0]})
    play.empty()
    assert play.balance() == 0 and sum(play.balance(member) for member in play.members) == 49 * STAR


ENTRANCES = ("join", "joinWithPermit", "topUp", "fund")


def _enter(play, entrance):
    """One way into the task with 1 STAR, as a call."""
    account = {"topUp": play.members[0], "fund": play.creator}.get(entrance, play.bench.people[8])
    play.give(account, 5 * STAR)
    words = {"join": (STAR, []), "joinWithPermit": (STAR, [], 0, 0, bytes(32), bytes(32))}.get(entrance, (STAR,))
    return lambda: getattr(play.task, entrance)(*words, {"from": account})


def _everybody_leaves(play):
    """All stakes and the pool are paid; what each member and the task then have."""
    play.sleep(10_000)
    play.task.close({"from": play.members[0]})
    play.empty()
    return [play.balance(member) for member in play.members], play.balance()


REFUSED = {
    TAKES_FEE: ("UnsoundToken", STAR, STAR * 99 // 100),
    PAYS_BONUS: ("UnsoundToken", STAR, STAR + 1),
    RETURNS_FALSE: ("SafeERC20FailedOperation",),
    REVERTS: ("refused",),
}


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("oddity", REFUSED)
def test_token_that_does_not_move_what_it_is_told_to_is_refused(odd, odd_play, oddity, entrance):
    """D16, I1, I8: at each way in, with a clear error; and whoever is in gets out."""
    enter = _enter(odd_play, entrance)
    odd.setOddity(oddity, {"from": odd_play.creator})
    before = odd_play.balance()
    with reverts_with(*REFUSED[oddity]):
        enter()
    assert odd_play.balance() == before and not odd_play.view(odd_play.bench.people[8]).isMember
    odd.setOddity(SOUND, {"from": odd_play.creator})
    spare = 5 * STAR if entrance == "topUp" else 0
    assert _everybody_leaves(odd_play) == ([10 * STAR + spare, 10 * STAR, 10 * STAR, 10 * STAR], 0)


@pytest.mark.parametrize(
    "oddity, received",
    [(RETURNS_NOTHING, 10 * STAR), (CALLS_BACK, 10 * STAR), (TAKES_FEE, 9.9 * STAR), (PAYS_BONUS, 10 * STAR + 1)],
)
def test_token_that_becomes_odd_keeps_nobody_in(odd, odd_play, oddity, received):
    """I8, D16: the task pays what it owes; what the token makes of it is between token and receiver."""
    odd.setOddity(oddity, {"from": odd_play.creator})
    assert _everybody_leaves(odd_play) == ([received] * 4, 0)


def test_payment_that_fails_takes_nothing_away(bench, odd, odd_play):
    """I2: if the token refuses to pay, the stake is still there and can be tried again."""
    leaver = odd_play.members[0]
    odd_play.task.leaveTask({"from": leaver})
    odd_play.play_round()
    for oddity in (RETURNS_FALSE, REVERTS):
        odd.setOddity(oddity, {"from": leaver})
        with pytest.raises(Exception, match=r"refused|SafeERC20FailedOperation"):
            odd_play.task.withdraw(leaver, leaver, {"from": leaver})
    odd.setOddity(SOUND, {"from": leaver})
    odd_play.task.withdraw(leaver, leaver, {"from": leaver})
    assert odd_play.balance(leaver) > 10 * STAR


def _rebase(odd, account, percent):
    """What the account has becomes more or less without any transfer, as with AMPL or stETH."""
    slot = keccak(encode(["address", "uint256"], [str(account), BALANCES]))
    value = odd.balances(account) * percent // 100
    wire.ask("anvil_setStorageAt", str(odd), "0x" + slot.hex(), "0x" + value.to_bytes(32, "big").hex())
    assert odd.balanceOf(account) == value


def test_rebase_upwards_stays_behind_as_surplus(odd, odd_play):
    """D16, I1: what a rebasing token adds belongs to nobody; everybody gets what is theirs, also who comes after it."""
    _rebase(odd, odd_play.task, 200)
    newcomer = odd_play.bench.people[8]
    odd_play.join(newcomer)
    assert _everybody_leaves(odd_play) == ([10 * STAR] * 5, 49 * STAR)


def test_rebase_downwards_harms_who_staked_that_token_and_is_made_good_by_anybody(odd, odd_play):
    """D16, I8: the task pays while it has anything; what it cannot pay stays owed until the tokens are there again."""
    odd_play.sleep(10_000)
    odd_play.task.close({"from": odd_play.creator})
    _rebase(odd, odd_play.task, 30)  # 14.7 STAR for stakes of 40 and a pool of 9
    first, *others = odd_play.members
    odd_play.task.withdraw(first, first, {"from": first})
    assert odd_play.balance(first) == 10 * STAR
    for member in others:
        with pytest.raises(VirtualMachineError):
            odd_play.task.withdraw(member, member, {"from": member})
        assert odd_play.view(member).stake == 10 * STAR and odd_play.view(member).canWithdraw
    odd.mint(odd_play.task, 343 * STAR // 10, {"from": odd_play.creator})
    odd_play.empty(others)
    assert [odd_play.balance(member) for member in others] == [10 * STAR] * 3 and odd_play.balance() == 0


@pytest.mark.parametrize("scale, received", [(200, 2 * STAR), (50, STAR // 2)])
def test_token_that_counts_in_shares_is_refused(odd, odd_play, scale, received):
    """D16: where what is told and what is moved are not the same, nothing comes in."""
    odd.rebase(scale, {"from": odd_play.creator})
    for entrance in ENTRANCES:
        with reverts_with("UnsoundToken", STAR, received):
            _enter(odd_play, entrance)()
