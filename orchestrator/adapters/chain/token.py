"""The token of a task: balances, and the leave to take some of them."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.adapters.chain.endpoint import Endpoint
from orchestrator.errors import ChainError
from orchestrator.protocol.types import Address

PERMIT_SECONDS = 3600
_PERMIT = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


@dataclass(frozen=True)
class Permit:
    """A signed EIP-2612 leave to take an amount, as contracts want it."""

    deadline: int
    v: int
    r: bytes
    s: bytes


class Token:
    """An ERC-20, for the endpoint's account if it has one. Amounts are in wei."""

    def __init__(self, rpc: Endpoint, address: Address) -> None:
        """Raises ChainError if there is no token at the address."""
        self._rpc = rpc
        self._contract = rpc.contract("TestToken", address)  # the ABI: ERC-20, EIP-2612, EIP-5267
        self.address: Address = self._contract.address
        try:
            self.symbol = str(rpc.call(self._contract.functions.symbol()))
            self.decimals = int(rpc.call(self._contract.functions.decimals()))
        except ChainError as other:
            hint = "give the address of an ERC-20 with symbol and decimals"
            raise ChainError(f"the contract at {self.address} is no token", hint=hint) from other

    def balance(self, account: Address) -> int:
        """What `account` has."""
        return int(self._rpc.call(self._contract.functions.balanceOf(account)))

    def approve(self, spender: Address, amount_wei: int) -> None:
        """Let `spender` take `amount_wei`, unless it may already."""
        owner = self._rpc.signer.address
        if self._rpc.call(self._contract.functions.allowance(owner, spender)) < amount_wei:
            self._rpc.send(self._contract.functions.approve(spender, amount_wei))

    def sign_permit(self, spender: Address, amount_wei: int) -> Permit | None:
        """The same as a signature instead of a transaction; None if the token knows no permits."""
        signer = self._rpc.signer
        try:
            _, name, version, chain_id, verifier, *_ = self._rpc.call(self._contract.functions.eip712Domain())
            nonce = self._rpc.call(self._contract.functions.nonces(signer.address))
        except ChainError:
            return None
        deadline = int(self._rpc.block()["timestamp"]) + PERMIT_SECONDS
        domain = {"name": name, "version": version, "chainId": chain_id, "verifyingContract": verifier}
        message = {"owner": signer.address, "spender": spender, "value": amount_wei, "nonce": nonce, "deadline": deadline}
        signed = signer.sign_typed_data(domain, _PERMIT, message)
        return Permit(deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
