"""Where a member stood (R10): the packed word says what a plain list of changes says."""

import random

import pytest

from tests.contracts import wire


@pytest.fixture(scope="module")
def libraries(bench, Libraries):
    return bench.people[0].deploy(Libraries)


def _ordinal(changes: list[tuple[int, int]], round: int) -> int:
    """The ordinal of the last change that begins no later."""
    return next((ordinal for since, ordinal in reversed(changes) if since <= round), 0)


@pytest.mark.parametrize("dice", [random.Random(seed) for seed in range(25)])
def test_word_remembers_the_last_eight_different_rounds(libraries, dice):
    """R10: an ordinal in any of the six rounds before and the two ahead can be told, however often it changed."""
    changes, since = [], dice.randint(1, 64_900)
    for _ in range(dice.randint(1, 30)):
        changes.append((since, dice.choice([0, dice.randint(1, 65_000)])))
        since += dice.choice([0, 1, 1, 1, 3])
    newest = changes[-1][0]
    rounds = list(range(max(0, newest - 7), newest + 2))
    _, ordinals = wire.read(libraries, "ordinalsAt", [each for each, _ in changes], [ordinal for _, ordinal in changes], rounds)
    assert list(ordinals) == [_ordinal(changes, round) for round in rounds]


def test_second_change_before_the_same_draw_replaces_the_first(libraries):
    """R4: only what stands at the draw counts."""
    word, ordinals = wire.read(libraries, "ordinalsAt", [3, 3, 3], [7, 0, 9], [2, 3, 4])
    assert word == 3 << 16 | 9 and list(ordinals) == [0, 9, 9]
