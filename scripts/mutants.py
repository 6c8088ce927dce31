"""Small faults in the contracts: what slither-mutate knows, and ours where it cannot reach. For scripts/mutate.py."""

import difflib
import hashlib
import inspect
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = ("contracts/*.sol", "contracts/libraries/*.sol")
SWAPS = ("< <=", "> >=", "== !=", "&& ||", "+ -", "* /", "| &", "<< >>")
"""Operators that stand for each other, anywhere: slither-mutate gets lost in lines that have one twice."""
YUL = "add:sub sub:add mul:add div:mod mod:div and:or or:and xor:or shl:shr shr:shl lt:gt gt:lt eq:lt"
"""Instructions in assembly, and what takes their place."""

Patch = tuple[str, int, int, str, str]
"""File, from, to (in bytes), the text to put there, and which operator of ours or of slither-mutate's this is."""


@dataclass(frozen=True)
class Mutant:
    path: str
    line: int
    operator: str
    original: str
    mutated: str
    nth: int  # of those that are alike
    text: bytes

    @property
    def id(self) -> str:
        """Stays while its line does."""
        return hashlib.sha256("\0".join([self.path, self.original, self.mutated, str(self.nth)]).encode()).hexdigest()[:16]


def generate(tree: Path) -> list[Mutant]:
    """Every fault once, and none that makes no difference."""
    sources = {str(path.relative_to(tree)): path.read_bytes() for pattern in SOURCES for path in sorted(tree.glob(pattern))}
    found: dict[tuple[str, bytes], tuple[str, bytes]] = {}
    for path, start, end, new, operator in [*patch_by_slither(tree), *patch_by_hand(sources)]:
        before = sources.get(path, b"")
        after = before[:start] + new.encode() + before[end:]
        if before and not is_same(strip(before), strip(after)):
            found.setdefault((path, strip(after)), (operator, after))
    alike: Counter[tuple[str, str, str]] = Counter()
    mutants = []
    for (path, _), (operator, after) in sorted(found.items(), key=lambda item: (item[0][0], item[1][1])):
        line, original, mutated = compare(sources[path].decode(), after.decode())
        mutants.append(Mutant(path, line, operator, original, mutated, alike[path, original, mutated], after))
        alike[path, original, mutated] += 1
    return sorted(mutants, key=lambda mutant: (mutant.path, mutant.line, mutant.id))


def patch_by_slither(tree: Path) -> Iterator[Patch]:
    from slither import Slither
    from slither.tools.mutator.mutators import all_mutators
    from slither.tools.mutator.mutators.abstract_mutator import AbstractMutator

    logging.disable(logging.WARNING)
    broken = (AbstractMutator, all_mutators.FHR)  # puts a function's body there twice
    operators: list[Any] = [kind for _, kind in inspect.getmembers(all_mutators, inspect.isclass) if kind not in broken]
    os.chdir(tree)
    for unit in Slither(str(tree), foundry_out_directory=os.environ["FOUNDRY_OUT"]).compilation_units:
        for part in (part for contract in unit.contracts for part in parts_of(contract)):
            path = str(Path(part.source_mapping.filename.absolute).relative_to(tree))
            for operator in operators:
                try:
                    patches = operator(unit, 0, "", "", part, None, False, tree, [])._mutate().get("patches", {})
                except IndexError:  # it looks for Solidity's operators in assembly
                    continue
                for patch in (patch for each in patches.values() for patch in each):
                    yield path, patch["start"], patch["end"], patch["new_string"], operator.NAME


class Part:
    """One function of a contract, or its variables: an operator that fails in one does not lose the others."""

    def __init__(self, contract: Any, functions: list[Any], variables: list[Any]):
        self.contract = contract
        self.functions_and_modifiers_declared = functions
        self.state_variables_declared = variables

    def __getattr__(self, name: str) -> Any:
        return getattr(self.contract, name)


def parts_of(contract: Any) -> Iterator[Part]:
    yield Part(contract, [], contract.state_variables_declared)
    for function in contract.functions_and_modifiers_declared:
        yield Part(contract, [function], [])


def patch_by_hand(sources: dict[str, bytes]) -> Iterator[Patch]:
    """What slither-mutate leaves out: assembly, operators beside their like, and by how much is shifted."""
    others = {left: right for pair in SWAPS for left, right in (pair.split(), pair.split()[::-1])}
    swaps = dict(pair.split(":") for pair in YUL.split())
    for path, source in sources.items():
        code = blank_comments(source)
        for block in re.finditer(rb"^( *)assembly\b.*?^\1\}", code, re.S | re.M):
            for found in re.compile(rb"\b(%s)\(" % "|".join(swaps).encode()).finditer(code, *block.span()):
                yield path, *found.span(1), swaps[found[1].decode()], "YUL"
            for found in re.compile(rb"\b(?:0x[0-9a-f]+|[0-9]+)\b").finditer(code, *block.span()):
                yield path, *found.span(), str(int(found[0], 0) + 1), "YUL"
        for found in re.finditer(rb"(?<= )[^\w\s]{1,2}(?= )", code):
            if found[0].decode() in others:
                yield path, *found.span(), others[found[0].decode()], "SWAP"
        for found in re.finditer(rb"(?:<<|>>)=? *([0-9]+)\b", code):
            yield path, *found.span(1), str(int(found[1]) + 1), "SHIFT"


def blank_comments(source: bytes) -> bytes:
    return re.sub(rb"//[^\n]*|/\*.*?\*/", lambda found: re.sub(rb"[^\n]", b" ", found[0]), source, flags=re.S)


def strip(source: bytes) -> bytes:
    """The code without comments and needless blanks."""
    return b" ".join(blank_comments(source).split())


def is_same(before: bytes, after: bytes) -> bool:
    """Nothing here is below zero but a score, variables begin at zero, and fields of a word do not overlap."""

    def plain(code: bytes) -> bytes:
        for pattern, instead in ((rb"pragma [^;]*;", b""), (rb"<= 0\b", b"== 0"), (rb"(?<!score )> 0\b", b"!= 0")):
            code = re.sub(pattern, instead, code)
        return re.sub(rb"\b(uint256 \w+)(?: = 0)? ?;", rb"\1;", code)

    return plain(before) in (plain(after), plain(after).replace(b"^", b"|"))


def compare(before: str, after: str) -> tuple[int, str, str]:
    """Number of the first line that differs, and those lines as they were and are, each as one line."""
    old, new = before.splitlines(), after.splitlines()
    changes = [
        change for change in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if change[0] != "equal"
    ]
    (_, top, _, new_top, _), (_, _, bottom, _, new_bottom) = changes[0], changes[-1]
    return top + 1, " ".join(" ".join(old[top:bottom]).split()), " ".join(" ".join(new[new_top:new_bottom]).split())


def sample(mutants: list[Mutant], size: int, seed: str) -> list[Mutant]:
    """The same share of every file, and the same mutants for the same seed, as long as their lines stay."""
    if not 0 < size < len(mutants):
        return mutants
    of_file = Counter(mutant.path for mutant in mutants)
    taken: Counter[str] = Counter()
    chosen = []
    for mutant in sorted(mutants, key=lambda mutant: hashlib.sha256((seed + mutant.id).encode()).digest()):
        if taken[mutant.path] < max(1, round(of_file[mutant.path] * size / len(mutants))):
            taken[mutant.path] += 1
            chosen.append(mutant)
    return sorted(chosen, key=lambda mutant: (mutant.path, mutant.line, mutant.id))
