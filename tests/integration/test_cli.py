"""What people do with `starling`, on a real chain."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.chain.task_chain import TaskChain
from orchestrator.adapters.keystore import open_keystore
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.learning.definition import parse_definition
from orchestrator.protocol.cid import from_cid
from orchestrator.protocol.types import Phase
from tests.integration.cli_harness import PASSWORD, STARLING, Cli, make_cli
from tests.integration.conftest import Anvil, Deployment

FAST = ("--min-participants", 4, "--proposers", 1, "--exit-delay", 0)


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, anvil: Anvil, deployment: Deployment) -> Iterator[Cli]:
    harness = make_cli(tmp_path_factory.mktemp("home"), anvil, deployment)
    with anvil.mining_at_once():
        yield harness


# ── wallet ──


def test_a_new_wallet_is_encrypted_for_its_owner_alone(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.json"
    made = cli.json("wallet", "new", "--keystore", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_keystore(path, PASSWORD).address == made["address"]
    before = path.read_bytes()
    cli("wallet", "new", "--keystore", path).expect_error("exists already")
    assert path.read_bytes() == before


def test_a_new_wallet_takes_the_password_from_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from a file\n")
    path = tmp_path / "one.json"
    made = cli.json("wallet", "new", "--keystore", path, "--password-file", tmp_path / "password")
    assert open_keystore(path, "from a file").address == made["address"]


def test_a_new_wallet_asks_twice_on_a_terminal_and_shows_nothing(cli: Cli, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    path = tmp_path / "one.json"
    variables = {name: value for name, value in cli.environment().items() if name != "STARLING_PASSWORD"}
    command = [*STARLING, "wallet", "new", "--keystore", str(path)]
    process = subprocess.Popen(command, env=variables, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown = ""
    answers = iter(["first try\n", "second try\n", "open sesame\n", "open sesame\n"])
    try:
        while piece := os.read(ours, 1024):
            shown += piece.decode()
            if shown.endswith(": "):
                os.write(ours, next(answers).encode())
                shown += "<answered>"
    except OSError:  # the other side is gone
        pass
    assert process.wait(30) == 0, shown
    assert "try" not in shown.replace("again", "") and "sesame" not in shown
    open_keystore(path, "open sesame")


def test_wallet_show_tells_both_balances(cli: Cli, anvil: Anvil) -> None:
    shown = cli.json("wallet", "show", "--account", anvil.accounts[7].address)
    assert shown["coin"] == "10000"
    assert (shown["token"], shown["symbol"]) == ("0", "STAR")
    assert cli.json("wallet", "show", key=4)["token"] == "1000"


# ── tasks ──


def test_a_task_is_created_with_what_it_takes_to_run_it(cli: Cli, anvil: Anvil) -> None:
    made = cli.json(
        *(
            "task",
            "create",
            "--recipe",
            "digits",
            "--aggregation",
            "trimmed_mean",
            "--aggregation-option",
            "trim_bps=1000",
        ),
        *("--tolerance", 0.2, "--rounds", 3, "--min-stake", 12.5, "--pool", 100, "--epochs", 2, "--slasher-bps", 2000),
        *("--theta", 0.2, "--gross-factor", 5, "--doubt-ratio", 0.01, "--max-stake", 50),
    )
    shown = cli.json("task", "show", made["task"])
    assert (shown["phase"], shown["round"], shown["rounds"], shown["members"]) == ("enrolling", 1, 3, 0)
    assert (shown["pool"], shown["token"], shown["creator"]) == ("100", "STAR", anvil.accounts[0].address)
    parameters = shown["parameters"]
    assert (parameters["min_stake"], parameters["max_stake"], parameters["slasher_bps"]) == ("12.5", "50", 2000)
    assert (shown["decided"], shown["rejected_in_row"]) == (0, 0)
    store = LocalStore(cli.home / "store")
    definition = parse_definition(store.get(from_cid(shown["parameters"]["definition"]), limit_bytes=10**5))
    assert (definition.recipe.name, definition.tolerance, definition.hyper_parameters.epochs) == ("digits", 0.2, 2)
    assert definition.verdict.model_dump() == {
        "theta": 0.2, "copy_share": 0.1, "idle_share": 0.1, "gross_factor": 5.0, "doubt": {"cosine": 0.04, "ratio": 0.01},
    }  # fmt: skip
    assert definition.aggregation.model_dump() == {"rule": "trimmed_mean", "trim_bps": 1000}
    model = load(store.get(from_cid(shown["global_model"]["cid"]), limit_bytes=10**6))
    assert model["output.bias"].shape == (10,)
    listed = [row for row in cli.json("task", "list") if row["task"] == made["task"]]
    assert listed[0]["min_stake"] == "12.5"


def test_without_options_a_task_has_what_was_measured_to_be_honest(cli: Cli) -> None:
    """D12: and only a limit of stakes is missing, which depends on the token."""
    done = cli("task", "create", "--recipe", "digits", "--json")
    assert done.code == 0
    warned = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 1 and "--max-stake is 0 while everybody may join" in warned[0]
    shown = cli.json("task", "show", done.document["task"])
    parameters = shown["parameters"]
    assert [parameters[name] for name in ("fault_bps", "condemned_bps", "floor_bps")] == [50, 500, 5000]
    assert [parameters[name] for name in ("proposers", "min_participants", "patience")] == [2, 7, 5]
    assert parameters["max_stake"] is None and list(shown["dangers"]) == ["max_stake is 0 while everybody may join"]
    definition = parse_definition(LocalStore(cli.home / "store").get(from_cid(parameters["definition"]), limit_bytes=10**5))
    assert (definition.tolerance, definition.verdict.theta) == (2.0, 0.15)
    assert definition.aggregation.model_dump() == {"rule": "trimmed_mean", "trim_bps": 3334}


def test_each_dangerous_choice_is_warned_of_and_the_task_is_made(cli: Cli) -> None:
    done = cli(
        *("task", "create", "--recipe", "digits", "--json", "--max-stake", 200, "--quorum-bps", 4000, "--theta", 0.01),
        *("--aggregation", "mean", "--patience", 1, "--exit-delay", 0, "--reveal-window", 2),
    )
    assert done.code == 0 and done.document["task"]
    options = [line.split()[1] for line in done.err.splitlines() if line.startswith("warning: ")]
    assert options == ["--quorum-bps", "--patience", "--reveal-window", "--exit-delay", "--aggregation", "--theta"]


def test_people_get_tables_and_the_same_facts(cli: Cli) -> None:
    task = cli.create_task("--pool", 3)
    listed, shown = cli("task", "list"), cli("task", "show", task)
    assert (listed.code, shown.code) == (0, 0)
    assert task in listed.out
    assert task in shown.out and "enrolling" in shown.out


def test_a_pool_can_be_funded_and_a_task_called_off(cli: Cli) -> None:
    task = cli.create_task()
    before = float(cli.json("wallet", "show")["token"])
    cli.json("task", "fund", task, 25)
    assert cli.json("task", "show", task)["pool"] == "25"
    cli("task", "cancel", task, key=1).expect_error("NotCreator")
    cli.json("task", "cancel", task)
    cli.json("task", "refund", task)
    assert float(cli.json("wallet", "show")["token"]) == before


def test_only_who_is_admitted_can_stake(cli: Cli, anvil: Anvil, tmp_path: Path) -> None:
    guests = tmp_path / "guests.txt"
    guests.write_text(
        "# who may come\n" + "".join(f"{account.address.lower()}  # a guest\n" for account in anvil.accounts[1:4])
    )
    task = cli.create_task("--admit", guests)
    proofs = tmp_path / "guests.txt.proofs.json"
    assert set(json.loads(proofs.read_text())["proofs"]) == {account.address for account in anvil.accounts[1:4]}
    cli("stake", task, 100, key=1).expect_error("NotAdmitted", "proof")
    cli("stake", task, 100, "--proof", proofs, key=4).expect_error("has no proof for")
    for key in (1, 2, 3):
        cli.json("stake", task, 100, "--proof", proofs, key=key)
    assert cli.json("task", "show", task)["members"] == 3


# ── stakes ──


def test_a_stake_comes_and_goes(cli: Cli, anvil: Anvil) -> None:
    task = cli.create_task(*FAST)
    before = float(cli.json("wallet", "show", key=1)["token"])
    cli.json("stake", task, 100.5, key=1)
    you = cli.json("task", "show", task, key=1)["you"]
    assert (you["is_member"], you["stake"]) == (True, "100.5")
    cli("stake", task, 100, key=1).expect_error("is a member", "--top-up")
    cli.json("stake", task, 9.5, "--top-up", key=1)
    assert cli.json("task", "show", task, key=1)["you"]["topped_up"] == "9.5"
    cli("withdraw", task, key=1).expect_error("leave the task first")
    cli.json("leave", task, key=1)
    elsewhere = anvil.accounts[8].address
    paid = cli.json("withdraw", task, "--to", elsewhere, key=1)
    assert (paid["to"], paid["stake"], paid["rewards"]) == (elsewhere, "110", "0")
    assert float(cli.json("wallet", "show", key=1)["token"]) == before - 110
    cli("withdraw", task, key=1).expect_error("nothing is left")
    cli("leave", task, key=1).expect_error("NotMember")


def test_an_operator_acts_for_an_account_and_cannot_take_its_money(cli: Cli, anvil: Anvil) -> None:
    """R6a."""
    task, (owner, operator) = cli.create_task(*FAST), (anvil.accounts[index].address for index in (1, 2))
    cli.json("stake", task, 100, key=1)
    cli("withdraw", task, "--account", owner, key=2).expect_error("is not the operator of", "named nobody", "operator set")
    assert cli.json("operator", "set", task, operator, key=1)["operator"] == operator
    assert cli.json("task", "show", task, key=1)["you"]["operator"] == operator
    cli.json("leave", task, key=1)
    cli("withdraw", task, "--account", owner, "--to", operator, key=2).expect_error("an operator can send", "leave --to out")
    paid = cli.json("withdraw", task, "--account", owner, key=2)
    assert (paid["account"], paid["to"], paid["stake"]) == (owner, owner, "100")
    assert cli.json("operator", "set", task, "none", key=1)["operator"] is None
    assert cli.json("task", "show", task, key=1)["you"]["operator"] is None
    cli("claim", task, "--account", owner, key=2).expect_error("named nobody")


def test_a_stake_above_the_limit_is_refused_before_anything_is_sent(cli: Cli, anvil: Anvil) -> None:
    """R5: with what is there already."""
    task = cli.create_task(*FAST, "--max-stake", 150)
    cli.json("stake", task, 100, key=1)
    before = anvil.request("eth_blockNumber")
    cli("stake", task, 151, key=2).expect_error("nobody may have more than 150", "0 are there")
    cli("stake", task, 51, "--top-up", key=1).expect_error("nobody may have more than 150", "100 are there")
    assert anvil.request("eth_blockNumber") == before
    cli.json("stake", task, 50, "--top-up", key=1)


def test_slash_finds_who_owes(cli: Cli, anvil: Anvil) -> None:
    task = cli.create_task(*FAST, "--train-window", 60, "--rounds", 2)
    for key in (1, 2, 3, 4):
        cli.json("stake", task, 200, key=key)
    chain = TaskChain(Rpc(anvil.url, account=anvil.accounts[0]), task, cli.deployment.lens)
    anvil.mine(3)
    chain.draw()
    anvil.increase_time(61)
    assert chain.read_view().phase is Phase.SETTLING
    chain.settle()
    absent = chain.read_penalised(1)
    slashed = cli.json("slash", task, 1)
    assert slashed["accounts"] == absent and len(absent) == 1
    you = cli.json("task", "show", task, "--account", absent[0])["you"]
    assert you["stake"] == "199"
    assert cli.json("claim", task)["amount"] == "0.1"
    assert cli.json("slash", task, 1)["transactions"] == []
    cli("slash", task, 1, absent[0]).expect_error("nobody owes")
    cli("slash", task, 2).expect_error("last six settled rounds")


def test_a_stranded_task_is_closed_by_a_member_and_paid_out(cli: Cli, anvil: Anvil) -> None:
    task = cli.create_task(*FAST, "--stall-timeout", 3600)
    cli.json("stake", task, 100, key=1)
    cli("task", "close", task, key=1).expect_error("TooEarly")
    anvil.increase_time(3700)
    cli.json("task", "close", task, key=1)
    assert cli.json("withdraw", task, key=1)["stake"] == "100"
