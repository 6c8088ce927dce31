"""What readers and acts need of a chain: `Rpc` is one across the network, `EvmRpc` one in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from eth_account.signers.local import LocalAccount

from orchestrator.errors import Transient
from orchestrator.ports import Log
from orchestrator.protocol.types import Address

BlockTag = Literal["latest", "pending"]
Topic = bytes | list[bytes]
"""What an event must have in one of its indexed places: this, or any of these."""


LOG_BLOCKS = 2_000
"""Blocks whose events are asked for in one call, as long as nobody minds: what most public endpoints answer."""


class TooManyBlocks(Transient):
    """No endpoint answers for the events of so many blocks at once: ask for fewer."""


class Endpoint(Protocol):
    """A chain, and optionally the account that signs. Errors are those of our three families.

    What a contract and its functions are is the endpoint's own matter: `endpoint.call(contract.functions.name(…))`.
    """

    chain_id: int
    log: Log
    log_blocks: int
    """Blocks whose events may be asked for in one call."""

    @property
    def signer(self) -> LocalAccount:
        """The account that signs. Raises Fatal if there is none."""

    def contract(self, name: str, address: Address) -> Any:
        """The contract `name` at `address`. Raises ConfigError for a malformed address, ChainError if no code is there."""

    def call(self, function: Any) -> Any:
        """What a function returns, at the latest block, with nothing sent. Raises as `send` does."""

    def send(self, function: Any, *, at: BlockTag = "latest") -> Any:
        """Do it; the receipt. `at`: the block to simulate in, "pending" for what the latest refuses and the next will not.

        Raises LostRace or ChainError as the contract refuses, Transient when the endpoint fails.
        """

    def deploy(self, name: str, bytecode: str, *arguments: Any) -> Address:
        """Deploy a contract; its address."""

    def balance(self, address: Address) -> int:
        """In wei of the chain's own coin."""

    def block(self, number: int | str = "latest") -> Any:
        """A block's number, timestamp and hash, by these names."""

    def accept_head(self, number: int) -> bool:
        """Whether an answer as of block `number` is no older than one that was accepted before."""

    def has_block(self, number: int, hash: bytes) -> bool:
        """Whether the chain still has this block, or a reorganisation has replaced it."""

    def events(self, contract: Any, *, first: int, last: int | None = None, topics: Sequence[Topic] | None = None) -> list[Any]:
        """All events of `contract` that its ABI knows, in order, from block `first` to `last` or the latest; with `topics` only
        those that begin with these."""

    def read_events(self, contract: Any, receipt: Any) -> list[Any]:
        """The events of `contract` in one receipt, in order."""
