"""The report of a simulation: one JSON document, whose figures all come from the ledgers of its games.

Amounts are in whole tokens, shares and accuracies fractions in [0, 1], times seconds, gas units of gas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from orchestrator import __version__
from orchestrator.protocol.ledger import Round
from orchestrator.protocol.types import Fault, Role
from orchestrator.simulation.figures import compute_figures
from orchestrator.simulation.game import TOKEN, Moment, Played
from orchestrator.simulation.intervals import compute_interval
from orchestrator.simulation.scenario import Scenario

FIGURES = (
    "accuracy", "honest_lost_share", "honest_lost_captured_share", "captured", "honest_excluded", "honest_condemned_share",
    "honest_minority_share", "honest_absent", "liars_condemned_share", "liars_left", "accepted", "rejected", "void", "gas",
    "gas_per_member_round", "pool_left", "back_door", "liars_profit",
)  # fmt: skip
"""What is told of each game, and as a mean of all of them."""


def compose_game(played: Played, *, seconds: float, strategy: str | None) -> dict[str, Any]:
    """What came of one game; `strategy`: what the subjects of a comparison of payoffs played."""
    figures = asdict(compute_figures(played))
    net = figures.pop("net")
    books = played.ledger.participants
    gas = sum(moment.gas for moment in played.moments)
    member_rounds = len(played.players) * len(played.moments)
    malicious = [books[one.account] for one in played.players if not one.is_honest and one.account in books]
    return {
        "seed": played.setting.seed,
        "strategy": strategy,
        "is_complete": played.is_complete,
        "seconds": round(seconds, 3),
        "rounds_played": len(played.moments),
        "decided": figures["accepted"] + figures["rejected"],
        **figures,
        "gas": gas,
        "gas_per_member_round": gas / member_rounds if member_rounds else 0.0,
        "pool_left": played.ledger.pool / TOKEN,
        "back_door": played.moments[-1].back_door if played.moments else None,
        "liars_profit": sum(one.earned - one.slashed for one in malicious) / TOKEN,
        "net": list(net),
        "strategies": _compose_strategies(played),
        "rounds": [
            _compose_round(played.ledger.rounds[moment.round], moment, played, number)
            for number, moment in enumerate(played.moments)
        ],
        "acts": {name: {"count": count, "gas": spent} for name, (count, spent) in sorted(played.acts.items())},
        "troubles": dict(played.troubles),
    }


def _compose_strategies(played: Played) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for player in played.players:
        its = found.setdefault(
            player.strategy.name, {"count": 0, "stake_start": 0.0, "stake_end": 0.0, "earned": 0.0, "slashed": 0.0}
        )
        its["count"] += 1
        if (books := played.ledger.participants.get(player.account)) is None:
            continue
        its["stake_start"] += books.staked / TOKEN
        its["stake_end"] += books.stake / TOKEN
        its["earned"] += books.earned / TOKEN
        its["slashed"] += books.slashed / TOKEN
    return found


def _compose_round(round: Round, moment: Moment, played: Played, number: int) -> dict[str, Any]:
    honest = {player.account for player in played.players if player.is_honest}
    condemned = round.list_condemned()
    voters = round.list_with(Role.VOTER)
    faults = {account: due.fault for account, due in round.dues.items()}
    return {
        "number": round.number,
        "outcome": round.outcome.name.lower(),
        "accuracy": moment.accuracy,
        "back_door": moment.back_door,
        "updates": len(round.updates),
        "condemned_honest": sum(account in honest for account in condemned),
        "condemned_malicious": sum(account not in honest for account in condemned),
        "voters": len(voters),
        "revealed": len(round.revealed),
        "minority": sum(faults.get(account) is Fault.MINORITY for account in voters),
        "divergent": sum(faults.get(account) is Fault.DIVERGENT for account in voters),
        "absent": sum(fault is Fault.ABSENT for fault in faults.values()),
        "gas": moment.gas,
        "stakes": {name: stake / TOKEN for name, stake in moment.stakes.items()},
    }


def compose_report(
    scenario: Scenario, games: Sequence[Mapping[str, Any]], *, name: str, peak_rss_bytes: int, seconds: float
) -> dict[str, Any]:
    """The whole document of a simulation's games, in the order in which they were to be played. Figures are means over the
    games in which nobody's payoff is measured, or over the honest ones where payoffs are."""
    told = [game for game in games if game["strategy"] in (None, "honest")] or list(games)
    means = {key: _mean([game[key] for game in told]) for key in FIGURES}
    return {
        "starling": __version__,
        "name": name,
        "scenario": scenario.model_dump(mode="json"),
        "is_complete": bool(games) and all(game["is_complete"] for game in games),
        "members": scenario.members,
        "rounds": int(_mean([game["decided"] for game in told]) or 0),
        "seconds": round(seconds, 3),
        "peak_rss_bytes": peak_rss_bytes,
        **means,
        "intervals": {key: _tell_interval([game[key] for game in told]) for key in FIGURES if means[key] is not None},
        "strategies": _average_strategies(told),
        "payoffs": compose_payoffs(games, scenario.payoffs.subjects if scenario.payoffs else 0),
        "games": list(games),
    }


def _mean(values: Sequence[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return compute_interval(known).mean if known else None


def _tell_interval(values: Sequence[Any]) -> dict[str, Any]:
    return compute_interval([value for value in values if value is not None])._asdict()


def _average_strategies(games: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    names = dict.fromkeys(name for game in games for name in game["strategies"])
    return {
        name: {key: _mean([game["strategies"][name][key] for game in games if name in game["strategies"]]) or 0 for key in keys}
        for name in names
        for keys in [next(game["strategies"][name] for game in games if name in game["strategies"])]
    }


def compose_payoffs(games: Sequence[Mapping[str, Any]], subjects: int) -> list[dict[str, Any]]:
    """What the subjects got a round with each strategy beyond what the same members got honest, in tokens: a mean over the
    seeds that have both games, with its interval. `beats_honesty`: the whole interval is above 0."""
    honest = {game["seed"]: game for game in games if game["strategy"] == "honest"}
    found = []
    for name in dict.fromkeys(game["strategy"] for game in games if game["strategy"] not in (None, "honest")):
        pairs = [(game, honest[game["seed"]]) for game in games if game["strategy"] == name and game["seed"] in honest]
        if pairs:
            interval = compute_interval([_earn(game, subjects) - _earn(other, subjects) for game, other in pairs])
            beats = interval.low is not None and interval.low > 0
            found.append({"strategy": name, **interval._asdict(), "beats_honesty": beats})
    return found


def _earn(game: Mapping[str, Any], subjects: int) -> float:
    """The first members are the subjects."""
    net: list[float] = game["net"][:subjects]
    return sum(net) / len(net)
