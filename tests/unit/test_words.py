"""One word per concept, and one concept per word: what a machine can tell of that, in identifiers of Python and Solidity."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted((ROOT / "orchestrator").rglob("*.py"))
SOLIDITY = [path for path in sorted((ROOT / "contracts").rglob("*.sol")) if "mocks" not in path.parts]

INSTEAD = {
    "agent": "node",
    "blob": "artifact",
    "bond": "stake",
    "bot": "node",
    "checkpoint": "global model",
    "client": "participant, or you",
    "collateral": "stake",
    "contribution": "update",
    "epoch": "round; a pass over data is counted in `epochs`",
    "finalize": "settle",
    "job": "duty",
    "merge": "aggregate",
    "place": "position, or rank",
    "plugin": "recipe",
    "rating": "ballot",
    "seat": "position, or rank",
    "shard": "dataset",
    "snapshot": "view",
    "stage": "phase",
    "status": "phase",
    "submission": "update",
    "user": "participant, or you",
    "validator": "voter",
}
"""Words that stand for a concept which has another one here. Plurals too."""

OTHERS = {
    "status": {"status", "status_code"},  # a process's and HTTP's own word
}
"""Identifiers in which a word is not ours: what others call a thing of theirs."""

COMMENTS_AND_TEXTS = re.compile(r"//[^\n]*|/\*.*?\*/|\"[^\"\n]*\"", re.S)
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def split(identifier: str) -> set[str]:
    """`_findSeats`, `find_seats`, `FIND_SEATS` → find, seat, seats."""
    words = {word.lower() for word in PARTS.findall(identifier)}
    return words | {word.removesuffix("s") for word in words}


def find_python_identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """What is given a name here; names that others gave are theirs."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def find_solidity_identifiers(path: Path) -> Iterator[tuple[int, str]]:
    text = COMMENTS_AND_TEXTS.sub(lambda match: "\n" * match[0].count("\n"), path.read_text())
    for number, line in enumerate(text.splitlines(), start=1):
        yield from ((number, name) for name in re.findall(r"[A-Za-z_]\w*", line))


@pytest.mark.parametrize("word", INSTEAD)
def test_a_concept_goes_by_one_word(word: str) -> None:
    found = [(path, *each) for path in PYTHON for each in find_python_identifiers(path)]
    found += [(path, *each) for path in SOLIDITY for each in find_solidity_identifiers(path)]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {name}: say {INSTEAD[word]}"
        for path, line, name in found
        if word in split(name) and name not in OTHERS.get(word, set()) and name.lower() != "epochs"
    ]
    assert not wrong


def test_files_and_folders_keep_to_the_words() -> None:
    wrong = [path.relative_to(ROOT) for path in (*PYTHON, *SOLIDITY) if split(path.stem) & INSTEAD.keys()]
    assert not wrong
