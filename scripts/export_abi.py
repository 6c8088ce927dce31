"""Writes the ABIs that the node reads, `orchestrator/abi/<Name>.json`. With `--check`: fails and says which are stale."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ABI = ROOT / "orchestrator" / "abi"
COMPILER = ROOT / "scripts" / "solc" / "solc-v0.8.37"
NAMES = ["FLTask", "FutureBlockBeacon", "IBeacon", "TaskLens", "TaskManager", "TestToken"]


def find_sources(names: list[str]) -> dict[str, str]:
    """Name → path below the root of the file that holds the contract."""
    found = {path.stem: path.relative_to(ROOT).as_posix() for path in ROOT.glob("contracts/**/*.sol")}
    if missing := [name for name in names if name not in found]:
        sys.exit(f"no contracts/**/<Name>.sol for {', '.join(missing)}")
    return {name: found[name] for name in names}


def compile_contracts(names: list[str], wanted: str) -> dict[str, Any]:
    """What the compiler says of each: its `abi`, `storageLayout` …"""
    sources = find_sources(names)
    request = {
        "language": "Solidity",
        "sources": {path: {"content": (ROOT / path).read_text()} for path in sources.values()},
        "settings": {
            "remappings": ["@openzeppelin=node_modules/@openzeppelin"],
            "evmVersion": "shanghai",
            "outputSelection": {path: {name: [wanted]} for name, path in sources.items()},
        },
    }
    answer = subprocess.run(
        [COMPILER, "--standard-json"], input=json.dumps(request), cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE
    )
    output = json.loads(answer.stdout)
    if errors := [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]:
        sys.exit("\n".join(errors))
    return {name: output["contracts"][path][name][wanted] for name, path in sources.items()}


def format_abi(abi: list[dict[str, Any]]) -> str:
    """One entry per line, so that a diff shows which function changed."""
    lines = ",\n".join("  " + json.dumps(entry, sort_keys=True) for entry in abi)
    return f"[\n{lines}\n]\n"


def main() -> int:
    wanted = {ABI / f"{name}.json": format_abi(abi) for name, abi in compile_contracts(NAMES, "abi").items()}
    if "--check" in sys.argv:
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
        stale += set(ABI.glob("*.json")) - set(wanted)
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the contracts say: run `make compile` and commit it")
        return 1 if stale else 0
    ABI.mkdir(exist_ok=True)
    for path, text in wanted.items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
