"""The one list of what a node says. `python -m orchestrator.telemetry.events` prints the page docs/log.md.

A test holds it against the calls in the code: what is said stands here, and what stands here is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Line:
    """One kind of line in a node's log."""

    name: str
    sentence: str
    """When it is said."""
    fields: Mapping[str, str]
    """Field → what it holds, with its unit."""
    optional: Mapping[str, str]
    """Likewise, of fields that are not always there."""


def _line(name: str, sentence: str, optional: Mapping[str, str] | None = None, /, **fields: str) -> Line:
    return Line(name, sentence, fields, optional or {})


ROUND: Final = "number of the round, from 1"
WHY: Final = "the reason, in words"
HINT: Final = "what to do about it, in words"

# Names that a program listens for.
ALIVE: Final = "alive"
DUTY: Final = "duty"
DUTY_DONE: Final = "duty.done"
ROUND_SETTLED: Final = "round.settled"
BALANCE: Final = "balance"
TRANSACTION_REPLACED: Final = "transaction.replaced"
TROUBLE: Final = "trouble"
DUTY_FAILED: Final = "duty.failed"
DUTY_GIVEN_UP: Final = "duty.given_up"
ENDPOINT_FAILED: Final = "endpoint.failed"
STARTED: Final = "started"
FAILED: Final = "failed"
PROGRESS: Final = "progress"
BALLOT_MADE: Final = "ballot.made"
TRANSACTION_MINED: Final = "transaction.mined"
STOPPED: Final = "stopped"

LINES: Final = (
    _line(
        "opened",
        "A part that a node needs is there; one line each, before it acts.",
        part="key and chain, task, store, definition, data, global model, gas or stake",
        found="what it is, in words",
    ),
    _line(
        STARTED,
        "Everything is there, and the node begins to look.",
        account="the account that acts",
        task="address of the task",
        chain_id="of the chain",
        pid="of the node's process",
    ),
    _line(
        DUTY,
        "The node begins what it must do next.",
        duty="Draw, Train, SubmitUpdate, Publish, Judge, CommitVote, RevealVote, Settle, SlashOthers, Leave or Withdraw",
        round=ROUND,
        phase="of the task, in lower case",
    ),
    _line(
        DUTY_DONE,
        "The node has done it.",
        duty="which",
        round=ROUND,
        seconds="that it took",
    ),
    _line(
        ALIVE,
        "The node has looked at the chain; every ten minutes, as a sign of life.",
        round=ROUND,
        phase="of the task, in lower case",
        doing="the duty it is at, or what it waits for",
        role="of the account in the round: none, proposer or voter",
        is_member="whether the account is drawn in the next rounds",
        block="number of the latest block",
        chain_time="of that block, in seconds since 1970",
        phase_end="chain time at which the phase ends at the latest; none where no end is set",
        stake="what the account has at stake, in whole tokens",
        rewards="credited and not claimed, in whole tokens",
        pool="the task's reward pool, in whole tokens",
    ),
    _line(
        ROUND_SETTLED,
        "A round is over: what it was for the account. Once for each round; after a crash in that very moment twice, after "
        "the loss of the notes again for the last six. `starling why` tells more, of any round.",
        round=ROUND,
        outcome="accepted, rejected or void",
        role="of the account in it: proposer, voter or idle",
        did="what the account did, in words",
        share="of the round's reward: what it could have earned, in whole tokens",
        earned="of that share, in whole tokens",
        fault="absent, divergent, minority or condemned; empty for none",
        penalty="taken or to be taken of the stake, in whole tokens",
        rule="of the protocol that decided it",
        why=WHY,
        hint="what would have been better, in words",
    ),
    _line(BALANCE, "With each settled round: what pays for gas.", coin="of the account that signs, in the chain's coin"),
    _line(
        PROGRESS,
        "Long work goes on; twice a second at most, and at its end.",
        work="train or fetch",
        round=ROUND,
        fraction="how much of it is done, 0 to 1",
    ),
    _line(
        "update.left_out",
        "A voter leaves an update out of its aggregate, and accuses it.",
        round=ROUND,
        digest="of the update, in hexadecimal",
        proposer="whose update it is",
        why=WHY,
    ),
    _line(
        "update.accused",
        "A voter accuses an update that is in its aggregate.",
        round=ROUND,
        proposer="whose update it is",
        why=WHY,
        ratio="how many times as great one P-th of the update makes the balanced loss on the own test part",
    ),
    _line(
        "artifact.published",
        "The others can fetch an update or an aggregate that the node made.",
        round=ROUND,
        digest="of the artifact, in hexadecimal",
    ),
    _line(
        "draft.lost",
        "What the node made and had not published is not there any more.",
        round=ROUND,
        digest="of the artifact, in hexadecimal",
        why=WHY,
    ),
    _line(
        BALLOT_MADE,
        "A voter knows what it will say.",
        round=ROUND,
        aggregate="digest of what it aggregated, in hexadecimal",
        score="1 for it, −1 against it",
        against="whom it accuses: bit i is the update of rank i",
        loss_before="mean loss of the global model on the own test part, in the recipe's unit",
        loss_after="likewise, of the aggregate",
        seconds="that aggregating and evaluating took",
        evaluations="of a model on the own test part that it took: P + 2 as a rule",
    ),
    _line(
        "vote.cannot_reveal",
        "A voter lost its notes, and no ballot that it can make again is the one it committed to.",
        round=ROUND,
        why=WHY,
    ),
    _line(
        TRANSACTION_MINED,
        "What the node sent is in a block.",
        act="function of the contract",
        gas="used, in units of gas",
        block="its number",
    ),
    _line(
        TRANSACTION_REPLACED,
        "Nobody took a transaction, so it is offered again for more.",
        {
            "gasPrice": "in wei per gas",
            "maxFeePerGas": "in wei per gas",
            "maxPriorityFeePerGas": "in wei per gas",
        },
        nonce="of the transaction",
    ),
    _line(
        "balance.low",
        "The account can pay for few more acts, or for none: send it some of the chain's coin. The node goes on.",
        account="whose key signs",
        balance_wei="what it has of the chain's coin, in wei",
        act="function of the contract",
        cost_wei="what it may cost, in wei",
    ),
    _line(
        ENDPOINT_FAILED,
        "An RPC endpoint does not answer, or not as it should; the next is asked, and this one again later.",
        endpoint="its address, without what may be a key",
        why=WHY,
    ),
    _line("endpoint.used", "Another RPC endpoint answers than before.", endpoint="its address, without what may be a key"),
    _line(
        "head.stale",
        "The chain's latest block has stood still for long; another endpoint is asked, if there is one.",
        endpoint="that was asked, without what may be a key",
        block="number of the latest block",
        seconds="for how long",
    ),
    _line("race.lost", "Somebody else was faster, or the phase moved on; the node looks again.", why=WHY),
    _line("artifact.missing", "Nobody offers an artifact that may still come; the node looks again.", why=WHY),
    _line(
        TROUBLE,
        "The world is not ready; the node looks again, ever more slowly.",
        duty="what the node was doing, or Look while it read the chain",
        why=WHY,
        hint=HINT,
        failures="how often in a row",
    ),
    _line(
        DUTY_FAILED,
        "Something went wrong that nobody foresaw; the duty rests for a while, and the node goes on.",
        duty="what the node was doing, or Look while it read the chain",
        why=WHY,
        traceback="where it came from",
        failures="how often in a row",
    ),
    _line(
        DUTY_GIVEN_UP,
        "A duty of this round cannot be done: trying again would come to the same.",
        duty="which",
        round=ROUND,
        why=WHY,
        hint=HINT,
    ),
    _line("notes.failed", "The notes cannot be read or written; the node goes on with what it remembers.", why=WHY, hint=HINT),
    _line("leaving", "The account leaves the task, and withdraws when it can.", round=ROUND, why=WHY),
    _line("bell.silent", "No heads and events arrive; the node looks by itself instead, and tries again.", why=WHY),
    _line(FAILED, "The node cannot start, and looking again cannot help: it ends with exit code 1.", why=WHY, hint=HINT),
    _line(STOPPED, "There is nothing left to do, or the node was told to end: it ends with exit code 0.", why=WHY),
)

REPEATING: Final = frozenset(
    {TROUBLE, ENDPOINT_FAILED, DUTY_FAILED, "artifact.missing", "race.lost", "notes.failed", "bell.silent"}
)
"""Said as long as it lasts, so written ever less often while the reason stays the same."""


def compose_page() -> str:
    """The page for people and for whoever reads logs by a program."""
    rows = [f"| `{line.name}` | {line.sentence} | {_compose_fields(line)} |" for line in LINES]
    return "\n".join([*_HEAD, *rows, ""])


_HEAD: Final = (
    "# What a node says",
    "",
    "One line for each thing that happens, on stdout: for people with `--log text`, one JSON object a line with `--log json`.",
    "Each has the fields `time` (UTC, ISO 8601) and `event` (the name below), and those of its own; fields in brackets are",
    "not always there. What is said again for the same reason is written ever less often, an hour apart at most, with",
    "`repeated`: how many like it were left out.",
    "",
    "Made from `orchestrator/telemetry/events.py` by `python -m orchestrator.telemetry.events >docs/log.md`.",
    "",
    "| event | when | fields |",
    "|---|---|---|",
)


def _compose_fields(line: Line) -> str:
    told = [f"`{name}`: {meaning}" for name, meaning in line.fields.items()]
    return "; ".join(told + [f"[`{name}`]: {meaning}" for name, meaning in line.optional.items()])


if __name__ == "__main__":
    print(compose_page(), end="")
