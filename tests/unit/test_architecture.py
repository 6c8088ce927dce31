"""Arrows between packages point one way. Read from the imports themselves, so nothing is imported here."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "orchestrator"
FILES = sorted(PACKAGE.rglob("*.py"))
ERRORS = "orchestrator.errors"
"""May be raised anywhere."""

ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}

MAY_IMPORT = {
    "protocol": [],
    "learning": ["learning"],
    "adapters": ["adapters", "data", "learning", "ports", "protocol", "simulation", "worker"],
}
"""Which of our packages and modules a package may import, besides itself and errors. Packages not named here may import all."""


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


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_arrows_point_one_way(package: str) -> None:
    allowed = [ERRORS, f"orchestrator.{package}", *(f"orchestrator.{name}" for name in MAY_IMPORT[package])]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((PACKAGE / package).rglob("*.py"))
        for name in find_imports(path)
        if is_below(name, "orchestrator") and not any(is_below(name, one) for one in allowed)
    ]
    assert not wrong


def test_protocol_imports_only_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"orchestrator"}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((PACKAGE / "protocol").rglob("*.py"))
        for name in find_imports(path)
        if name.split(".")[0] not in allowed
    ]
    assert not wrong


def test_ports_know_no_adapter() -> None:
    wrong = [name for name in find_imports(PACKAGE / "ports.py") if is_below(name, "orchestrator.adapters")]
    assert not wrong


@pytest.mark.parametrize("library", ["web3", "ipfshttpclient", "pyrevm"])
def test_one_file_knows_each_outside_system(library: str) -> None:
    importers = find_importers(library)
    assert len(importers) <= 1
    assert all(path.startswith("orchestrator/adapters/") for path in importers)


def test_node_needs_no_brownie_at_run_time() -> None:
    assert find_importers("brownie") == []


def test_only_config_reads_the_environment() -> None:
    readers = [path.relative_to(PACKAGE).as_posix() for path in FILES if reads_environment(path)]
    assert set(readers) <= {"config.py"}
