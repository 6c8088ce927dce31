"""Puts small faults into the contracts, one at a time, and counts those that the Foundry tests notice.

Runs in the auditors' environment: see scripts/audit.sh. Each worker breaks a copy of the tree and keeps a compiler in memory.
Verdicts are written to build/mutation/journal.jsonl, so that a run that was interrupted goes on where it was.
Survivors with their reasons are in tests/contracts/mutation-survivors.txt.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutants import SOURCES, Mutant, generate, sample
from survivors import EQUIVALENT, read_reasons

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "mutation"
JOURNAL = BUILD / "journal.jsonl"
REPORT = ROOT / "build" / "reports" / "mutation.json"
SURVIVORS = ROOT / "tests" / "contracts" / "mutation-survivors.txt"
LEAST = 90.0
"""Per cent of the mutants that are not equivalent."""
STAGES = (
    ("--no-match-contract", "Attribution|Reach|Invariants"),
    ("--match-contract", "Attribution|Reach"),
)
"""The quick ones first: the first failure decides. The invariants are left out: they take the same acts as Reach, and of 600
faults that were noticed while they took part, the others had noticed every one before."""
KILLERS = 6
"""So many tests are tried before all others: those that noticed the last faults of the same file will notice most."""
SHOWN = ("path", "line", "operator", "original", "mutated")
BROWNIE = ("manager", "beacon", "libraries", "task")


@dataclass(frozen=True)
class Verdict:
    outcome: str  # killed, survived, equal (compiles to the same), broken (does not compile), unclear
    by: str = ""  # the test that noticed, or that all of Brownie's did not
    seconds: float = 0.0


# ── copies to break ──


class Copy:
    """A tree of its own with a compiler of its own."""

    def __init__(self, number: int, source: Path = ROOT):
        self.tree = BUILD / f"copy-{number}"
        copy_tree(source, self.tree)
        self.limits = [600.0] * len(STAGES)
        self.killers: dict[str, list[str]] = {}
        """File → the tests that noticed its last faults, the latest first."""
        self.plain = self.optimised = ""
        socket = self.tree / "build" / "solc"
        socket.unlink(missing_ok=True)
        compiler = self.tree / "scripts" / "warm_solc.js"
        self.environment = os.environ | {
            "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
            "FOUNDRY_PROFILE": "mutation",
            "FOUNDRY_SOLC": str(compiler),
            "WARM_SOLC": str(socket.relative_to(self.tree)),  # sockets have short names
        }
        # It ends when we do, because its input does.
        self.compiler = subprocess.Popen([compiler, "serve"], cwd=self.tree, env=self.environment, stdin=subprocess.PIPE)
        while not socket.exists():
            if self.compiler.poll() is not None:
                sys.exit("mutation: the compiler does not start")
            time.sleep(0.05)

    def run(self, *command: str, seconds: float = 600, variables: dict[str, str] | None = None) -> tuple[int, str]:
        """Exit status and what was said. A timeout's status is that of timeout(1)."""
        options: dict[str, Any] = dict(text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        process = subprocess.Popen(command, cwd=self.tree, env=self.environment | (variables or {}), **options)
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return 124, process.communicate()[0]
        return process.returncode, said

    def test(self, stage: int) -> tuple[int, str]:
        return self._forge(*STAGES[stage], seconds=self.limits[stage])

    def _forge(self, *options: str, seconds: float) -> tuple[int, str]:
        shutil.rmtree(self.tree / "build" / "foundry" / "failures", ignore_errors=True)
        return self.run("forge", "test", "--fail-fast", "--threads", "1", *options, seconds=seconds)

    def calibrate(self) -> None:
        """All is well without a fault, and takes so long."""
        for stage in range(len(STAGES)):
            self.test(stage)  # compiles
            started = time.monotonic()
            status, said = self.test(stage)
            if status:
                sys.exit(f"{said}\nmutation: the tests fail as it is")
            self.limits[stage] = 30 + 10 * (time.monotonic() - started)
        self.plain, self.optimised = self.code(), self.optimise()

    def code(self, out: str = "build/foundry/out") -> str:
        """Of all contracts, as compiled last."""
        names = sorted(path.name for pattern in SOURCES for path in self.tree.glob(pattern))
        built = [path for name in names for path in sorted((self.tree / out / name).glob("*.json"))]
        code = "\n".join(json.loads(path.read_text())["bytecode"]["object"] for path in built)
        return hashlib.sha256(code.encode()).hexdigest()

    def optimise(self) -> str:
        """The code as it would be deployed; nothing if the optimiser cannot."""
        places = {
            "FOUNDRY_OUT": "build/optimised/out",
            "FOUNDRY_CACHE_PATH": "build/optimised/cache",
            "FOUNDRY_OPTIMIZER": "true",
        }
        status, _ = self.run("forge", "build", "--skip", "test", "--skip", "*/mocks/*", variables=places)
        return "" if status else self.code(places["FOUNDRY_OUT"])

    def judge(self, mutant: Mutant, with_brownie: bool) -> Verdict:
        target = self.tree / mutant.path
        before = target.read_bytes()
        target.write_bytes(mutant.text)
        started = time.monotonic()
        try:
            outcome, by = self._judge(self.killers.get(mutant.path, []), with_brownie)
        finally:
            target.write_bytes(before)
        if outcome == "killed" and by.startswith("test"):
            others = [name for name in self.killers.get(mutant.path, []) if name != by]
            self.killers[mutant.path] = [by, *others][:KILLERS]
        return Verdict(outcome, by, round(time.monotonic() - started, 1))

    def _judge(self, killers: list[str], with_brownie: bool) -> tuple[str, str]:
        stages = list(zip(STAGES, self.limits, strict=True))
        if killers:
            stages.insert(0, (("--match-test", rf"^({'|'.join(killers)})(\(|$)"), self.limits[0]))
        for number, (options, seconds) in enumerate(stages):
            status, said = self._forge(*options, seconds=seconds)
            if "Compiler run failed" in said:
                return "broken", ""
            if status:
                return read_failure(status, said)
            if number == 0 and self.code() == self.plain:
                return "equal", ""
        if self.optimise() == self.optimised:
            return "equal", "optimiser"
        if not with_brownie:
            return "survived", ""
        status, said = self.run("brownie", "test", *(f"tests/contracts/{folder}" for folder in BROWNIE), "-x", seconds=3600)
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.M)
        if status == 0:
            return "survived", "brownie"
        return ("killed", failed[1]) if failed else ("unclear", said[-500:])


def copy_tree(source: Path, tree: Path) -> None:
    """What is in git or could be; what earlier runs have built stays."""
    tree.mkdir(parents=True, exist_ok=True)
    for old in tree.iterdir():
        if old.is_dir() and not old.is_symlink() and old.name != "build":
            shutil.rmtree(old)
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines():
        if (source / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, tree / name)
    for name in ("node_modules", ".venv", ".starling"):
        if not (tree / name).exists():
            (tree / name).symlink_to(ROOT / name)
    (tree / "build").mkdir(exist_ok=True)


def read_failure(status: int, said: str) -> tuple[str, str]:
    if status == 124:
        return "killed", "time"
    failed = re.search(r"^\[FAIL.*\] (\w+)\(|^ (invariant_\w+)\(", said, re.M)
    return ("killed", failed[1] or failed[2]) if failed else ("unclear", said[-500:])


# ── the journal ──


def hash_tests(tree: Path) -> str:
    """Of all that a verdict depends on besides the mutant."""
    digest = hashlib.sha256(repr(STAGES).encode())
    for pattern in ("foundry.toml", "contracts/**/*.sol", "tests/contracts/foundry/**/*.sol"):
        for path in sorted(tree.glob(pattern)):
            digest.update(f"{path.relative_to(tree)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def read_journal(tests: str, is_trusting: bool) -> dict[str, Verdict]:
    """Verdicts by mutant: those on just these contracts and tests; also, if told to trust them, earlier ones but survivals."""
    verdicts = {}
    for line in JOURNAL.read_text().splitlines() if JOURNAL.exists() else []:
        entry = json.loads(line)
        verdict = Verdict(**entry["verdict"])
        if entry["tests"] == tests or (is_trusting and verdict.outcome in ("killed", "equal", "broken")):
            verdicts[entry["mutant"]] = verdict
    return verdicts


def read_equivalents(mutants: list[Mutant]) -> dict[str, Verdict]:
    """Verdicts on those that have survived under whatever tests and have a reason why nobody can notice them."""
    reasons = read_reasons(SURVIVORS)
    entries = map(json.loads, JOURNAL.read_text().splitlines() if JOURNAL.exists() else [])
    survived = {entry["mutant"]: Verdict(**entry["verdict"]) for entry in entries if entry["verdict"]["outcome"] == "survived"}
    explained = (one for one in mutants if reasons.get((one.path, one.original, one.mutated), "").startswith(EQUIVALENT))
    return {one.id: survived[one.id] for one in explained if one.id in survived}


def judge_all(mutants: list[Mutant], copies: list[Copy], tests: str, with_brownie: bool) -> dict[str, Verdict]:
    """Each worker takes neighbours, so that what they share is compiled already."""
    queue = deque(mutants)
    verdicts: dict[str, Verdict] = {}
    started = time.monotonic()

    def work(copy: Copy) -> None:
        copy.calibrate()
        while True:
            try:
                mutant = queue.popleft()
            except IndexError:
                return
            verdicts[mutant.id] = verdict = copy.judge(mutant, with_brownie)
            entry = {"mutant": mutant.id, "tests": tests, "verdict": asdict(verdict)}
            with JOURNAL.open("a") as journal:
                journal.write(json.dumps(entry) + "\n")
            if len(verdicts) % 20 == 0:
                pace = (time.monotonic() - started) / len(verdicts)
                print(f"{len(verdicts)} of {len(mutants)}, {pace:.1f} s each", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            for done in [pool.submit(work, copy) for copy in copies]:
                done.result()
        except BaseException:
            queue.clear()
            raise
    return verdicts


# ── the report ──


def report(mutants: list[Mutant], verdicts: dict[str, Verdict], is_whole: bool) -> bool:
    reasons = read_reasons(SURVIVORS)
    counts: dict[str, Counter[str]] = {}
    survivors = []
    for mutant in mutants:
        verdict = verdicts[mutant.id]
        reason = reasons.pop((mutant.path, mutant.original, mutant.mutated), "") if verdict.outcome == "survived" else ""
        outcome = "equal" if reason.startswith(EQUIVALENT) else verdict.outcome
        counts.setdefault(mutant.path, Counter())[outcome] += 1
        if verdict.outcome in ("survived", "unclear"):
            survivors.append((mutant, verdict, reason))
    total = sum(counts.values(), Counter())

    for mutant, verdict, reason in sorted(survivors, key=lambda each: not each[2]):
        print(f"\n{mutant.path}:{mutant.line} {mutant.operator} {verdict.outcome}\n- {mutant.original}\n+ {mutant.mutated}")
        print(f"= {reason}" if reason else f"NO REASON in {SURVIVORS.relative_to(ROOT)} {verdict.by}")
    for path, original, mutated in reasons if is_whole else []:
        print(f"\nlisted, but no survivor: {path}\n- {original}\n+ {mutated}")
    print(f"\n{'':36}{'killed':>9}{'survived':>9}{'equal':>9}{'broken':>9}{'score':>9}")
    for path, count in counts.items():
        figures = "".join(f"{count[outcome]:9}" for outcome in ("killed", "survived", "equal", "broken"))
        print(f"{path:36}{figures}{score(count):7.1f} %")
    unexplained = sum(not reason for _, _, reason in survivors)
    listed = [{name: getattr(mutant, name) for name in SHOWN} | {"reason": reason} for mutant, _, reason in survivors]
    files = {path: dict(count) | {"score": score(count)} for path, count in counts.items()}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({"score": score(total), "files": files, "survivors": listed}, indent=2) + "\n")
    print(f"survivors without a reason: {unexplained}")
    counted = total["killed"] + total["survived"]
    figures = f"{score(total):.1f} % (at least {LEAST:g}), {total['equal']} equivalent"
    print(f"mutation: {total['killed']} of {counted} killed = {figures}")
    return score(total) >= LEAST and not unexplained


def score(count: Counter[str]) -> float:
    counted = count["killed"] + count["survived"]
    return 100 * count["killed"] / counted if counted else 100.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N of them, the same share of each file")
    parser.add_argument("--seed", default="starling", help="for another sample")
    parser.add_argument("--files", default="", metavar="TEXT", help="only files whose path has TEXT in it")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--trust",
        action="store_true",
        help="what earlier tests killed is dead, what is equivalent has survived; without this, only under the same tests",
    )
    parser.add_argument("--brownie", action="store_true", help="try survivors against Brownie's tests too (minutes each)")
    options = parser.parse_args()

    first = Copy(0)
    copies = [first, *(Copy(number, first.tree) for number in range(1, options.workers))]
    tests = hash_tests(first.tree)
    os.environ |= first.environment | {"FOUNDRY_OUT": "build/slither/out", "FOUNDRY_CACHE_PATH": "build/slither/cache"}
    mutants = [mutant for mutant in generate(first.tree) if options.files in mutant.path]
    chosen = sample(mutants, options.sample, options.seed)
    verdicts = read_journal(tests, options.trust)
    if options.trust:
        verdicts = read_equivalents(mutants) | verdicts
    todo = [mutant for mutant in chosen if needs_verdict(verdicts.get(mutant.id), options.brownie)]
    print(f"mutation: {len(chosen)} of {len(mutants)} mutants, {len(todo)} to judge", file=sys.stderr, flush=True)
    if todo:
        verdicts |= judge_all(todo, copies, tests, options.brownie)
    return 0 if report(chosen, verdicts, is_whole=len(chosen) == len(mutants) and not options.files) else 1


def needs_verdict(verdict: Verdict | None, with_brownie: bool) -> bool:
    return (
        verdict is None
        or verdict.outcome == "unclear"
        or (with_brownie and verdict == Verdict("survived", "", verdict.seconds))
    )


if __name__ == "__main__":
    sys.exit(main())
