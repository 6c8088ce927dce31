"""A token that calls back, as ERC-777 does, and a participant that calls the task again from there (D16): it gains nothing."""

import pytest
from brownie.exceptions import VirtualMachineError
from eth_utils import keccak, to_checksum_address

from tests.contracts import wire
from tests.contracts.dsl import STAR
from tests.contracts.errors import reverts_with
from tests.contracts.token.test_dialects import CALLS_BACK

HAND = 10 * STAR
"""What the robber has at the start."""


class Robbery:
    """A round is settled and two that were absent in it are slashed by the robber, who so has rewards and no stake yet.

    Two are members where four are needed: who comes and goes now need not wait for a round."""

    def __init__(self, bench, odd, robber_type, creator=None) -> None:
        self.play = play = bench.make_task(creator, token=odd, minParticipants=6, exitDelay=0)
        self.task, self.odd = play.task, odd
        play.token = odd
        play.enrol(6)
        play.draw()
        absent = play.proposers
        play.sleep(1_000)
        for member in play.members[:4]:
            play._do(member, play.task, "leaveTask")
        play.settle()
        self.robber = bench.people[9].deploy(robber_type, play.task, odd)
        play._do(bench.people[9], odd, "mint", self.robber, HAND)
        play._do(bench.people[9], odd, "setOddity", CALLS_BACK)
        play.fund(9 * STAR, bench.people[8])
        assert self.act("slash", 1, absent) is None

    def plan(self, *calls) -> None:
        """What the robber does from inside, the next time."""
        data = [getattr(self.task, method).encode_input(*values) for method, *values in calls]
        self.play._do(self.play.creator, self.robber, "plan", data)

    def act(self, method, *values) -> str | None:
        """The robber calls the task; the error, if it fails."""
        data = getattr(self.task, method).encode_input(*values)
        return wire.send(self.play.bench.people[9], self.robber, "act", data)[0]

    def wealth(self) -> int:
        """All that the robber has, in hand and in the task."""
        view = self.play.view(self.robber)
        return self.play.balance(self.robber) + view.stake + view.toppedUp + view.rewards

    def check_books(self) -> None:
        """I1: the task has what it owes, to the wei. No due is left."""
        views = [self.play.view(account) for account in (*self.play.members, self.robber)]
        owed = sum(view.stake + view.toppedUp + view.rewards for view in views)
        assert self.play.balance() == owed + self.play.pool()

    def get_everybody_out(self) -> None:
        """I8: and nothing stays behind."""
        self.plan()
        self.play.sleep(10_000)
        self.task.close({"from": self.play.members[0]})
        if self.play.balance(self.robber) < self.wealth():
            assert self.act("withdraw", self.robber, self.robber) is None
        self.play.empty()
        assert self.play.balance() == 0


@pytest.fixture(scope="module")
def odd(bench, OddToken):
    return bench.people[0].deploy(OddToken)


@pytest.fixture(scope="module")
def robbery(bench, odd, Reentrant):
    return Robbery(bench, odd, Reentrant)


OUTER = {
    "join": [("join", 2 * STAR, [])],
    "topUp": [("join", 2 * STAR, []), ("topUp", STAR)],
    "fund": [("fund", STAR)],
    "claim": [("claim", "robber", "robber")],
    "withdraw": [("join", 2 * STAR, []), ("leaveTask",), ("withdraw", "robber", "robber")],
}
"""What leads to the act from whose transfer the token calls back, and that act."""
INNER = {
    "join": [("join", STAR, [])],
    "topUp": [("topUp", STAR)],
    "fund": [("fund", STAR)],
    "claim": [("claim", "robber", "robber")],
    "withdraw": [("withdraw", "robber", "robber")],
    "leave and withdraw": [("leaveTask",), ("withdraw", "robber", "robber")],
    "leave": [("leaveTask",)],
    "slash": [("slash", 1, "members")],
    "refund": [("refund",)],
    "settle": [("settle",)],
    "join, leave and withdraw": [("join", STAR, []), ("leaveTask",), ("withdraw", "robber", "robber")],
    "claim and fund": [("claim", "robber", "robber"), ("fund", STAR // 10)],
}
ALLOWED = {
    ("join", "leave"), ("topUp", "leave"),
    ("join", "claim and fund"), ("topUp", "claim and fund"), ("fund", "claim and fund"),  # as much in as out
    ("claim", "join"), ("claim", "fund"), ("claim", "join, leave and withdraw"),
    ("withdraw", "join"), ("withdraw", "fund"), ("withdraw", "join, leave and withdraw"),
}  # fmt: skip
"""What goes through from inside, because the books are right by then."""


def _words(robbery, calls):
    names = {"robber": robbery.robber.address, "members": [member.address for member in robbery.play.members]}
    return [[method, *(names.get(value, value) if isinstance(value, str) else value for value in v)] for method, *v in calls]


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", OUTER)
def test_calling_back_gains_nothing(robbery, outer, inner):
    """I1, I2, D16: whatever is called from inside whichever transfer, nothing is paid twice and nothing is lost."""
    *before, last = _words(robbery, OUTER[outer])
    for call in before:
        assert robbery.act(*call) is None
    wealth, pool = robbery.wealth(), robbery.play.pool()
    assert wealth > HAND
    robbery.plan(*_words(robbery, INNER[inner]))
    error = robbery.act(*last)
    assert (error is None) == ((outer, inner) in ALLOWED), error
    robbery.check_books()
    assert robbery.wealth() + robbery.play.pool() == wealth + pool and robbery.play.pool() >= pool
    if error is None:
        robbery.get_everybody_out()


def test_stake_cannot_be_withdrawn_while_it_is_being_paid(robbery):
    """I1, D16: a callback that takes the stake back out before it came in makes the join fail."""
    robbery.plan(["leaveTask"], ["withdraw", robbery.robber, robbery.robber])
    assert robbery.act("join", 2 * STAR, []) == "UnsoundToken"
    assert robbery.play.view(robbery.robber).stake == 0 and robbery.play.balance(robbery.robber) == HAND


@pytest.mark.parametrize("act", ["claim", "withdraw"])
def test_nothing_is_paid_twice_to_who_calls_back(robbery, act):
    """I2, R21: asking again from inside a payment finds nothing."""
    if act == "withdraw":
        robbery.act("join", 2 * STAR, [])
        robbery.act("leaveTask")
    robbery.plan([act, robbery.robber, robbery.robber])
    assert robbery.act(act, robbery.robber, robbery.robber) == "Nothing"
    robbery.plan()
    wealth = robbery.wealth()
    assert robbery.act(act, robbery.robber, robbery.robber) is None
    assert robbery.play.balance(robbery.robber) == robbery.wealth() == wealth


def test_pool_is_not_refunded_twice_to_a_creator_that_calls_back(bench, odd, Reentrant):
    """I2, R7: a creator that asks for the pool again, from inside its payment, finds nothing."""
    nonce = int(wire.ask("eth_getTransactionCount", str(bench.manager), "latest"), 16)
    task = to_checksum_address(keccak(_rlp(bytes.fromhex(str(bench.manager)[2:]), nonce))[12:])
    creator = bench.people[9].deploy(Reentrant, task, odd)
    wire.ask("anvil_impersonateAccount", creator.address)
    wire.ask("anvil_setBalance", creator.address, hex(10**18))
    assert wire.send(creator, bench.manager, "createTask", bench.parameters(token=odd))[0] is None
    play = bench.tasks.at(task)
    assert play.creator() == creator
    for account in bench.people[1:3]:
        odd.mint(account, 5 * STAR, {"from": account})
        odd.approve(play, 5 * STAR, {"from": account})
        play.fund(5 * STAR, {"from": account})
    odd.setOddity(CALLS_BACK, {"from": bench.people[9]})
    assert wire.send(creator, play, "cancel")[0] is None
    creator.plan([play.refund.encode_input()], {"from": bench.people[9]})
    with reverts_with("Nothing"):
        play.refund({"from": bench.people[9]})
    assert odd.balanceOf(play) == bench.lens.roundView(play, creator).dict()["pool"] == 10 * STAR
    creator.plan([], {"from": bench.people[9]})
    play.refund({"from": bench.people[9]})
    assert (odd.balanceOf(play), odd.balanceOf(creator)) == (0, 10 * STAR)


def _rlp(address: bytes, nonce: int) -> bytes:
    """What the address of a contract made by `address` is the hash of."""
    number = b"\x80" if nonce == 0 else nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    if len(number) > 1 or number[0] > 0x80:
        number = bytes([0x80 + len(number)]) + number
    return bytes([0xC0 + 21 + len(number), 0x94]) + address + number


def test_callback_that_fails_stops_only_its_own_owner(robbery):
    """I8, R21: payments are pulled, so who cannot be paid holds up nobody else."""
    play = robbery.play
    assert robbery.act("join", 2 * STAR, []) is None
    robbery.plan(["settle"])  # fails whenever the robber is paid
    play.sleep(10_000)
    play.task.close({"from": play.members[0]})
    with pytest.raises(VirtualMachineError):
        robbery.robber.act(play.task.withdraw.encode_input(robbery.robber, robbery.robber), {"from": play.bench.people[9]})
    play.empty()
    assert play.balance() == play.view(robbery.robber).stake + play.view(robbery.robber).rewards > 2 * STAR
    robbery.plan()
    assert robbery.act("withdraw", robbery.robber, robbery.robber) is None
    assert play.balance() == 0
