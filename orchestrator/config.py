"""What is set, in the file and in the environment? Only this file reads it; everybody else is given what it needs."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestrator.errors import ConfigError
from orchestrator.settings import ENVIRONMENT, SETTINGS, Chosen

ROOT = Path(__file__).resolve().parents[1]
"""The checkout, where there is one: contracts, scripts and data are beside the package."""
DEPLOYMENTS = ROOT / "orchestrator" / "deployments"
CONFIG, PASSWORD = f"{ENVIRONMENT}CONFIG", f"{ENVIRONMENT}PASSWORD"
"""Variables that are no settings: which file, and the one secret."""


@dataclass(frozen=True)
class Settings:
    """What is set in the file or the environment, or the defaults. Options on the command line go first."""

    home: Path
    rpc: str
    keystore: Path
    store: str
    deployments: Path = DEPLOYMENTS
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    chosen: Chosen = field(default_factory=Chosen)
    """All of them, as they were chosen."""


@dataclass(frozen=True)
class Problem:
    """A key or value that is wrong."""

    where: str
    """The file and its line, or the variable."""
    what: str
    hint: str


@dataclass(frozen=True)
class Found:
    """What was found of settings, and where."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]
    """By name: the file and line, or the variable; of those that are chosen."""
    problems: tuple[Problem, ...]
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Deployment:
    """Where the contracts of one chain are, as scripts/deploy.py wrote it."""

    manager: str
    beacon: str
    token: str | None = None
    """None on main nets, where no test token is deployed."""
    block: int = 0
    """No event of the task manager is older."""


def read_settings(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Settings from STARLING_… variables and, where these say nothing, from the file. An empty variable is one that is not
    set. Raises ConfigError for the first key or value that is wrong, with its place."""
    found = find_settings(environment, file)
    if found.problems:
        first, more = found.problems[0], len(found.problems) - 1
        others = f" ({more} more: `starling config check`)" if more else ""
        raise ConfigError(f"{first.where}: {first.what}", hint=f"{first.hint}{others}")
    chosen = Chosen(**found.values)
    home = chosen.home.expanduser()
    return Settings(
        home=home,
        rpc=chosen.rpc,
        keystore=chosen.keystore or home / "key.json",
        store=chosen.store or f"local:{home / 'store'}",
        deployments=chosen.deployments or DEPLOYMENTS,
        password=found.password,
        password_file=chosen.password_file,
        chosen=chosen,
    )


def find_settings(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Found:
    """Everything that is chosen, with its place, and everything that is wrong. Raises ConfigError if a file that is named
    cannot be read, or is no TOML."""
    set_there = {name: value for name, value in environment.items() if name.startswith(ENVIRONMENT) and value}
    path, text = _read_file(set_there, file)
    in_file = _parse(path, text)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in in_file.items():
        where = _find_line(path, text, name)
        if name in SETTINGS:
            values[name], sources[name] = value, where
        else:
            problems.append(Problem(where, *_tell_unknown(name, is_table=isinstance(value, dict))))
    for name, one in SETTINGS.items():
        if one.variable in set_there:
            values[name], sources[name] = set_there[one.variable], one.variable
    problems += _find_misspelt(set_there)
    problems += _find_wrong(values, sources)
    chosen = {name: _expand(value) if _is_path(name) else value for name, value in values.items()}
    return Found(chosen, sources, tuple(problems), set_there.get(PASSWORD))


def _read_file(environment: Mapping[str, str], file: Path | None) -> tuple[Path, str]:
    """The file that is named, or the usual one if it is there."""
    named = file or (Path(environment[CONFIG]) if CONFIG in environment else None)
    home = Path(environment.get(SETTINGS["home"].variable, Chosen.model_fields["home"].default))
    path = (named or home / "config.toml").expanduser()
    try:
        return path, path.read_text()
    except (FileNotFoundError, NotADirectoryError) as missing:
        if named is None:
            return path, ""
        hint = "write one: `starling config example >FILE`"
        raise ConfigError(f"there is no file {path}", hint=hint) from missing
    except (OSError, ValueError) as unreadable:
        raise ConfigError(f"{path} cannot be read: {unreadable}", hint="check the path and its rights") from unreadable


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as malformed:
        hint = 'a setting a line, such as `rpc = "http://127.0.0.1:8545"`; see `starling config example`'
        raise ConfigError(f"{path} is no TOML: {malformed}", hint=hint) from malformed


def _find_line(path: Path, text: str, name: str) -> str:
    """The line that a key stands on, or only the file where it is written in another way."""
    key = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(name)}["']?\s*[=.\]]""")
    lines = (number for number, line in enumerate(text.splitlines(), start=1) if key.match(line))
    number = next(lines, None)
    return f"{path}, line {number}" if number else str(path)


def _tell_unknown(name: str, *, is_table: bool) -> tuple[str, str]:
    if is_table:
        return f"there is no table `{name}`", "write its settings at the top, in no table"
    if name == "password":
        return "a password does not belong here", "write it to a file of its own, and name that with `password_file`"
    close = get_close_matches(name.replace("-", "_").lower(), SETTINGS, n=1)
    hint = f"did you mean `{close[0]}`?" if close else "see `starling config example` for all there are"
    return f"there is no setting `{name}`", hint


def _find_misspelt(variables: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that look like ours and are not; others may be somebody else's."""
    known = [CONFIG, PASSWORD, *(one.variable for one in SETTINGS.values())]
    for name in variables:
        if name not in known and (close := get_close_matches(name, known, n=1, cutoff=0.9)):
            yield Problem(name, "there is no such variable", f"did you mean `{close[0]}`?")


def _find_wrong(values: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Problem]:
    try:
        Chosen(**values)
    except ValidationError as wrong:
        for error in wrong.errors():
            name = str(error["loc"][0])
            one = SETTINGS[name]
            # The address of an endpoint may hold a key.
            value = "" if one.metavar == "URL" else f" {str(error['input'])[:60]!r}"
            what = f"{name}{value} cannot be used: {error['msg'][0].lower()}{error['msg'][1:]}"
            yield Problem(
                sources[name], what, f"{one.help}: give {one.metavar}, or leave it out for the default ({one.default})"
            )


def _is_path(name: str) -> bool:
    return "Path" in str(Chosen.model_fields[name].annotation)


def _expand(value: Any) -> Any:
    return Path(value).expanduser() if isinstance(value, str) else value


def keep_ray_silent() -> None:
    """Ray, where it is used, tells its makers so unless it is told not to."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")


def read_deployment(chain_id: int, folder: Path = DEPLOYMENTS) -> Deployment:
    """The contracts of a chain. Raises ConfigError if nothing, or nonsense, is known of it."""
    path = folder / f"{chain_id}.json"
    try:
        values = json.loads(path.read_text())
        return Deployment(values["manager"], values["beacon"], values.get("token"), values.get("block", 0))
    except FileNotFoundError as missing:
        hint = "deploy the contracts, or name them with --manager (and, to create a task, --token and --beacon)"
        raise ConfigError(f"no contracts are known on chain {chain_id}: there is no {path}", hint=hint) from missing
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as malformed:
        raise ConfigError(f"{path} cannot be read as a deployment", hint="write it again with scripts/deploy.py") from malformed
