"""Addresses as people type them, and as the chain has them."""

from __future__ import annotations

import re

from eth_utils.address import to_checksum_address

from orchestrator.errors import ConfigError
from orchestrator.protocol.types import Address

NOBODY: Address = "0x0000000000000000000000000000000000000001"
"""Who looks without an account."""


def to_address(text: str) -> Address:
    """`text` with its checksum. Raises ConfigError if it is not an address, or carries a wrong checksum."""
    if not re.fullmatch("0x[0-9a-fA-F]{40}", text):
        raise ConfigError(f"{text!r} is not an address", hint="an address is 0x and 40 hex digits")
    address = str(to_checksum_address(text.lower()))
    digits = text.removeprefix("0x")
    if text != address and digits not in (digits.lower(), digits.upper()):
        hint = f"compare it with where you have it from; these digits in their right case would be {address}"
        raise ConfigError(f"the checksum of address {text} is wrong", hint=hint)
    return address
