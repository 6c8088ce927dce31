"""What is remembered is computed once, where that was asked for, and is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.learning.remember import remembered, remembering

calls: list[object] = []


@remembered
def add(values: Sequence[int], names: Mapping[int, bytes], *, factor: float) -> float:
    calls.append(values)
    return sum(values) * factor


def test_a_function_is_asked_once_while_it_is_remembered() -> None:
    calls.clear()
    with remembering():
        assert [add([1, 2], {1: b"a", 0: b"b"}, factor=2.0) for _ in range(3)] == [6.0] * 3
        assert add([1, 2], {0: b"b", 1: b"a"}, factor=2.0) == 6.0
        assert len(calls) == 1
        for other in (([2, 1], {}, 2.0), ([1, 2], {1: b"a"}, 2.0), ([1, 2], {1: b"a", 0: b"b"}, 1.0)):
            add(*other[:2], factor=other[2])
        assert len(calls) == 4


def test_nothing_is_kept_outside() -> None:
    calls.clear()
    with remembering():
        add([1], {}, factor=1.0)
    add([1], {}, factor=1.0)
    add([1], {}, factor=1.0)
    assert len(calls) == 3


def test_the_oldest_results_go_first() -> None:
    calls.clear()
    with remembering(most=2):
        for value in (1, 2, 3, 3, 2, 1):
            add([value], {}, factor=1.0)
    assert calls == [[1], [2], [3], [1]]
