"""Options that many commands have are added to a command's own, and open what it asks for."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from orchestrator.cli.create_options import NUMBERS
from orchestrator.cli.main import app as starling
from orchestrator.cli.session import Session, takes
from orchestrator.config import Settings
from orchestrator.protocol.parameters import PARAMETERS, Unit

SETTINGS = Settings(Path("home"), "http://127.0.0.1:9", Path("key"), "local:here")
app = typer.Typer()


@app.command()
@takes("store", "rpc", "as_json")
def tell(session: Session, name: str, number: int = 3) -> None:
    """A command."""
    session.show({"name": name, "number": number, "store": session.store, "rpc": session.connection.rpc})


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--json"], obj=SETTINGS)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_command_gets_its_own_options_and_a_session() -> None:
    assert '"number": 3' in run("x") and '"number": 4' in run("x", "--number", "4")


def test_an_option_goes_before_the_settings() -> None:
    assert '"local:here"' in run("x") and '"rpc": []' in run("x")
    assert '"local:there"' in run("x", "--store", "local:there") and "http://other" in run("x", "--rpc", "http://other")


def test_options_that_a_command_does_not_take_are_refused() -> None:
    assert CliRunner().invoke(app, ["x", "--manager", "0x12"], obj=SETTINGS).exit_code == 2


def test_every_parameter_that_is_a_number_is_an_option_of_task_create() -> None:
    """R1."""
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(starling, ["task", "create", "--help"]).stdout
    assert set(PARAMETERS) - set(NUMBERS) == {name for name, it in PARAMETERS.items() if it.unit in (Unit.ADDRESS, Unit.DIGEST)}
    for name in NUMBERS:
        assert f"--{name.replace('_', '-')} " in shown and PARAMETERS[name].help in shown
