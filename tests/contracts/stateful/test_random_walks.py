"""Long random histories, where the state machine's are short: many rounds, members coming, going, failing and returning."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.contracts.dsl import STAR
from tests.contracts.stateful.test_task_machine import ALL, PHASES, VARIANTS
from tests.contracts.stateful.world import World

VOTES = [(0, 1)] * 5 + [(0, -1), (1, 1), (1, -1)]
MASKS = [0] * 4 + [1, 1, 2, 3, 4, 7]
STEPS = 90


def _round(world: World, dice: random.Random) -> None:
    """Mostly everybody acts; sometimes some, sometimes nobody."""
    present = dice.choice([ALL, ALL, ALL, dice.randint(0, ALL), 0])
    votes = [(*dice.choice(VOTES), dice.choice(MASKS)) for _ in range(8)]
    for _ in range(dice.choice([PHASES, PHASES, 1, 2, 3])):
        world.move_on(present, votes)


def _silence(world: World, dice: random.Random) -> None:
    """Rounds in which hardly anybody acts: absence grows old."""
    present = dice.choice([0, 0, 1])
    for _ in range(dice.choice([3, 7, 9]) * PHASES):
        world.move_on(present, [])


def _come(world: World, dice: random.Random) -> None:
    world.join(dice.choice(world.people), dice.choice([STAR, 3 * STAR + 7, 8 * STAR]))


def _grow(world: World, dice: random.Random) -> None:
    if world.model.members:
        world.top_up(dice.choice(world.model.members), dice.choice([1, STAR, 5 * STAR]))


def _go(world: World, dice: random.Random) -> None:
    who = dice.choice(world.model.members or world.people)
    world.leave(who)
    if dice.random() < 0.3 and len(world.model.members) < world.settings["maxParticipants"]:
        world.join(dice.choice(world.people), 2 * STAR)


def _leave_with(world: World, dice: random.Random) -> None:
    world.sleep(dice.choice([1, 2_000]))
    for who in world.people:
        if who not in world.model.members:
            world.withdraw(who)


def _claim(world: World, dice: random.Random) -> None:
    who = dice.choice(world.people)
    world.claim(who, dice.choice([who, who, world.people[8]]), dice.choice([who, who, world.people[0]]))


def _appoint(world: World, dice: random.Random) -> None:
    world.set_operator(dice.choice(world.people), world.people[8])


def _slash(world: World, dice: random.Random) -> None:
    accounts = dice.sample(world.people, dice.randint(1, 9))
    slasher = dice.choice([*world.people, *accounts])
    world.slash(slasher, max(0, world.model.round - dice.choice([0, 1, 1, 1, 2, 4, 7])), accounts)
    for account in sorted(set(world.model.frozen) - set(world.model.members)):
        world.join(account, 2 * STAR)


def _wait(world: World, dice: random.Random) -> None:
    if dice.random() < 0.2:
        world.mine(300)
    else:
        world.sleep(dice.choice([1, 400, 1_000]))


ACTS: list[tuple[Callable[[World, random.Random], None], int]] = [
    (_round, 10), (_silence, 1), (_come, 3), (_grow, 3), (_go, 2), (_leave_with, 1), (_claim, 2), (_slash, 2), (_wait, 1),
    (_appoint, 1),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(VARIANTS)))
def test_random_walk(bench, crowd, number):
    """I1, I2, I3, I4, I5, I6, I7, I8, R10, R20: chain and model agree over dozens of rounds, and everybody gets out."""
    dice = random.Random(number)
    world = World(bench, crowd, **VARIANTS[number] | {"rounds": 60})
    for who in world.people[1:8]:
        world.join(who, 5 * STAR)
    world.fund(world.people[0], 1_000 * STAR + 1)
    for _ in range(STEPS):
        (act,) = dice.choices([act for act, _ in ACTS], [weight for _, weight in ACTS])
        act(world, dice)
        world.compare()
    world.get_everybody_out()
    world.compare()
    assert not any(person.stake + person.top_up + person.rewards for person in world.model.people.values())
