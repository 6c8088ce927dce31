"""Who is admitted: lists of accounts, and files of proofs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from orchestrator.adapters.chain.addresses import to_address
from orchestrator.cli.admission import read_accounts, read_proof, write_proofs
from orchestrator.errors import ConfigError
from orchestrator.protocol.merkle import compute_root

ACCOUNTS = [to_address(f"0x{number:040x}") for number in range(1, 6)]


def test_a_list_has_an_address_a_line_and_remarks(tmp_path: Path) -> None:
    path = tmp_path / "guests"
    path.write_text(f"# guests\n\n  {ACCOUNTS[0]}  # one\n{ACCOUNTS[1].lower()}\n")
    assert read_accounts(path) == ACCOUNTS[:2]


@pytest.mark.parametrize(("text", "word"), [("", "admits nobody"), ("# nobody", "admits nobody"), ("\n0x12", "line 2")])
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "guests").write_text(text)
    with pytest.raises(ConfigError, match=word):
        read_accounts(tmp_path / "guests")


def test_every_account_finds_its_proof_in_the_file(tmp_path: Path) -> None:
    root = write_proofs(ACCOUNTS, tmp_path / "proofs.json")
    assert all(compute_root(account, read_proof(tmp_path / "proofs.json", account), keccak) == root for account in ACCOUNTS)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"proofs": 3}', '{"proofs": {"0x12": []}}'])
def test_what_is_no_file_of_proofs_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "proofs.json").write_text(text)
    with pytest.raises(ConfigError, match="no file of proofs"):
        read_proof(tmp_path / "proofs.json", ACCOUNTS[0])


def test_who_is_not_in_the_file_is_told_so(tmp_path: Path) -> None:
    write_proofs(ACCOUNTS[:3], tmp_path / "proofs.json")
    with pytest.raises(ConfigError, match="has no proof for"):
        read_proof(tmp_path / "proofs.json", ACCOUNTS[4])
    assert len(json.loads((tmp_path / "proofs.json").read_text())["proofs"]) == 3
