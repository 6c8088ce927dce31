"""What `starling` says when something is wrong: one clear sentence and what to do, exit code 1, and nothing lost."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from orchestrator.adapters.chain.rpc import Rpc
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.adapters.torch_trainer import initial_model
from orchestrator.learning.definition import encode_definition, make_definition
from orchestrator.worker.recipes import digits, mnist
from tests.integration.cli_harness import TOKENS, Cli, make_cli
from tests.integration.conftest import Anvil, Deployment, deploy_manager

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, anvil: Anvil, deployment: Deployment) -> Iterator[Cli]:
    harness = make_cli(tmp_path_factory.mktemp("home"), anvil, deployment)
    with anvil.mining_at_once():
        yield harness


@pytest.fixture(scope="module")
def task(cli: Cli) -> str:
    """A task in which account 1 has a stake."""
    address = cli.create_task()
    cli.json("stake", address, 100, key=1)
    return address


@pytest.fixture(scope="module")
def dataset(cli: Cli) -> Path:
    """Data that fits."""
    path = cli.home / "dataset.safetensors"
    save_file({"inputs": torch.rand(40, 64), "labels": torch.arange(40) % 10}, path)
    return path


# ── addresses ──


@pytest.mark.parametrize("command", ["task show", "leave", "withdraw", "claim", "model pull --output x"])
def test_what_is_no_address_is_refused(cli: Cli, command: str) -> None:
    name, *rest = command.split(" --")
    options = [part for option in rest for part in ("--" + option).split()]
    cli(*name.split(), "0x1234", *options).expect_error("'0x1234' is not an address", "40 hex digits")


def test_a_mistyped_address_is_refused(cli: Cli, task: str) -> None:
    at = next(index for index in range(2, 42) if task[index].isalpha())
    cli("task", "show", task[:at] + task[at].swapcase() + task[at + 1 :]).expect_error("checksum", task)


def test_an_address_without_a_contract_is_refused(cli: Cli, anvil: Anvil) -> None:
    cli("task", "show", anvil.accounts[9].address).expect_error("there is no contract", "chain 31337")


def test_a_contract_that_is_no_task_is_refused(cli: Cli, deployment: Deployment) -> None:
    for address in (deployment.token, deployment.manager):
        cli("stake", address, 100).expect_error("is not a task", "starling task list")


def test_no_stake_goes_to_a_task_that_the_manager_did_not_make(cli: Cli, deployment: Deployment) -> None:
    payer = Rpc(cli.anvil.url, account=cli.anvil.accounts[0])
    stranger = deploy_manager(payer, deployment.lens)
    other = replace(deployment, manager=stranger).create_task(payer)
    cli("stake", other, 100, key=1).expect_error("is no task of the manager", "--manager")
    cli.json("stake", other, 100, "--manager", stranger, key=1)


def test_a_manager_that_is_none_is_refused(cli: Cli, deployment: Deployment) -> None:
    cli("task", "list", "--manager", deployment.token).expect_error("is no task manager")


# ── the chain ──


def test_another_chain_is_refused(cli: Cli, task: str) -> None:
    cli("task", "show", task, "--chain-id", 1).expect_error("is chain 31337, not chain 1", "--rpc")


def test_an_endpoint_that_is_down_is_named(cli: Cli, task: str) -> None:
    cli("task", "show", task, "--rpc", NOWHERE).expect_error(NOWHERE, "does not answer")


def test_a_chain_without_contracts_says_how_to_name_them(cli: Cli, tmp_path: Path) -> None:
    done = cli("task", "list", environment={"STARLING_DEPLOYMENTS": str(tmp_path)})
    done.expect_error("no contracts are known on chain 31337", "--manager")


def test_without_coin_for_gas_one_is_told_where_to_send_some(cli: Cli, anvil: Anvil, deployment: Deployment, task: str) -> None:
    poor = anvil.accounts[9].address
    deployment.mint(Rpc(anvil.url, account=anvil.accounts[0]), poor, 100 * TOKENS)
    anvil.request("evm_setAutomine", True)
    anvil.request("anvil_setBalance", poor, "0x0")
    cli("stake", task, 100, key=9).expect_error("cannot pay for gas", poor)


def test_without_enough_tokens_nothing_is_sent(cli: Cli, anvil: Anvil, task: str) -> None:
    before = anvil.request("eth_blockNumber")
    cli("stake", task, 1000.5, key=2).expect_error("has 1000 STAR, 1000.5 are needed")
    cli("task", "create", "--recipe", "digits", "--pool", 100_000).expect_error("100000 are needed")
    assert anvil.request("eth_blockNumber") == before


@pytest.mark.parametrize("amount", ["much", "0", "-5", "nan", "1e-30", "1e40", "0.0000000000000000001"])
def test_what_is_no_amount_is_refused(cli: Cli, task: str, amount: str) -> None:
    cli("stake", task, "--", amount).expect_error(amount)


def test_a_stake_below_the_minimum_is_refused(cli: Cli, task: str) -> None:
    cli("stake", task, 99, key=2).expect_error("StakeTooSmall", "stake at least the minimum")


def test_values_out_of_range_are_a_usage_error(cli: Cli) -> None:
    assert cli("task", "create", "--rounds", 0).code == 2
    assert cli("task", "create", "--fault-bps", 10_001).code == 2
    assert cli("task", "create", "--theta", -1).code == 2
    assert cli("node", "run", "0x12", "--data", "x", "--leave-after", -1).code == 2
    assert cli("stake").code == 2
    assert cli("dance").code == 2


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--proposers", 4), "minParticipants, limit=9, actual=7"),
        (("--voters", 2), "voters, limit=3, actual=2"),
        (("--max-stake", 99), "maxStake"),
        (("--max-stake", "-1"), "'-1' is not a positive amount"),
        (("--doubt-cosine", 2), "verdict.doubt.cosine"),
    ],
)
def test_a_task_in_which_one_could_decide_alone_or_that_could_not_run_is_refused(
    cli: Cli, anvil: Anvil, options: tuple[str, object], word: str
) -> None:
    """R1: by the name of what is wrong."""
    before = anvil.request("eth_blockNumber")
    cli("task", "create", "--recipe", "digits", *options).expect_error(word)
    assert anvil.request("eth_blockNumber") == before


@pytest.mark.parametrize(
    ("operator", "word"),
    [("0x12", "is not an address"), ("nobody", "is not an address"), ("0x" + "00" * 20, "the zero address is nobody's")],
)
def test_what_is_no_operator_is_refused(cli: Cli, task: str, operator: str, word: str) -> None:
    cli("operator", "set", task, operator, key=1).expect_error(word)


def test_an_account_is_not_its_own_operator(cli: Cli, anvil: Anvil, task: str) -> None:
    cli("operator", "set", task, anvil.accounts[1].address, key=1).expect_error("is the account itself")


def test_a_node_for_an_account_that_has_not_named_its_key_does_not_start(
    cli: Cli, anvil: Anvil, task: str, dataset: Path
) -> None:
    """R6a: by both commands, before anything is done."""
    options = ["--data", dataset, "--account", anvil.accounts[1].address]
    ran = cli("node", "run", task, *options, key=2)
    assert ran.code == 1 and "is not the operator of" in ran.err and "starling operator set" in ran.err, ran
    checked = cli("node", "check", task, *options, "--json", key=2)
    assert checked.code == 1 and "is not the operator of" in checked.out


# ── keys ──


def test_a_wrong_password_is_refused(cli: Cli, task: str) -> None:
    cli("leave", task, environment={"STARLING_PASSWORD": "wrong"}).expect_error("the password does not open")


def test_without_a_password_nobody_is_asked_who_is_not_there(cli: Cli, task: str) -> None:
    cli("leave", task, environment={"STARLING_PASSWORD": ""}).expect_error("there is no password", "--password-file")


def test_a_password_file_must_hold_one(cli: Cli, task: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    cli("leave", task, "--password-file", tmp_path / "empty").expect_error("is empty")
    cli("leave", task, "--password-file", tmp_path / "none").expect_error("cannot be read")


def test_without_a_key_file_one_is_told_how_to_make_one(cli: Cli, task: str, tmp_path: Path) -> None:
    cli("leave", task, "--keystore", tmp_path / "none.json").expect_error("there is no key file", "starling wallet new")


def test_what_is_no_key_file_is_refused(cli: Cli, task: str, tmp_path: Path) -> None:
    for text in ("", "{}", "[]", '{"crypto": {}}', '{"crypto": {"kdf": "scrypt"}, "version": 3}', "\0"):
        (tmp_path / "key.json").write_text(text)
        cli("leave", task, "--keystore", tmp_path / "key.json").expect_error("key file")


# ── what is trained, and on what ──


def test_a_recipe_that_is_not_installed_is_refused(cli: Cli, task: str) -> None:
    cli("task", "create", "--recipe", "sonnets").expect_error("sonnets 1 is not installed", "digits 1")
    cli("task", "create", "--aggregation", "guessing").expect_error("aggregation")


def publish(cli: Cli, name: str, model: bytes) -> str:
    """A task with a definition that names recipe `name`, in which account 1 has a stake."""
    fields = {"recipe": {"name": name, "version": 1}, "hyper_parameters": dict(digits.RECIPE.hyper_parameters)}
    store = LocalStore(cli.home / "store")
    values = {"definition": store.put(encode_definition(make_definition(fields))), "initial_model": store.put(model)}
    address = cli.deployment.create_task(Rpc(cli.anvil.url, account=cli.anvil.accounts[0]), values)
    cli.anvil.request("evm_setAutomine", True)
    cli.json("stake", address, 100, key=1)
    return address


def test_a_node_refuses_a_recipe_that_it_does_not_have(cli: Cli, dataset: Path) -> None:
    address = publish(cli, "sonnets", b"model")
    check_refused(cli, address, dataset, "sonnets 1 is not installed")


def test_a_node_refuses_a_global_model_of_another_recipe(cli: Cli, dataset: Path) -> None:
    address = publish(cli, "digits", initial_model(mnist.RECIPE, 0))
    check_refused(cli, address, dataset, "cannot be used", "only one of it and the task's models")


def check_refused(cli: Cli, address: str, data: Path, *words: str, store: str | None = None) -> None:
    """Both by `node run`, before it acts, and by `node check`, which tells which check it is."""
    options = ["--data", data, *(["--store", store] if store else [])]
    ran = cli("node", "run", address, *options, key=1)
    assert (ran.code, "Traceback" in ran.err) == (1, False), ran
    checked = cli("node", "check", address, *options, "--json", key=1)
    assert checked.code == 1 and checked.err == "", checked
    failures = " ".join(f"{check['found']} {check['hint']}" for check in checked.document["checks"] if not check["is_ok"])
    for word in words:
        assert word in ran.err and word in failures, (word, ran.err, failures)


def test_a_definition_that_does_not_match_its_digest_is_refused(cli: Cli, dataset: Path) -> None:
    address = cli.create_task("--seed", 5, "--tolerance", 0.05)
    cli.json("stake", address, 100, key=1)
    path = cli.home / "store" / cli.json("task", "show", address)["parameters"]["definition"]
    path.write_bytes(path.read_bytes().replace(b"0.05", b"0.95"))
    check_refused(cli, address, dataset, "does not match its digest")


def test_a_store_without_the_definition_is_refused(cli: Cli, task: str, dataset: Path, tmp_path: Path) -> None:
    check_refused(cli, task, dataset, "cannot be found", "--store", store=f"local:{tmp_path}")


@pytest.mark.parametrize(
    ("store", "word"),
    [
        ("somewhere", "is no store"),
        ("local:", "is no store"),
        ("ipfs:elsewhere", "not the address of an IPFS API"),
        ("ipfs:/ip4/127.0.0.1/tcp/9", "no IPFS daemon answers"),
        ("local:/dev/null/store", "cannot open the store"),
    ],
)
def test_a_store_that_is_none_is_refused(cli: Cli, task: str, dataset: Path, store: str, word: str) -> None:
    check_refused(cli, task, dataset, word, store=store)


def test_data_of_the_wrong_shape_or_none_at_all_are_refused(cli: Cli, task: str, tmp_path: Path) -> None:
    path = tmp_path / "data.safetensors"
    check_refused(cli, task, path, str(path))
    save_file({"inputs": torch.rand(40, 63), "labels": torch.arange(40) % 10}, path)
    check_refused(cli, task, path, "inputs have shape [40, 63]")
    save_file({"inputs": torch.rand(0, 64), "labels": torch.zeros(0, dtype=torch.int64)}, path)
    check_refused(cli, task, path, "it has 0 samples")
    path.write_bytes(b"")
    check_refused(cli, task, path, "cannot be read as a safetensors file")


def test_without_a_stake_a_node_does_not_start(cli: Cli, task: str, dataset: Path) -> None:
    done = cli("node", "run", task, "--data", dataset, key=2)
    assert done.code == 1
    assert "has no stake in the task" in done.err and "starling stake" in done.err


def test_a_preflight_that_goes_well_says_so(cli: Cli, task: str, dataset: Path) -> None:
    done = cli("node", "check", task, "--data", dataset, key=1)
    assert (done.code, done.err) == (0, "")
    assert done.out.count("ok") >= 8


# ── the model, and the disk ──


def test_a_global_model_that_is_corrupted_is_not_pulled(cli: Cli, tmp_path: Path) -> None:
    address = cli.create_task("--seed", 6)
    path = cli.home / "store" / cli.json("task", "show", address)["global_model"]["cid"]
    path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
    cli("model", "pull", address, "--output", tmp_path / "model").expect_error("corrupted")
    assert not (tmp_path / "model").exists()


def test_a_global_model_that_is_none_is_not_pulled(cli: Cli, tmp_path: Path) -> None:
    address = publish(cli, "digits", b"\x80\x04 a pickle")
    cli("model", "pull", address, "--output", tmp_path / "model").expect_error("cannot be used", "pickle")
    assert not (tmp_path / "model").exists()


def limit_files_to(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_on_a_full_disk_no_half_model_is_left(cli: Cli, task: str, tmp_path: Path) -> None:
    output = tmp_path / "model.safetensors"
    output.write_bytes(b"the last one")
    cli.run("model", "pull", task, "--output", output, before=lambda: limit_files_to(5000)).expect_error(
        "cannot write", str(output)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    assert output.read_bytes() == b"the last one"


def test_on_a_full_disk_no_half_key_is_left(cli: Cli, tmp_path: Path) -> None:
    cli.run("wallet", "new", "--keystore", tmp_path / "key.json", before=lambda: limit_files_to(100)).expect_error(
        "cannot write"
    )
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_a_task_is_not_made(cli: Cli, anvil: Anvil, tmp_path: Path) -> None:
    before = anvil.request("eth_blockNumber")
    arguments = ("task", "create", "--recipe", "digits", "--store", f"local:{tmp_path}")
    cli.run(*arguments, before=lambda: limit_files_to(100)).expect_error("cannot keep an artifact")
    assert anvil.request("eth_blockNumber") == before
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_a_node_says_so_and_goes_on(cli: Cli, task: str, dataset: Path, tmp_path: Path) -> None:
    """What it cannot write down it remembers, as long as it runs."""
    options = ("--data", dataset, "--state", tmp_path, "--log", "json")
    node = cli.start("node", "run", task, *options, key=1, before=lambda: limit_files_to(20))
    try:
        assert node.stdout
        while (said := json.loads(node.stdout.readline()))["event"] != "notes.failed":
            pass
        assert "cannot write" in said["why"] and "free some space" in said["hint"]
        node.send_signal(signal.SIGTERM)
        out, err = node.communicate(timeout=20)
        assert (node.returncode, err) == (0, "") and json.loads(out.splitlines()[-1])["event"] == "stopped"
    finally:
        node.kill()
