"""`starling wallet`: make a key, see what it has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.adapters.chain.rpc import Rpc, to_address
from orchestrator.adapters.chain.token import Token
from orchestrator.adapters.keystore import create_keystore, read_address
from orchestrator.cli.options import ChainOption, JsonOption, KeystoreOption, PasswordOption, RpcOption
from orchestrator.config import Settings, read_deployment
from orchestrator.errors import ConfigError
from orchestrator.protocol.amounts import format_amount
from orchestrator.terminal.documents import show_document
from orchestrator.wiring.parts import connect, read_password

COIN_DECIMALS = 18
app = typer.Typer(no_args_is_help=True, help="Make a key, see what it has.")


@app.command()
def new(
    ctx: typer.Context, keystore: KeystoreOption = None, password_file: PasswordOption = None, as_json: JsonOption = False
) -> None:
    """Make a key and write it, encrypted, to a key file. Asks for a password unless a file or STARLING_PASSWORD has it."""
    settings: Settings = ctx.obj
    path = keystore or settings.keystore
    if path.exists():
        raise ConfigError(f"{path} exists already", hint="choose another file with --keystore; a key is never overwritten")
    address = create_keystore(path, read_password(settings, password_file, is_new=True))
    show_document({"address": address, "keystore": str(path)}, as_json=as_json)


@app.command()
def show(
    ctx: typer.Context,
    keystore: KeystoreOption = None,
    account: Annotated[str | None, typer.Option("--account", metavar="ADDRESS", help="Any account instead.")] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="ADDRESS", help="Any token instead of the deployed one.")
    ] = None,
    rpc: RpcOption = None,
    chain_id: ChainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an account's address and its balances of the chain's coin and of the token. Needs no password."""
    settings: Settings = ctx.obj
    address = to_address(account or read_address(keystore or settings.keystore))
    endpoint = connect(settings, rpc, chain_id)
    document = {"address": address, "chain_id": endpoint.chain_id}
    document["coin"] = format_amount(endpoint.balance(address), COIN_DECIMALS)
    show_document(document | _show_token(settings, endpoint, address, token), as_json=as_json)


def _show_token(settings: Settings, rpc: Rpc, account: str, named: str | None) -> dict[str, str | None]:
    address = named or _find_token(settings, rpc)
    if address is None:
        return {"token": None, "symbol": None, "token_address": None}
    token = Token(rpc, address)
    return {
        "token": format_amount(token.balance(account), token.decimals),
        "symbol": token.symbol,
        "token_address": token.address,
    }


def _find_token(settings: Settings, rpc: Rpc) -> str | None:
    """Where nothing is deployed there is no token to show, and that is no error."""
    path: Path = settings.deployments / f"{rpc.chain_id}.json"
    return read_deployment(rpc.chain_id, settings.deployments).token if path.exists() else None
