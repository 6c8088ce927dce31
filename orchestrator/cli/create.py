"""`starling task create`: publish the model definition and the first global model, make the task, fill its pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestrator.cli import create_options as options
from orchestrator.cli.admission import read_accounts, write_proofs
from orchestrator.cli.options import CHAIN, KEY
from orchestrator.cli.session import Session, takes
from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.types import NO_DIGEST, Digest
from orchestrator.terminal.errors import show_warning
from orchestrator.wiring.creation import Made, Offer, make_task
from orchestrator.wiring.dangers import Danger
from orchestrator.wiring.task import find_deployed


@takes(*KEY, "store", *CHAIN, "as_json")
@options.takes_choices
def create(
    session: Session,
    learned: options.Learned,
    chosen: dict[str, Any],
    seed: options.Seed = 0,
    pool: options.Pool = None,
    admit: options.Admit = None,
    proofs: options.Proofs = None,
    token: options.TokenAddress = None,
    beacon: options.BeaconAddress = None,
) -> None:
    """Make a task: publish the model definition and the first global model, create the task, fill its reward pool.

    What is dangerous of what was chosen is told on stderr, a line each; the task is made all the same.
    """
    rpc, manager = session.rpc, session.manager
    token = token or find_deployed(session.settings, rpc, "token")
    beacon = beacon or find_deployed(session.settings, rpc, "beacon")
    admitted, proofs_file = _admit(admit, proofs)
    offer = Offer(learned.compose(), seed, chosen, admitted, pool, token, beacon)
    made = make_task(rpc, manager, session.storage, offer, _warn)
    contracts = {"task": made.task, "chain_id": rpc.chain_id, "manager": manager.address}
    session.show(contracts | _tell_files_and_money(made) | {"proofs": proofs_file})


def _admit(accounts: Path | None, proofs: Path | None) -> tuple[Digest, str | None]:
    """The Merkle root of who may join, and where the proofs are; zero where everybody may."""
    if accounts is None:
        return NO_DIGEST, None
    path = proofs or accounts.with_name(accounts.name + ".proofs.json")
    return write_proofs(read_accounts(accounts), path), str(path)


def _warn(danger: Danger) -> None:
    show_warning(f"{danger.option} is {danger.when}", danger.why)


def _tell_files_and_money(made: Made) -> dict[str, Any]:
    parameters = made.parameters
    return {
        "definition": to_cid(parameters.definition),
        "initial_model": to_cid(parameters.initial_model),
        "pool": format_amount(made.pool_wei, made.token.decimals),
        "token": made.token.symbol,
        "admitted": "0x" + parameters.admitted.hex() if parameters.admitted != NO_DIGEST else None,
    }
