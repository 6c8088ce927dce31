"""Do the tokens add up? What the token contract says of the task, to the wei."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.protocol.ledger import Ledger


@dataclass(frozen=True)
class Tokens:
    """What the token contract says of the task, in wei."""

    paid_in: int
    paid_out: int
    left: int
    """The task's balance at the end: what division has rounded down."""


def read_tokens(opened: TaskActs, first_block: int) -> Tokens:
    """What the token contract's own transfers say of the task."""
    rpc, task = opened.reader.rpc, opened.reader.address
    contract = rpc.contract("TestToken", opened.token.address)
    transfers = [log["args"] for log in rpc.events(contract, first=first_block) if log["event"] == "Transfer"]
    paid_in = sum(transfer["value"] for transfer in transfers if transfer["to"] == task)
    paid_out = sum(transfer["value"] for transfer in transfers if transfer["from"] == task)
    return Tokens(paid_in, paid_out, opened.token.balance(task))


def tell_tokens(tokens: Tokens) -> str:
    """The task's books in one line."""
    return f"tokens in wei: {tokens.paid_in} in = {tokens.paid_out} out + {tokens.left} of rounding dust"


def find_token_failures(ledger: Ledger, participants: int, tokens: Tokens) -> list[str]:
    failures = []
    if tokens.paid_in != tokens.paid_out + tokens.left:
        failures.append(f"{tokens.paid_in} wei went in, {tokens.paid_out} came out, {tokens.left} are left")
    if (tokens.paid_in, tokens.paid_out) != (ledger.paid_in, ledger.paid_out):
        failures.append(f"the task tells of {ledger.paid_in} wei in and {ledger.paid_out} out, the token of others")
    # Each share of a round's reward is rounded down by less than one wei; there are more rounds than were to be decided where
    # some were void.
    if not 0 <= tokens.left <= participants * len(ledger.rounds):
        failures.append(f"{tokens.left} wei are left in the task")
    return failures
