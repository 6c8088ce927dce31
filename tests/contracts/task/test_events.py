"""The events (R22): whoever reads them knows the task."""

from orchestrator.protocol import payout, roles
from orchestrator.protocol.types import Outcome, Role
from tests.contracts import wire
from tests.contracts.dsl import BAD, GOOD, STAR


class Ledger:
    """A task rebuilt from its events alone, and from nothing else."""

    def __init__(self) -> None:
        self.stakes, self.rewards, self.members, self.rounds = {}, {}, {}, {}
        self.pool, self.model = 0, None

    def read(self, name, e):
        if name == "Joined":
            self.stakes[e["account"]] = e["stake"]
        elif name == "ToppedUp":
            self.stakes[e["account"]] += e["amount"]
        elif name == "Seated":
            self.members[e["position"]] = e["account"]
        elif name == "Funded":
            self.pool += e["amount"]
        elif name == "RoundDrawn":
            frozen = [self.members[position] for position in range(e["memberCount"])]
            self.rounds[e["round"]] = {"seed": e["seed"], "members": frozen, "weights": {}, "votes": {}}
        elif name == "UpdateSubmitted":
            self.rounds[e["round"]]["weights"][e["proposer"]] = e["weight"]
        elif name == "VoteRevealed":
            self.rounds[e["round"]]["votes"][e["voter"]] = (e["aggregate"], e["score"], e["weight"])
        elif name == "RoundSettled":
            self._settle(e)
        elif name == "Slashed":
            self.stakes[e["account"]] -= e["amount"]
            self.pool += e["amount"] - e["slasherShare"]
            self.rewards[e["slasher"]] = self.rewards.get(e["slasher"], 0) + e["slasherShare"]
        elif name == "Claimed":
            self.rewards[e["account"]] -= e["amount"]

    def _settle(self, e):
        """Who is paid what follows from what is told about the round."""
        self.pool -= e["reward"]
        past = self.rounds[e["round"]]
        good = dict(past["weights"]) if e["outcome"] == Outcome.ACCEPTED else {}
        sign = 1 if e["outcome"] == Outcome.ACCEPTED else -1
        good |= {v: w for v, (digest, score, w) in past["votes"].items() if digest == e["winner"] and score == sign}
        if e["outcome"] == Outcome.ACCEPTED:
            self.model = e["winner"]
        if e["outcome"] in (Outcome.VOID,):
            return
        assert sum(good.values()) == e["goodStake"]
        for account, weight in good.items():
            share = payout.compute_share(e["reward"], weight, e["goodStake"])
            self.rewards[account] = self.rewards.get(account, 0) + share


def test_events_alone_rebuild_the_task(bench):
    """R22: who joined, who had which role, every digest, vote, loss, reward and penalty."""
    play, start = bench.make_task(members=5, proposers=2), wire.height()
    first = wire.ask("eth_getLogs", {"address": str(play.task), "fromBlock": "0x0", "toBlock": hex(start)})
    assert len(first) == 11  # five times Joined and Seated, one Anchored
    play.fund(1_000 * STAR)
    for number, ballots in enumerate([[(GOOD, 1)] * 3, [(GOOD, 1), (BAD, 1), (GOOD, -1)], [(GOOD, -1)] * 3], 1):
        play.draw()
        play.train()
        play.vote(dict(zip(play.voters, ballots, strict=True)))
        play.settle()
        play.top_up(play.members[number], STAR)
    play._do(play.creator, play.task, "slash", 3, play.members)
    play._do(play.members[0], play.task, "claim", play.members[0])

    ledger = Ledger()
    for name, event in _events(play):
        ledger.read(name, event)
    assert ledger.pool == play.task.rewardPool()
    for member in play.members:
        view = play.view(member)
        play_rewards = sum(due[3] for number in (1, 2, 3) for due in play.task.dues(number, 0, 9) if due[0] == member)
        assert ledger.stakes[member] == view.stake + view.toppedUp
        assert ledger.rewards.get(member, 0) == view.rewards + play_rewards
    for number, past in ledger.rounds.items():
        headcount = roles.compute_headcount(2, 0, len(past["members"]))
        ranked = {p: roles.rank_of(int(past["seed"].hex(), 16), 5, p) for p in range(5)}
        told = [roles.compute_role(ranked[position], *headcount) for position in range(5)]
        assert told == [Role(play.task.roleOf(member, number)) for member in past["members"]]
        assert set(past["votes"]) == {m for m, role in zip(past["members"], told, strict=True) if role == Role.VOTER}


def _events(play):
    """Name and values of each event of the task, in order."""
    for log in wire.ask("eth_getLogs", {"address": str(play.task), "fromBlock": "0x0", "toBlock": "latest"}):
        yield wire.decode_event(play.task, log)
