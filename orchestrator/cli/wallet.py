"""`starling wallet`: make a key, see what it has."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.adapters.chain.token import Token
from orchestrator.adapters.keystore import create_keystore, read_address
from orchestrator.cli.options import KEY, AccountOption
from orchestrator.cli.session import Session, takes
from orchestrator.config import read_deployment
from orchestrator.errors import ConfigError
from orchestrator.protocol.amounts import COIN_DECIMALS, format_amount

app = typer.Typer(no_args_is_help=True, help="Make a key, see what it has.")


@app.command()
@takes(*KEY, "as_json")
def new(session: Session) -> None:
    """Make a key and write it, encrypted, to a key file. Asks for a password unless a file or STARLING_PASSWORD has it."""
    path = session.connection.keystore or session.settings.keystore
    if path.exists():
        raise ConfigError(f"{path} exists already", hint="choose another file with --keystore; a key is never overwritten")
    address = create_keystore(path, session.read_password(is_new=True))
    session.show({"address": address, "keystore": str(path)})


@app.command()
@takes("keystore", "rpc", "chain_id", "as_json")
def show(
    session: Session,
    account: AccountOption = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="ADDRESS", help="Any token instead of the deployed one.")
    ] = None,
) -> None:
    """Show an account's address and its balances of the chain's coin and of the token. Needs no password."""
    address = to_address(account or read_address(session.connection.keystore or session.settings.keystore))
    document = {"address": address, "chain_id": session.rpc.chain_id}
    document["coin"] = format_amount(session.rpc.balance(address), COIN_DECIMALS)
    session.show(document | _compose_balance(session, address, token or _find_token(session)))


def _compose_balance(session: Session, account: str, address: str | None) -> dict[str, str | None]:
    if address is None:
        return {"token": None, "symbol": None, "token_address": None}
    token = Token(session.rpc, address)
    balance = format_amount(token.balance(account), token.decimals)
    return {"token": balance, "symbol": token.symbol, "token_address": token.address}


def _find_token(session: Session) -> str | None:
    """Where nothing is deployed there is no token to show, and that is no error."""
    chain_id, folder = session.rpc.chain_id, session.settings.deployments
    return read_deployment(chain_id, folder).token if (folder / f"{chain_id}.json").exists() else None
