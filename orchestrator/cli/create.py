"""`starling task create`: publish the model definition and the first global model, make the task, fill its pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.cli import create_options as options
from orchestrator.cli.admission import read_accounts, write_proofs
from orchestrator.cli.options import (
    ChainOption,
    JsonOption,
    KeystoreOption,
    ManagerOption,
    PasswordOption,
    RpcOption,
    StoreOption,
)
from orchestrator.config import Settings, read_deployment
from orchestrator.errors import ConfigError, Fatal, StarlingError
from orchestrator.protocol.amounts import format_amount, parse_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.parameters import Parameters
from orchestrator.protocol.types import NO_DIGEST, Address, Digest
from orchestrator.terminal.documents import show_document
from orchestrator.wiring.parts import check_balance, connect, find_manager, open_account, open_store
from orchestrator.wiring.publish import parse_aggregation, publish


def create(
    ctx: typer.Context,
    recipe: options.Recipe = "mnist",
    aggregation: options.Aggregation = "median",
    aggregation_option: options.AggregationOptions = None,
    tolerance: options.Tolerance = 0.1,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    limit_bytes: options.LimitBytes = 8 << 20,
    seed: options.Seed = 0,
    rounds: options.Rounds = Parameters.rounds,
    proposers: options.Proposers = Parameters.proposers,
    voters: options.Voters = Parameters.voters,
    min_participants: options.MinParticipants = Parameters.min_participants,
    max_participants: options.MaxParticipants = Parameters.max_participants,
    min_stake: options.MinStake = "100",
    pool: options.Pool = None,
    quorum_bps: options.QuorumBps = Parameters.quorum_bps,
    absent_bps: options.AbsentBps = Parameters.absent_bps,
    divergent_bps: options.DivergentBps = Parameters.divergent_bps,
    minority_bps: options.MinorityBps = Parameters.minority_bps,
    rejected_bps: options.RejectedBps = Parameters.rejected_bps,
    slasher_bps: options.SlasherBps = Parameters.slasher_bps,
    train_window: options.TrainWindow = Parameters.train_window,
    commit_window: options.CommitWindow = Parameters.commit_window,
    reveal_window: options.RevealWindow = Parameters.reveal_window,
    exit_delay: options.ExitDelay = Parameters.exit_delay,
    stall_timeout: options.StallTimeout = Parameters.stall_timeout,
    admit: options.Admit = None,
    proofs: options.Proofs = None,
    token: options.TokenAddress = None,
    beacon: options.BeaconAddress = None,
    manager: ManagerOption = None,
    store: StoreOption = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    keystore: KeystoreOption = None,
    password_file: PasswordOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a task: publish the model definition and the first global model, create the task, fill its reward pool."""
    settings: Settings = ctx.obj
    endpoint = connect(settings, rpc, chain_id, open_account(settings, keystore, password_file))
    task_manager = find_manager(settings, endpoint, manager)
    money = Token(endpoint, token or _find_deployed("token", settings, endpoint))
    pool_wei = parse_amount(pool, money.decimals) if pool else 0
    min_stake_wei = parse_amount(min_stake, money.decimals)
    check_balance(endpoint, money, pool_wei)
    definition, initial_model = publish(
        open_store(settings, store),
        recipe_name=recipe,
        aggregation=parse_aggregation(aggregation, aggregation_option or []),
        hyper_parameters=_drop_none(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate),
        tolerance=tolerance,
        limit_bytes=limit_bytes,
        seed=seed,
    )
    admitted, proofs_file = _admit(admit, proofs)
    parameters = Parameters(
        token=money.address,
        beacon=beacon or _find_deployed("beacon", settings, endpoint),
        definition=definition,
        initial_model=initial_model,
        admitted=admitted,
        min_stake=min_stake_wei,
        rounds=rounds,
        min_participants=min_participants,
        max_participants=max_participants,
        proposers=proposers,
        voters=voters,
        quorum_bps=quorum_bps,
        absent_bps=absent_bps,
        divergent_bps=divergent_bps,
        minority_bps=minority_bps,
        rejected_bps=rejected_bps,
        slasher_bps=slasher_bps,
        train_window=train_window,
        commit_window=commit_window,
        reveal_window=reveal_window,
        exit_delay=exit_delay,
        stall_timeout=stall_timeout,
    )
    task = task_manager.create_task(parameters)
    _fund(endpoint, task, pool_wei)
    document = {
        "task": task,
        "chain_id": endpoint.chain_id,
        "manager": task_manager.address,
        "definition": to_cid(definition),
        "initial_model": to_cid(initial_model),
        "pool": format_amount(pool_wei, money.decimals),
        "token": money.symbol,
        "admitted": "0x" + admitted.hex() if admit else None,
        "proofs": proofs_file,
    }
    show_document(document, as_json=as_json)


def _drop_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _find_deployed(name: str, settings: Settings, rpc: Rpc) -> Address:
    address: Address | None = getattr(read_deployment(rpc.chain_id, settings.deployments), name)
    if address is None:
        raise ConfigError(f"no {name} is deployed on chain {rpc.chain_id}", hint=f"name one with --{name}")
    return address


def _admit(accounts: Path | None, proofs: Path | None) -> tuple[Digest, str | None]:
    """The Merkle root of who may join, and where the proofs are; zero where everybody may."""
    if accounts is None:
        return NO_DIGEST, None
    path = proofs or accounts.with_name(accounts.name + ".proofs.json")
    return write_proofs(read_accounts(accounts), path), str(path)


def _fund(rpc: Rpc, task: Address, pool_wei: int) -> None:
    try:
        if pool_wei:
            TaskActs(TaskReader(rpc, task)).fund(pool_wei)
    except StarlingError as failed:
        hint = f"fund it with `starling task fund {task} AMOUNT`"
        raise Fatal(f"task {task} is made, but its pool could not be filled: {failed}", hint=hint) from failed
