"""Every rule R1–R22 and invariant I1–I11 of the protocol must be named by the docstring of at least one test."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
NUMBERS = [f"R{n}" for n in range(1, 23)] + ["R6a", "R17a", "R18a", "R19a"] + [f"I{n}" for n in range(1, 12)]
NUMBER = re.compile(r"\b[RI]\d{1,2}a?\b")
TEST_NAME = re.compile(r"(test|rule|invariant)_?")
# A NatSpec comment and the Foundry test below it.
NATSPEC = re.compile(r"((?:^[ \t]*///[^\n]*\n)+|/\*\*(?:(?!\*/).)*\*/\s*)[ \t]*function (?:test|invariant)", re.S | re.M)


def read_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and TEST_NAME.match(node.name):
            yield ast.get_docstring(node) or ""


def read_solidity(path: Path) -> Iterator[str]:
    for match in NATSPEC.finditer(path.read_text()):
        yield match[1]


def main() -> int:
    tests = [text for path in TESTS.rglob("*.py") for text in read_python(path)]
    tests += [text for path in TESTS.rglob("*.sol") for text in read_solidity(path)]
    count = Counter(number for text in tests for number in set(NUMBER.findall(text)))
    if untested := [number for number in NUMBERS if not count[number]]:
        print(f"no test's docstring names {', '.join(untested)}")
    if unknown := sorted(set(count) - set(NUMBERS)):
        print(f"tests name rules that the protocol does not have: {', '.join(unknown)}")
    return 1 if untested or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
