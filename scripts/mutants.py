"""Small faults in the contracts: some of slither-mutate's, and ours where it cannot reach. For scripts/mutate.py.

One fault for each way to be wrong, none whose discovery follows from another's, and few that do not compile:
- A statement goes, unless all that becomes of it is that its condition is false. Who misses it has run it, so none becomes a
  revert. Of a declaration, what it begins with goes.
- The bound of a comparison moves to either side (Kaminski, Ammann & Offutt 2011, "Better predicate testing"). Conditions as a
  whole become true and false; parts of a condition that has several, and comparisons that are no condition, their opposite.
- Every other operator and instruction becomes its counterpart, not one after the other of all that there are.
- What is shifted by, constants in assembly and what loops begin with grow by one.
- Callers, clocks and types become others. But no `uint256` is declared narrower: Solidity narrows nothing by itself, so where
  that compiles, the values are the same.
"""

import difflib
import hashlib
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = ("contracts/*.sol", "contracts/libraries/*.sol", "contracts/libraries/words/*.sol")
BOUNDS = {"<": "<= !=", ">": ">= !=", "<=": "< ==", ">=": "> ==", "==": "<= >=", "!=": "< >"}
OPPOSITES = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}
COUNTERPARTS = {"&&": "||", "||": "&&", "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&"}
COUNTERPARTS |= {"<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "<<=": ">>=", ">>=": "<<="}
SLITHER = ("RR", "MIA", "MVIE", "MVIV", "SBR", "LIR", "UOR")
"""The operators of slither-mutate whose places are used, and, where `NEEDLESS` does not match, their faults."""
NEEDLESS = (
    ("MIA", re.compile(r"^!\(")),
    ("MVIE", re.compile(r"[^ ]$|^mapping")),  # cut in the middle
    ("SBR", re.compile(r"\buint128 \w|\bimmutable\b|etherght|gweight|\bstorage\b")),
    ("UOR", re.compile(r"^\+\+|^-")),
)
DECLARATION = re.compile(r"(?!return\b|emit\b)(?:let |mapping\b|\(?,? ?\w+(?:\[\])?(?: memory| storage)? \w+(?: =|,|;|$))")
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
    for path, start, end, new, operator in [*patch_by_slither(tree, sources), *patch_by_hand(sources)]:
        before = sources[path]
        after = before[:start] + new.encode() + before[end:]
        if not is_same(strip(before), strip(after)):
            found.setdefault((path, strip(after)), (operator, after))
    alike: Counter[tuple[str, str, str]] = Counter()
    mutants = []
    for (path, _), (operator, after) in sorted(found.items(), key=lambda item: (item[0][0], item[1][1])):
        line, original, mutated = compare(sources[path].decode(), after.decode())
        mutants.append(Mutant(path, line, operator, original, mutated, alike[path, original, mutated], after))
        alike[path, original, mutated] += 1
    return sorted(mutants, key=lambda mutant: (mutant.path, mutant.line, mutant.id))


def patch_by_slither(tree: Path, sources: dict[str, bytes]) -> Iterator[Patch]:
    from slither import Slither
    from slither.tools.mutator.mutators import all_mutators

    logging.disable(logging.WARNING)
    operators = [getattr(all_mutators, name) for name in SLITHER]
    os.chdir(tree)
    for unit in Slither(str(tree), foundry_out_directory=os.environ["FOUNDRY_OUT"]).compilation_units:
        for part in (part for contract in unit.contracts for part in parts_of(contract)):
            path = str(Path(part.source_mapping.filename.absolute).relative_to(tree))
            if path not in sources:
                continue
            for operator in operators:
                try:
                    patches = operator(unit, 0, "", "", part, None, False, tree, [])._mutate().get("patches", {})
                except IndexError:  # it looks for Solidity's operators in assembly
                    continue
                for patch in (patch for each in patches.values() for patch in each):
                    span = patch["start"], patch["end"]
                    for refined in refine(sources[path], *span, patch["old_string"], patch["new_string"], operator.NAME):
                        yield path, *refined


def refine(source: bytes, start: int, end: int, old: str, new: str, operator: str) -> Iterator[tuple[int, int, str, str]]:
    if operator == "RR":  # marks the statements; their last character, if any, is not always in
        last = source[end : end + 1]
        end += last == b";"
        is_alone = not re.match(rb"\s*(else )?if \(", source[source.rfind(b"\n", 0, start) : start])
        if not DECLARATION.match(old) and last in (b";", b"\n") and (is_alone or re.match(rb"\s*else\b", source[end:])):
            yield start, end, "{}", "SDL"
    elif not any(operator == name and pattern.search(new) for name, pattern in NEEDLESS):
        yield start, end, new, operator


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
    swaps = dict(pair.split(":") for pair in YUL.split())
    for path, source in sources.items():
        code = blank_comments(source)
        for block in re.finditer(rb"^( *)assembly\b.*?^\1\}", code, re.S | re.M):
            for found in re.compile(rb"\b(%s)\(" % "|".join(swaps).encode()).finditer(code, *block.span()):
                yield path, *found.span(1), swaps[found[1].decode()], "YUL"
            for found in re.compile(rb"\b(?:0x[0-9a-f]+|[0-9]+)\b(?! \{)").finditer(code, *block.span()):
                yield path, *found.span(), str(int(found[0], 0) + 1), "YUL"
        for found in re.finditer(rb"(?<= )[^\w\s(){};]{1,3}(?= )", code):
            for new, name in swap(found[0].decode(), line_at(code, found.start())):
                yield path, *found.span(), new, name
        for found in re.finditer(rb"(?:<<|>>)=? *([A-Z_]+|[0-9]+)\b", code):
            yield path, *found.span(1), f"({found[1].decode()} + 1)", "SHIFT"


def swap(sign: str, line: str) -> Iterator[tuple[str, str]]:
    yield from ((bound, "ROR") for bound in BOUNDS.get(sign, "").split())
    is_whole = re.search(r"\bif \(| \? ", line) and not re.search(r"&&|\|\|", line)
    if sign in OPPOSITES and not is_whole:
        yield OPPOSITES[sign], "OPPOSITE"
    if sign in COUNTERPARTS:
        yield COUNTERPARTS[sign], "SWAP"


def line_at(code: bytes, place: int) -> str:
    return code[code.rfind(b"\n", 0, place) + 1 : code.find(b"\n", place)].decode()


def blank_comments(source: bytes) -> bytes:
    return re.sub(rb"//[^\n]*|/\*.*?\*/", lambda found: re.sub(rb"[^\n]", b" ", found[0]), source, flags=re.S)


def strip(source: bytes) -> bytes:
    """The code without comments and needless blanks."""
    return b" ".join(blank_comments(source).split())


def is_same(before: bytes, after: bytes) -> bool:
    """Nothing here is below zero but a score, variables begin at zero, and fields of a word do not overlap."""

    def plain(code: bytes) -> bytes:
        for pattern, instead in ((rb"<= (0\b|address\(0\))", rb"== \1"), (rb"(?<!score )> (0\b|address\(0\))", rb"!= \1")):
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
