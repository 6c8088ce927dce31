"""Every way in which a contract can refuse is provoked by a test."""

import re
from pathlib import Path


def test_every_custom_error_is_provoked(FLTask, TaskManager):
    """R1, I4: each error of `IFLTask` and of the manager is expected somewhere by its name."""
    here = Path(__file__).parent
    provoked = set(re.findall(r'reverts_with\(\s*"(\w+)"', "".join(path.read_text() for path in here.rglob("test_*.py"))))
    ours = (here.parent.parent / "contracts/interfaces/IFLTask.sol").read_text()
    errors = set(re.findall(r"^\s*error (\w+)\(", ours, re.M)) | {"InvalidParameter"}
    known = {item["name"] for container in (FLTask, TaskManager) for item in container.abi if item["type"] == "error"}
    assert errors <= known and len(errors) > 20
    assert errors - provoked == set()
