"""From options and settings to open adapters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer
from eth_account.signers.local import LocalAccount

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.chain.task_reader import TaskReader
from orchestrator.adapters.chain.token import Token
from orchestrator.adapters.keystore import open_keystore
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.config import Settings, read_deployment
from orchestrator.errors import ArtifactMissing, ArtifactRefused, ChainError, ConfigError, DefinitionError
from orchestrator.learning.definition import MAX_DOCUMENT_BYTES, Definition, parse_definition
from orchestrator.ports import Storage
from orchestrator.protocol.amounts import format_amount
from orchestrator.protocol.cid import to_cid
from orchestrator.protocol.types import Address, Digest
from orchestrator.terminal.documents import is_terminal, show_progress


@dataclass(frozen=True)
class Connection:
    """Where the chain is and whose key signs, as options say; None stands for what the settings say."""

    rpc: str | None = None
    chain_id: int | None = None
    keystore: Path | None = None
    password_file: Path | None = None
    manager: str | None = None


def read_password(settings: Settings, file: Path | None, *, is_new: bool = False) -> str:
    """From the file, the environment or the terminal, in this order. Raises ConfigError if there is none."""
    file = file or (None if settings.password else settings.password_file)
    if file:
        try:
            password = file.read_text().rstrip("\r\n")
        except (OSError, ValueError) as unreadable:
            raise ConfigError(
                f"the password file {file} cannot be read: {unreadable}", hint="check --password-file"
            ) from unreadable
        if not password:
            raise ConfigError(f"the password file {file} is empty", hint="write the password on its first line")
        return password
    if settings.password:
        return settings.password
    if not is_terminal():
        raise ConfigError("there is no password", hint="give --password-file, or set STARLING_PASSWORD")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=is_new, err=True))


def open_account(settings: Settings, keystore: Path | None, password_file: Path | None) -> LocalAccount:
    """The participant's key. Raises ConfigError if there is none or the password is wrong."""
    path = keystore or settings.keystore
    if not path.exists():
        raise ConfigError(f"there is no key file {path}", hint="make one with `starling wallet new`, or give --keystore")
    return open_keystore(path, read_password(settings, password_file))


def open_store(settings: Settings, store: str | None) -> Storage:
    """`local:DIR` or `ipfs:MULTIADDR`. Raises ConfigError for anything else, or a daemon that cannot be used."""
    kind, _, place = (store or settings.store).partition(":")
    if kind == "local" and place:
        return LocalStore(Path(place).expanduser())
    if kind == "ipfs" and place:
        from orchestrator.adapters.stores.ipfs import IpfsStore  # warns about daemons when it is imported

        ipfs = IpfsStore(place)
        ipfs.check()
        return ipfs
    hint = "for example local:/var/lib/starling or ipfs:/ip4/127.0.0.1/tcp/5001"
    raise ConfigError(f"{store or settings.store!r} is no store", hint=hint)


def find_manager(settings: Settings, rpc: Rpc, manager: str | None) -> TaskManager:
    """The manager named, or the one deployed on the chain. Raises ConfigError if none is known, ChainError if it is none."""
    address = manager or read_deployment(rpc.chain_id, settings.deployments).manager
    found = TaskManager(rpc, address)
    try:
        found.is_task(address)
    except ChainError as other:
        hint = "check --manager, or deploy again: the chain may be a new one"
        raise ChainError(f"the contract at {found.address} is no task manager", hint=hint) from other
    return found


def connect(settings: Settings, url: str | None, chain_id: int | None, account: LocalAccount | None = None) -> Rpc:
    """The endpoint; what is mined is told on stderr."""
    return Rpc(url or settings.rpc, chain_id=chain_id, account=account, log=show_progress)


@dataclass(frozen=True)
class OpenTask:
    """A task, its token, and what the account can do in it."""

    rpc: Rpc
    account: Address
    reader: TaskReader
    token: Token
    member: TaskActs


def open_task(settings: Settings, connection: Connection, task: Address, *, is_paying: bool = False) -> OpenTask:
    """The task for the participant's account. Raises ConfigError or ChainError if there is none at the address.

    `is_paying`: only a task that the manager made will do, because any other contract could keep what it is given.
    """
    account = open_account(settings, connection.keystore, connection.password_file)
    rpc = connect(settings, connection.rpc, connection.chain_id, account)
    reader = TaskReader(rpc, task)
    if is_paying or connection.manager:
        find_manager(settings, rpc, connection.manager).check_task(reader.address)
    acts = TaskActs(reader)
    return OpenTask(rpc, str(account.address), reader, acts.token, acts)


def check_balance(rpc: Rpc, token: Token, amount_wei: int) -> None:
    """Raises ChainError, before anything is sent, if the RPC's account has less than `amount_wei` of the token."""
    if rpc.account and (found := token.balance(rpc.account.address)) < amount_wei:
        has, needs = (format_amount(amount, token.decimals) for amount in (found, amount_wei))
        hint = f"get more of the token {token.address}"
        raise ChainError(f"{rpc.account.address} has {has} {token.symbol}, {needs} are needed", hint=hint)


def fetch_definition(storage: Storage, digest: Digest) -> Definition:
    """The model definition, verified.

    Raises DefinitionError if it does not match or is malformed, ArtifactMissing if nobody has it.
    """
    cid = to_cid(digest)
    try:
        return parse_definition(storage.get(digest, limit_bytes=MAX_DOCUMENT_BYTES))
    except ArtifactRefused as refused:
        hint = "remove it from the store, or use a store that has the right one"
        raise DefinitionError(
            f"the model definition {cid} does not match its digest on chain: {refused}", hint=hint
        ) from refused
    except ArtifactMissing as missing:
        hint = "check --store: it must be one that the task's creator publishes to"
        raise ArtifactMissing(f"the model definition {cid} cannot be found: {missing}", hint=hint) from missing
