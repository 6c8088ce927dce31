"""How a revert is expected: by the rule that was broken. The one place that knows what Brownie makes of a custom error."""

from collections.abc import Iterator
from contextlib import contextmanager

from brownie.exceptions import VirtualMachineError


@contextmanager
def reverts_with(name: str, *values: object) -> Iterator[None]:
    """The block must revert with the custom error `name`; its arguments are compared where `values` are given."""
    try:
        yield
    except VirtualMachineError as error:
        found, _, arguments = str(error.revert_msg).partition(": ")
        assert found == name, f"reverted with {error.revert_msg}, not with {name}"
        expected = [_told(value) for value in values]
        assert not expected or arguments == ", ".join(expected), f"reverted with {error.revert_msg}, not with {expected}"
        return
    raise AssertionError(f"did not revert with {name}")


def _told(value: object) -> str:
    """As Brownie tells an argument: addresses in lower case, enumerations as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    text = str(getattr(value, "address", value))
    return text.lower() if text.startswith("0x") else text
