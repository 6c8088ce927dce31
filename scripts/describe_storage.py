"""Writes the table of a task's storage into contracts/README.md. With `--check`: fails and says whether it is stale.

Slots and types are the compiler's, names of keys and remarks those of contracts/TaskStorage.sol, fields those that each file
in contracts/libraries/words/ names at its top. Fails where these do not fit together: fields that overlap, a mask that is not
as wide as its field, a shift by a bare number, a lens that would look into other slots than the task writes.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export_abi import ROOT, compile_contracts

MANUAL = ROOT / "contracts" / "README.md"
VARIABLES = ROOT / "contracts" / "TaskStorage.sol"
WORDS = ROOT / "contracts" / "libraries" / "words"
BEGIN, END = "<!-- written by scripts/describe_storage.py -->\n", "<!-- until here -->\n"
FIELD = re.compile(r"uint256 private constant (\w+) = (\d+); // (\d+)$", re.M)
ENTRY = re.compile(r"uint256 private constant ENTRY = (\d+);")
VARIABLE = re.compile(r"^    ([\w\[\]]+|mapping\(.*\)) internal (\w+);(?: // (.*))?$", re.M)


@dataclass(frozen=True)
class Field:
    name: str
    offset: int
    bits: int


@dataclass(frozen=True)
class Word:
    """One file: its fields from the lowest bit up, and into how many entries of such fields the slot is cut."""

    path: Path
    fields: list[Field]
    entries: int

    def describe(self) -> str:
        fields = " ".join(f"{camel(field.name)}({field.bits})" for field in self.fields)
        return fields if self.entries == 1 else f"{self.entries} × [{fields}]"


def camel(constant: str) -> str:
    first, *others = constant.lower().split("_")
    return first + "".join(part.capitalize() for part in others)


def read_word(path: Path) -> Word:
    text = path.read_text()
    entry = ENTRY.search(text)
    width = int(entry[1]) if entry else 256
    fields = [Field(name, int(offset), int(bits)) for name, offset, bits in FIELD.findall(text)]
    free = 0
    for field in fields:
        if field.offset < free or field.offset + field.bits > width:
            sys.exit(f"{path.name}: {field.name} does not fit between its neighbours")
        free = field.offset + field.bits
    bits = {field.name: field.bits for field in fields}
    masks = re.findall(r">> (\w+)\) & M(\d+)", text) + [(name, mask) for mask, name in re.findall(r"\bM(\d+) << (\w+)", text)]
    if wrong := [name for name, mask in masks if bits.get(name) != int(mask)]:
        sys.exit(f"{path.name}: a mask is not as wide as {', '.join(wrong)}")
    if bare := re.search(r"(<<|>>)=? *\d", text):
        sys.exit(f"{path.name}: a shift by a bare number: {bare[0]}")
    return Word(path, fields, 256 // width)


def read_layout() -> list[tuple[int, str, str]]:
    """Slot, name and type of each variable, the same for the task and its lens."""
    layouts = [find_slots(layout) for layout in compile_contracts(["FLTask", "TaskLens"], "storageLayout").values()]
    if layouts[0] != layouts[1]:
        sys.exit("TaskLens has not the storage of FLTask: both may have the variables of TaskStorage, and no other")
    return layouts[0]


def find_slots(layout: dict[str, Any]) -> list[tuple[int, str, str]]:
    if packed := [each["label"] for each in layout["storage"] if each["offset"]]:
        sys.exit(f"{', '.join(packed)} share a slot with others")
    return [(int(each["slot"]), each["label"], layout["types"][each["type"]]["label"]) for each in layout["storage"]]


def read_variables() -> dict[str, tuple[str, str]]:
    """Name → keys as they are declared, remark."""
    text = VARIABLES.read_text()
    return {
        name: ("".join(f"[{key}]" for key in re.findall(r"(\w+) =>", kind)), note)
        for kind, name, note in VARIABLE.findall(text)
    }


def compose_table() -> str:
    words = {path.stem.removesuffix("Word"): read_word(path) for path in sorted(WORDS.glob("*Word.sol"))}
    variables = read_variables()
    lines = ["| slot | word | fields (bits), lowest first | |", "|---|---|---|---|"]
    for slot, name, kind in read_layout():
        keys, note = variables[name]
        base = re.sub(r".*=> |\)", "", kind)
        keys += "".join(re.findall(r"\[\d+\]", base))
        word = words.get(re.sub(r"\[\d+\]", "", base))
        label = f"`{name.lstrip('_')}{keys}`"
        if word:
            label = f"[{label}]({word.path.relative_to(MANUAL.parent).as_posix()})"
        lines.append(f"| {slot} | {label} | {word.describe() if word else base} | {note} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"


def main() -> int:
    text = MANUAL.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    wanted = f"{before}{BEGIN}\n{compose_table()}\n{END}{after}"
    if wanted == text:
        return 0
    if "--check" in sys.argv:
        print("contracts/README.md does not tell the storage as it is: run `python scripts/describe_storage.py` and commit it")
        return 1
    MANUAL.write_text(wanted)
    print("wrote contracts/README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
