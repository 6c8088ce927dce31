"""Rooms and the arrows between them. Read from the imports themselves, so nothing is imported here."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "orchestrator"
FILES = sorted(PACKAGE.rglob("*.py"))
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}

ARROWS: dict[str, str] = {
    "errors": "",
    "worker": "",
    "telemetry": "",
    "settings": "",
    "config": "settings",
    "protocol": "",
    "data": "",
    "learning": "",
    "ports": "protocol",
    "terminal": "protocol",
    "effects": "ports learning protocol",
    "node": "effects ports protocol",
    "adapters": "ports learning data protocol worker",
    "wiring": "adapters config node effects ports learning protocol telemetry",
    "simulation": "wiring adapters config effects node ports learning data protocol",
    "demo": "terminal simulation wiring adapters config settings learning data ports protocol telemetry worker",
    "cli": "demo simulation terminal wiring adapters config settings effects learning ports protocol telemetry",
}
"""Room → the rooms that its files import, besides `errors`. Rooms stand in an order: arrows point up this list, never down."""


def find_imports(path: Path) -> Iterator[str]:
    """Absolute names of what a file imports, wherever in it: `from a import b` counts as `a.b`."""
    module = path.relative_to(ROOT).with_suffix("").parts
    package = list(module[:-1])  # of a package's __init__ too
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, node.module] if node.module else base)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def find_room(path: Path) -> str:
    """A package of ours, or one of the modules that are rooms by themselves."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def find_arrows(room: str) -> dict[str, str]:
    """The rooms that files of `room` import, each with one of the imports."""
    found: dict[str, str] = {}
    for path in FILES:
        for name in find_imports(path) if find_room(path) == room else ():
            first, _, rest = name.partition(".")
            other = rest.split(".")[0]
            if first == "orchestrator" and other != room and not other.startswith("__"):
                found.setdefault(other, f"{path.relative_to(ROOT)} imports {name}")
    return found


def is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def find_importers(library: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in FILES if any(is_below(name, library) for name in find_imports(path))]


def reads_environment(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT:
            return True
        names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) and node.module == "os" else set()
        if names & ENVIRONMENT:
            return True
    return False


def test_every_room_is_in_the_table() -> None:
    assert {find_room(path) for path in FILES} - {"__init__"} == set(ARROWS)


@pytest.mark.parametrize("room", ARROWS)
def test_arrows_go_where_the_table_says(room: str) -> None:
    """Both ways: what is imported is allowed, and what is allowed is imported by somebody."""
    found = find_arrows(room)
    allowed = set(ARROWS[room].split())
    assert [said for other, said in found.items() if other not in allowed | {"errors"}] == []
    assert allowed - set(found) == set(), "allowed, and nobody uses it: take it out of the table"


def test_arrows_never_run_back() -> None:
    rooms = list(ARROWS)
    assert [(room, other) for room in rooms for other in ARROWS[room].split() if rooms.index(other) >= rooms.index(room)] == []


def test_the_worker_can_leave_in_one_move() -> None:
    """Not even errors: it will be a process of its own, in whatever Python its participant has."""
    assert find_arrows("worker") == {}


def test_protocol_imports_only_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"orchestrator"}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        for name in find_imports(path)
        if find_room(path) == "protocol" and name.split(".")[0] not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("library", ["web3", "ipfshttpclient", "pyrevm"])
def test_one_file_knows_each_outside_system(library: str) -> None:
    importers = find_importers(library)
    assert len(importers) == 1
    assert importers[0].startswith("orchestrator/adapters/")


def test_torch_is_in_the_worker_and_in_the_adapter_that_runs_it() -> None:
    """What must be exact to the byte, and what decides, never waits for torch."""
    assert {name for name in find_importers("torch") if find_room(ROOT / name) != "worker"} <= {
        "orchestrator/adapters/torch_trainer.py"
    }


def test_nobody_who_is_honest_can_reach_an_attack() -> None:
    importers = find_importers("orchestrator.simulation")
    assert {find_room(ROOT / name) for name in importers} <= {"simulation", "demo", "cli"}
    assert [name for name in importers if name.startswith("orchestrator/cli/")] == ["orchestrator/cli/simulate.py"]


def test_nobody_imports_the_command_line() -> None:
    assert {find_room(ROOT / name) for name in find_importers("orchestrator.cli")} == {"cli"}


def test_node_needs_no_brownie_at_run_time() -> None:
    assert find_importers("brownie") == []


def test_only_config_reads_the_environment() -> None:
    readers = [path.relative_to(PACKAGE).as_posix() for path in FILES if reads_environment(path)]
    assert set(readers) <= {"config.py"}


@pytest.mark.parametrize("package", sorted({path.parent for path in FILES if path.name == "__init__.py"} - {PACKAGE}))
def test_a_package_says_which_question_it_answers(package: Path) -> None:
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    assert "?" in said.splitlines()[0] if said else False, f"{package.relative_to(ROOT)}/__init__.py says nothing"
