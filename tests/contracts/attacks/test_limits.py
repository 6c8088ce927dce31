"""Section 7: a loop over members that outgrows the block. A task at its membership limit plays as a small one does."""

import pytest

from orchestrator.protocol.types import Outcome, Phase, Role
from tests.contracts import wire
from tests.contracts.dsl import GOOD, STAR, ballot_of, digest_of
from tests.contracts.errors import reverts_with

FULL, SMALL = 256, 12
"""Sizes for which the permutation never walks, so that what an act costs does not depend on the seed."""
BATCH = 40


class Crowded:
    """A task with as many members as it admits, each a contract that does what it is told to."""

    def __init__(self, bench, extra, crowd, size) -> None:
        self.bench, self.extra, self.size = bench, extra, size
        self.play = bench.make_task(
            pool=100 * STAR,
            minParticipants=size,
            maxParticipants=size,
            proposers=3,
            voters=5,
            quorumBps=10_000,
            condemnedBps=10_000,
        )
        self.task, self.gas = self.play.task, {}
        for start in range(0, size, BATCH):
            crowd.enrol(self.task, bench.token, STAR, min(BATCH, size - start), {"from": self.play.creator})
        self.play.members = [crowd.extras(index) for index in range(crowd_size(crowd) - size, crowd_size(crowd))]

    def act(self, member, method, *values) -> None:
        """As that member; the dearest of each act is noted."""
        self.note(
            self.play.creator,
            self.extra.at(member),
            "act",
            self.task,
            getattr(self.task, method).encode_input(*values),
            told=method,
        )

    def note(self, account, contract, method, *values, told=None) -> None:
        error, receipt = wire.send(account, contract, method, *values)
        assert error is None, (told or method, error)
        self.gas[told or method] = max(int(receipt["gasUsed"], 16), self.gas.get(told or method, 0))

    def play_round(self, score) -> None:
        play, creator = self.play, self.play.creator
        play.mine_to_anchor()
        self.note(creator, self.task, "draw")
        number, proposers, voters = play.view().round, play.proposers, play.voters
        accused = next(
            member for member in proposers if member != play.members[-1]
        )  # the last of the list is put off it for less
        assert (len(proposers), len(voters)) == (3, 5)
        for member in proposers:
            self.act(member, "submitUpdate", member, digest_of(member))
        ballot = ballot_of(GOOD, score, play.bits(accused) if score < 0 else 0)
        for member in voters:
            self.act(member, "commitVote", member, wire.read(self.task, "commitmentOf", number, member, *ballot)[0])
        for member in voters:
            self.act(member, "revealVote", member, *ballot)
        self.note(creator, self.task, "settle")
        if score == 1:
            self.act(voters[0], "claim", voters[0], voters[0])
        else:
            self.note(creator, self.task, "slash", number, [accused])


def crowd_size(crowd) -> int:
    """How many the crowd has made: a dynamic array's length is the word of its slot."""
    return int(wire.ask("eth_getStorageAt", str(crowd), "0x0", "latest"), 16)


@pytest.fixture(scope="module")
def tasks(bench, crowd, Extra):
    """A small and a large one, both full, after an accepted and a rejected round."""
    made = [Crowded(bench, Extra, crowd, size) for size in (SMALL, FULL)]
    for crowded in made:
        crowded.play_round(1)
        crowded.play_round(-1)
    return made


def test_full_task_plays_its_rounds(tasks):
    """R1, I8, section 7: every position is taken, and rounds are decided, paid and penalised."""
    _, full = tasks
    told = [full.play.lens.resultOf(full.task, number).dict() for number in (1, 2)]
    assert [each["outcome"] for each in told] == [Outcome.ACCEPTED, Outcome.REJECTED] and all(
        each["isComplete"] for each in told
    )
    view = full.play.view()
    assert (view.phase, view.round) == (Phase.DRAWING, 3) and view.memberCount == FULL - 1  # one was slashed below the floor
    assert sum(full.play.view(member).isMember for member in full.play.members) == FULL - 1


def test_no_act_costs_more_in_a_full_task_than_in_a_small_one(tasks):
    """I9, R21, section 7: with twenty times the members each act costs the same, but for the dues of who has acted before."""
    small, full = tasks
    assert small.gas.keys() == full.gas.keys() and len(full.gas) == 7
    for act, gas in full.gas.items():
        assert gas == pytest.approx(small.gas[act], rel=0.05), act
    for act in ("draw", "settle"):
        assert full.gas[act] == pytest.approx(small.gas[act], rel=0.01)


def test_position_that_becomes_free_is_taken_again(bench, tasks):
    """R1, R6: the limit counts who is in, not who ever was."""
    _, full = tasks
    first, second = bench.people[10:12]
    full.play.give(first, STAR)
    full.play.give(second, STAR)
    full.task.join(STAR, [], {"from": first})
    with reverts_with("TaskFull", FULL):
        full.task.join(STAR, [], {"from": second})
    full.act(next(member for member in full.play.members if full.play.view(member).isMember), "leaveTask")
    full.task.join(STAR, [], {"from": second})
    assert full.play.view().memberCount == FULL and full.play.view(second).isMember


def test_members_beyond_those_wanted_rest(tasks):
    """R9, I3: of a full task as many propose and vote as are wanted, and nobody does both."""
    _, full = tasks
    full.play.draw()
    found = [Role(wire.read(full.play.lens, "roleOf", full.task, member, 3)[0]) for member in full.play.members]
    assert (found.count(Role.PROPOSER), found.count(Role.VOTER), found.count(Role.NONE)) == (3, 5, FULL - 8)
