"""What a command is given besides its own options: the settings, the shared options, and what they open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from inspect import Parameter, Signature, signature
from typing import Any

import typer

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_acts import TaskActs
from orchestrator.adapters.chain.task_manager import TaskManager
from orchestrator.adapters.keystore import read_address
from orchestrator.cli.options import SHARED
from orchestrator.config import Settings
from orchestrator.ports import Storage
from orchestrator.protocol.types import Address
from orchestrator.terminal.documents import compose_act, show_document
from orchestrator.terminal.progress import log_progress
from orchestrator.wiring.account import AskPassword, open_account, read_password
from orchestrator.wiring.connection import Connection, connect
from orchestrator.wiring.store import open_store
from orchestrator.wiring.task import find_manager, open_task

Command = Callable[..., None]


def takes(*names: str) -> Callable[[Command], Command]:
    """Give a command the shared options `names`; it is called with a Session in their place, and its own options."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(ctx: typer.Context, **values: Any) -> None:
            command(Session(ctx.obj, {name: values.pop(name) for name in names}), **values)

        _, *own = signature(command, eval_str=True).parameters.values()
        context = Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context)
        set_signature(run, [context, *own, *_list_shared(names)])
        return run

    return decorate


def set_signature(command: Command, parameters: Iterable[Parameter]) -> None:
    """What Typer reads a command's options from."""
    named = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in parameters]
    command.__signature__ = Signature(named)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in named}


def _list_shared(names: Iterable[str]) -> list[Parameter]:
    defaults: dict[str, Any] = {"as_json": False}
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=annotation)
        for name, annotation in SHARED.items()
        if name in names
    ]


@dataclass(frozen=True)
class Session:
    """One run of one command. Its parts are opened when they are first asked for."""

    settings: Settings
    shared: Mapping[str, Any]
    """What was chosen of the options that the command takes."""

    @property
    def connection(self) -> Connection:
        names = Connection.__dataclass_fields__
        given = {name: value for name, value in self.shared.items() if name in names and value is not None}
        chosen = {name: getattr(self.settings.chosen, name) for name in ("manager", "chain_id", "max_fee")}
        return Connection(**chosen | given | {"rpc": tuple(given.get("rpc") or ())})

    @property
    def ask(self) -> AskPassword | None:
        """None where nobody is there to be asked."""
        return ask_password if sys.stdin is not None and sys.stdin.isatty() else None

    @cached_property
    def rpc(self) -> Rpc:
        """The chain; with the account to sign, if the command takes its key."""
        signs = "password_file" in self.shared
        account = open_account(self.settings, self.connection, self.ask) if signs else None
        return connect(self.settings, self.connection, account, log=log_progress)

    @property
    def account(self) -> Address:
        """Whose key signs."""
        return str(self.rpc.signer.address)

    def find_own_account(self) -> Address | None:
        """That of the key file that is named, or of the usual one if it is there. Needs no password."""
        path = self.connection.keystore or self.settings.keystore
        return to_address(read_address(path)) if self.connection.keystore or path.exists() else None

    @cached_property
    def manager(self) -> TaskManager:
        return find_manager(self.settings, self.connection, self.rpc)

    @property
    def store(self) -> str:
        """As `--store` takes it."""
        return self.shared.get("store") or self.settings.store

    @cached_property
    def storage(self) -> Storage:
        return open_store(self.store)

    def open_task(self, task: str, *, account: Address | None = None, is_paying: bool = False) -> TaskActs:
        """The task at the address `task`, for the key's own account or the one that it is the operator of; `is_paying`: it
        must be a task that the manager made."""
        return open_task(self.settings, self.connection, self.rpc, task, account=account, is_paying=is_paying)

    def read_password(self, *, is_new: bool = False) -> str:
        return read_password(self.settings, self.connection, self.ask, is_new=is_new)

    @property
    def as_json(self) -> bool:
        return bool(self.shared.get("as_json"))

    def show(self, document: Mapping[str, Any]) -> None:
        """The one document of the command."""
        show_document(document, as_json=self.as_json)

    def show_act(self, act: str, task: TaskActs, *receipts: Any, **values: Any) -> None:
        """What one act did, in as many transactions as it took."""
        self.show(compose_act(act, task.reader.address, receipts, values))


def ask_password(is_new: bool) -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=is_new, err=True))
