"""The events (R22): whoever reads them knows the task."""

from orchestrator.protocol import roles
from orchestrator.protocol.types import Outcome, Role
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR


class Ledger:
    """A task rebuilt from its events alone, and from nothing else."""

    def __init__(self) -> None:
        self.stakes, self.rewards, self.members, self.rounds = {}, {}, {}, {}
        self.pool, self.model, self.operators = 0, None, {}

    def read(self, name, e):
        if name == "Joined":
            self.stakes[e["account"]] = e["stake"]
        elif name == "ToppedUp":
            self.stakes[e["account"]] += e["amount"]
        elif name == "Positioned":
            self.members[e["position"]] = e["account"]
        elif name == "Funded":
            self.pool += e["amount"]
        elif name == "RoundDrawn":
            frozen = [self.members[position] for position in range(e["memberCount"])]
            self.rounds[e["round"]] = {"seed": e["seed"], "members": frozen, "updates": {}, "votes": {}}
        elif name == "UpdateSubmitted":
            self.rounds[e["round"]]["updates"][e["proposer"]] = (e["rank"], e["weight"])
        elif name == "VoteRevealed":
            self.rounds[e["round"]]["votes"][e["voter"]] = (e["aggregate"], e["score"], e["against"], e["weight"])
        elif name == "RoundSettled":
            self._settle(e)
        elif name == "Slashed":
            self.stakes[e["account"]] -= e["amount"]
            self.pool += e["amount"] - e["slasherShare"]
            self.rewards[e["slasher"]] = self.rewards.get(e["slasher"], 0) + e["slasherShare"]
        elif name == "ShareReturned":
            self.pool += e["amount"]
        elif name == "OperatorNamed":
            self.operators[e["account"]] = e["operator"]
        elif name == "Claimed":
            self.rewards[e["account"]] -= e["amount"]

    def _settle(self, e):
        """Who is paid what follows from what is told about the round."""
        self.pool -= e["reward"]
        past, is_accepted = self.rounds[e["round"]], e["outcome"] == Outcome.ACCEPTED
        updates, votes = past["updates"], past["votes"]
        assert e["turnout"] == sum(weight for _, weight in updates.values()) + sum(weight for *_, weight in votes.values())
        past["condemned"] = {who for who, (rank, _) in updates.items() if e["condemned"] >> rank & 1}
        self.model = e["winner"] if is_accepted else self.model
        for account, (_, weight) in updates.items():
            if is_accepted and account not in past["condemned"]:
                self._pay(account, e["reward"] * weight // e["turnout"])
        for account, (digest, score, against, weight) in votes.items():
            if e["outcome"] != Outcome.VOID and (digest, score) == (e["winner"], 1 if is_accepted else -1):
                self._pay(account, self._judged(e["reward"] * weight // e["turnout"], against, e["condemned"], len(updates)))

    def _judged(self, share, against, condemned, p):
        missed, wrong = (condemned & ~against).bit_count(), (against & ~condemned).bit_count()
        return share * max(0, 4 * p - 8 * missed - max(0, wrong - 1)) // (4 * p)

    def _pay(self, account, amount):
        self.rewards[account] = self.rewards.get(account, 0) + amount


def test_events_alone_rebuild_the_task(bench):
    """R22: who joined, who had which role, every digest, vote, loss, reward and penalty."""
    play, start = bench.make_task(members=5, proposers=2), wire.height()
    first = wire.ask("eth_getLogs", {"address": str(play.task), "fromBlock": "0x0", "toBlock": hex(start)})
    assert len(first) == 11  # five times Joined and Positioned, one Anchored
    play.fund(1_000 * STAR)
    rounds = [
        [(GOOD, 1, 0b01), (GOOD, 1, 0b11), (GOOD, 1, 0b10)],
        [(GOOD, 1, 0b01), (BAD, 1), (GOOD, 1, 0b11)],
        [(GOOD, -1, 0b10), (GOOD, -1), (GOOD, 1)],
    ]
    for number, ballots in enumerate(rounds, 1):
        play.draw()
        play.train()
        play.vote(dict(zip(play.voters, ballots, strict=True)))
        play.settle()
        if number < 3:
            play.top_up(play.members[number], STAR)
    play._do(play.creator, play.task, "slash", 3, play.members)
    play._do(play.members[0], play.task, "setOperator", play.creator)
    claimer = next(member for member in play.members if play.view(member).rewards)
    play._do(claimer, play.task, "claim", claimer, claimer)

    ledger = Ledger()
    for name, event in _events(play):
        ledger.read(name, event)
    assert ledger.pool == play.pool() and ledger.operators == {play.members[0]: play.creator}
    for member in play.members:
        view = play.view(member)
        assert ledger.stakes[member] == view.stake + view.toppedUp
        assert ledger.rewards.get(member, 0) == view.rewards
    assert ledger.rewards.get(play.creator, 0) == play.view().rewards
    for number, past in ledger.rounds.items():
        headcount = (2, 3)
        ranked = {p: roles.rank_of(int(past["seed"].hex(), 16), 5, p) for p in range(5)}
        told = [roles.compute_role(ranked[position], *headcount) for position in range(5)]
        assert told == [Role(play.lens.roleOf(play.task, member, number)) for member in past["members"]]
        assert set(past["votes"]) == {m for m, role in zip(past["members"], told, strict=True) if role == Role.VOTER}


def test_events_alone_tell_who_is_in_and_where_each_token_went(bench):
    """R22, I2: coming, going, being put off the list, payments, the end and what is left: from the events, to the wei."""
    play = bench.make_task(pool=90 * STAR, members=6, faultBps=9_600, exitDelay=0, minParticipants=6)
    play.draw()
    absent, leaver = play.proposers[0], play.voters[0]
    play.train(absent=(absent,))
    play._do(leaver, play.task, "leaveTask")
    play.join(bench.people[10], 3 * STAR)
    play.vote_alike()
    play.settle()
    play._do(bench.people[20], play.task, "slash", 1, [absent])  # below the minimum: off the list
    play._do(leaver, play.task, "withdraw", leaver, leaver)
    play.top_up(bench.people[10], STAR)
    play._do(bench.people[20], play.task, "claim", bench.people[20], bench.people[20])
    told = list(_events(play))
    standing, count = {}, 0
    for name, event in told:
        if name == "Positioned":
            standing[event["position"]] = event["account"]
        count += (name == "Joined") - (name == "Left")
    members = [standing[position] for position in range(count)]
    assert sorted(members) == sorted(member.address for member in play.members if play.view(member).isMember)
    assert {event["account"] for name, event in told if name == "Left"} == {leaver, absent} and count == play.view().memberCount

    play.sleep(10_000)
    play.task.close({"from": absent})
    play.empty([member for member in play.members if member != leaver])
    came = {"Joined": ["stake"], "ToppedUp": ["amount"], "Funded": ["amount"]}
    went = {"Claimed": ["amount"], "Withdrawn": ["stake", "rewards"], "Refunded": ["amount"]}
    sums = [sum(e[field] for name, e in _events(play) for field in way.get(name, [])) for way in (came, went)]
    assert sums[0] == 90 * STAR + 60 * STAR + 4 * STAR and sums[0] - sums[1] == play.balance() < 6
    (closed,) = [event for name, event in _events(play) if name == "TaskClosed"]
    assert closed == {"by": absent, "isCancelled": False}


def _events(play):
    """Name and values of each event of the task, in order."""
    for log in wire.ask("eth_getLogs", {"address": str(play.task), "fromBlock": "0x0", "toBlock": "latest"}):
        yield wire.decode_event(play.task, log)
