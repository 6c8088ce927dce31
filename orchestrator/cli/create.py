"""`starling task create`: publish the model definition and the first global model, make the task, fill its pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestrator.adapters.chain.token import Token
from orchestrator.cli import create_options as options
from orchestrator.cli.admission import read_accounts, write_proofs
from orchestrator.cli.options import CHAIN, KEY
from orchestrator.cli.session import Session, takes
from orchestrator.config import read_deployment
from orchestrator.errors import ConfigError, Fatal, StarlingError
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import NO_DIGEST, Address, Digest
from orchestrator.terminal.errors import show_warning
from orchestrator.wiring.connection import measure_block_seconds
from orchestrator.wiring.dangers import find_dangers
from orchestrator.wiring.publish import compose_definition, parse_aggregation, publish
from orchestrator.wiring.task import check_balance


@takes(*KEY, "store", *CHAIN, "as_json")
@options.takes_parameters
def create(
    session: Session,
    chosen: dict[str, Any],
    recipe: options.Recipe = "mnist",
    aggregation: options.Aggregation = "trimmed_mean",
    aggregation_option: options.AggregationOptions = None,
    tolerance: options.Tolerance = None,
    theta: options.Theta = None,
    copy_share: options.CopyShare = None,
    idle_share: options.IdleShare = None,
    gross_factor: options.GrossFactor = None,
    doubt_cosine: options.DoubtCosine = None,
    doubt_ratio: options.DoubtRatio = None,
    epochs: options.Passes = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    limit_bytes: options.LimitBytes = 8 << 20,
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
    manager = session.manager
    money = Token(session.rpc, token or _find_deployed(session, "token"))
    pool_wei = parse_amount(pool, money.decimals) if pool else 0
    chosen["min_stake"] = parse_amount(chosen["min_stake"], money.decimals)
    chosen["max_stake"] = _parse_limit(chosen["max_stake"], money.decimals)
    check_balance(session.rpc, money, pool_wei)
    storage = session.storage
    definition = compose_definition(
        recipe,
        hyper_parameters=_drop_none(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate),
        aggregation=parse_aggregation(aggregation, aggregation_option or []),
        limit_bytes=limit_bytes,
        verdict=_drop_none(
            theta=theta,
            copy_share=copy_share,
            idle_share=idle_share,
            gross_factor=gross_factor,
            doubt=_drop_none(cosine=doubt_cosine, ratio=doubt_ratio) or None,
        ),
        **_drop_none(tolerance=tolerance),
    )
    chosen["definition"], chosen["initial_model"] = publish(storage, definition, seed)
    chosen["admitted"], proofs_file = _admit(admit, proofs)
    beacon = beacon or _find_deployed(session, "beacon")
    parameters = Parameters(token=money.address, beacon=beacon, **chosen)
    for danger in find_dangers(parameters, definition, block_seconds=measure_block_seconds(session.rpc)):
        show_warning(f"{danger.option} is {danger.when}", danger.why)
    task = manager.create_task(parameters)
    _fund(session, task, pool_wei)
    session.show(
        {
            "task": task,
            "chain_id": session.rpc.chain_id,
            "manager": manager.address,
            "definition": to_cid(parameters.definition),
            "initial_model": to_cid(parameters.initial_model),
            "pool": format_amount(pool_wei, money.decimals),
            "token": money.symbol,
            "admitted": "0x" + parameters.admitted.hex() if admit else None,
            "proofs": proofs_file,
        }
    )


def _drop_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _parse_limit(amount: str, decimals: int) -> int:
    """0 stands for no limit; anything else is an amount."""
    return 0 if amount.strip("0") in ("", ".") and amount.strip() else parse_amount(amount, decimals)


def _find_deployed(session: Session, name: str) -> Address:
    chain_id = session.rpc.chain_id
    address: Address | None = getattr(read_deployment(chain_id, session.settings.deployments), name)
    if address is None:
        raise ConfigError(f"no {name} is deployed on chain {chain_id}", hint=f"name one with --{name}")
    return address


def _admit(accounts: Path | None, proofs: Path | None) -> tuple[Digest, str | None]:
    """The Merkle root of who may join, and where the proofs are; zero where everybody may."""
    if accounts is None:
        return NO_DIGEST, None
    path = proofs or accounts.with_name(accounts.name + ".proofs.json")
    return write_proofs(read_accounts(accounts), path), str(path)


def _fund(session: Session, task: Address, pool_wei: int) -> None:
    try:
        if pool_wei:
            session.open_task(task).fund(pool_wei)
    except StarlingError as failed:
        hint = f"fund it with `starling task fund {task} AMOUNT`"
        raise Fatal(f"task {task} is made, but its pool could not be filled: {failed}", hint=hint) from failed
