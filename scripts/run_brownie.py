"""Brownie with everything it needs inside this checkout: what `.venv/bin/brownie` runs.

Brownie looks for its networks in the home folder, for compilers in another place there, and takes one fixed port for its
chain. Here two checkouts, or two runs in one, do not meet.
"""

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".starling" / "home"


def prepare_home() -> None:
    """Set what Brownie reads when it is imported."""
    networks = HOME / ".brownie" / "network-config.yaml"
    networks.parent.mkdir(parents=True, exist_ok=True)
    if not networks.is_symlink():
        networks.unlink(missing_ok=True)
        networks.symlink_to(ROOT / "scripts" / "networks.yaml")
    os.environ["HOME"] = str(HOME)
    os.environ["SOLCX_BINARY_PATH"] = str(ROOT / "scripts" / "solc")
    os.environ["PATH"] = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", "")])


def make_folder_for_states() -> str:
    """Anvil writes old states to disk and leaves them there, half a gigabyte in a run of the suite. Relative to where we are:
    Brownie takes a command apart at its spaces."""
    folder = tempfile.mkdtemp(prefix="anvil-", dir=ROOT / ".starling")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return os.path.relpath(folder)


def let_plugin_in() -> None:
    """pyproject.toml keeps Brownie's pytest plugin out, because it compiles the project in every run."""
    if sys.argv[1:2] == ["test"]:
        sys.argv += ["-o", "addopts=--strict-markers -ra", "-o", "timeout=900"]


def main() -> None:
    prepare_home()
    let_plugin_in()
    states = make_folder_for_states()  # before Brownie, so that what is undone at the end is undone after its chain has ended
    from brownie._cli.__main__ import main as brownie
    from brownie._config import CONFIG

    from orchestrator.adapters.anvil import find_free_port

    for network in CONFIG.networks.values():
        if "cmd" in network:
            network["cmd_settings"]["port"] = find_free_port()
        if network.get("cmd") == "anvil":
            network["cmd"] += f" --cache-path {states}"
    if "ganache" in sys.argv:  # always asks a base fee, and Brownie waits for ever for what it refused
        CONFIG.settings["networks"]["development"]["gas_price"] = 10 * 10**9
    warnings.filterwarnings("ignore", "rpc.snapshot", FutureWarning)  # Brownie warns of itself
    sys.exit(brownie())


if __name__ == "__main__":
    main()
