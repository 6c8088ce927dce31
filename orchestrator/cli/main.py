"""`starling`: what people touch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, Exit, TyperException

from orchestrator import __version__
from orchestrator.cli import config as config_commands
from orchestrator.cli import demo, history, model, node, operator, simulate, stake, task, wallet
from orchestrator.cli.config import FILE
from orchestrator.config import read_settings
from orchestrator.errors import StarlingError
from orchestrator.terminal.errors import show_error


class ErrorsInOneSentence(TyperGroup):
    """Exit code 1 with a sentence and a hint on stderr where something fails, or with `--json` a document on stdout in place of
    the one that was asked for; a traceback only for those who ask for it."""

    def invoke(self, ctx: Any) -> Any:
        as_json = "--json" in (*ctx._protected_args, *ctx.args)  # the command itself may never come to be
        if ctx.params.get("debug"):
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except StarlingError as error:
            show_error(error, error.hint, as_json=as_json)
        except (TyperException, Exit, Abort, BrokenPipeError):
            raise
        except Exception as error:
            found = RuntimeError(f"unexpected {type(error).__name__}: {error}")
            show_error(found, "run it again as `starling --debug …`", as_json=as_json)
        sys.exit(1)


app = typer.Typer(
    cls=ErrorsInOneSentence,
    name="starling",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train a model together, with stakes and votes on a chain, and keep your data.",
)
app.add_typer(config_commands.app, name="config")
app.add_typer(wallet.app, name="wallet")
app.add_typer(task.app, name="task")
app.add_typer(node.app, name="node")
app.add_typer(model.app, name="model")
app.add_typer(operator.app, name="operator")
app.add_typer(simulate.app, name="simulate")
for command in (demo.demo, history.why, history.replay, stake.stake, stake.leave, stake.withdraw, stake.claim, stake.slash):
    app.command()(command)


@app.callback(invoke_without_command=True)
def main(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Settings, as TOML. (environment: STARLING_CONFIG; default: config.toml in home, if it is there)",
            show_default=False,
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Settings from the file and the environment are read here, once."""
    if version:
        typer.echo(f"starling {__version__}")
        raise typer.Exit
    ctx.meta[FILE] = config
    if ctx.invoked_subcommand != "config":  # that tells of all that is wrong, not of the first
        ctx.obj = read_settings(file=config)


if __name__ == "__main__":
    app()
