"""What all voters of a round compute to the same byte, a process with many nodes in it computes once.

Only functions whose result follows from their arguments alone are `remembered`, and only inside `remembering()`: a node that is
alone would keep artifacts for nobody. Results are shared, so nobody may change one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
MOST_RESULTS: Final = 300
"""So many of the last results are kept: more than a round has."""

_results: ContextVar[OrderedDict[Hashable, Any] | None] = ContextVar("results", default=None)


@contextmanager
def remembering(most: int = MOST_RESULTS) -> Iterator[None]:
    """Inside, in this thread, a remembered function that is asked again answers what it answered before."""
    token = _results.set(_Results(most))
    try:
        yield
    finally:
        _results.reset(token)


class _Results(OrderedDict[Hashable, Any]):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Hashable, value: Any) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            self.popitem(last=False)


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as it is, but inside `remembering()`. Its arguments are values, mappings and sequences of values."""

    @wraps(function)
    def ask(*arguments: P.args, **named: P.kwargs) -> R:
        results = _results.get()
        if results is None:
            return function(*arguments, **named)
        key = (function, *map(_freeze, arguments), _freeze(named))
        if key not in results:
            results[key] = function(*arguments, **named)
        answer: R = results[key]
        return answer

    return ask


def _freeze(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple((key, _freeze(value[key])) for key in sorted(value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(map(_freeze, value))
    hashable: Hashable = value
    return hashable
