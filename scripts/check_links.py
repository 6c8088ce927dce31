"""Every relative link, every `path/in/this/repository` and every `make target` that a page names must exist."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCED = re.compile(r"^(```|~~~).*?^\1", re.S | re.M)
LINK = re.compile(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.@*-]+(/[\w.@*-]+)*/?")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")


def list_files(*patterns: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout
    return [name for name in listed.splitlines() if (ROOT / name).exists()]


def exists(target: str, page: Path) -> bool:
    """Below the page's own folder or below the root; `*` stands for anything."""
    folders = [page.parent, ROOT]
    if "*" in target:
        return any(any(folder.glob(target.rstrip("/"))) for folder in folders)
    return any((folder / target).exists() for folder in folders)


def find_broken(page: Path, tops: set[str], targets: set[str]) -> Iterator[str]:
    text = FENCED.sub("", page.read_text())
    for link in LINK.findall(text):
        target = link.split("#")[0]
        if target and not SCHEME.match(target) and not (page.parent / target).exists():
            yield f"link to {link}"
    for code in CODE.findall(text):
        if named := re.match(r"make ([a-z][a-z-]*)", code):
            if named[1] not in targets:
                yield f"`{code}`: the Makefile has no such target"
        elif "/" in code and PATH.fullmatch(code) and code.split("/")[0] in tops and not exists(code, page):
            yield f"`{code}` does not exist"


def main() -> int:
    tops = {name.split("/")[0] for name in list_files()}
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.M))
    broken = [f"{name}: {what}" for name in list_files("*.md") for what in find_broken(ROOT / name, tops, targets)]
    print("\n".join(broken), end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
