"""Key files: encrypted, of their owner alone, never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.adapters.keystore import create_keystore, open_keystore, read_address
from orchestrator.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_keystore(tmp_path / "keys" / "key.json", "sesame", iterations=2)
    return tmp_path / "keys" / "key.json"


def test_the_key_comes_back_with_the_password(path: Path) -> None:
    account = open_keystore(path, "sesame")
    assert account.address.lower() == read_address(path)
    assert account.key.hex() not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_the_key_stays_closed_without_it(path: Path) -> None:
    with pytest.raises(ConfigError, match="password does not open"):
        open_keystore(path, "sesam")


def test_a_key_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="exists already"):
        create_keystore(path, "other", iterations=2)
    assert path.read_bytes() == before


@pytest.mark.parametrize("field", ["ciphertext", "kdf", "kdfparams", "mac"])
def test_a_damaged_key_file_is_one_of_our_errors(path: Path, field: str) -> None:
    document = json.loads(path.read_text())
    for damage in (None, 3, "zz", {}):
        document["crypto"][field] = damage
        path.write_text(json.dumps(document))
        with pytest.raises(ConfigError):
            open_keystore(path, "sesame")


def test_no_address_is_made_up(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"address": "somebody"}))
    with pytest.raises(ConfigError, match="whose key"):
        read_address(path)
