"""Dangerous choices of a creator are told, each for its reason; the defaults run only the one that depends on the token."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.learning.definition import Definition, make_definition
from orchestrator.protocol.parameters import PARAMETERS, Parameters
from orchestrator.wiring.dangers import DANGERS, find_dangers

ACCOUNT, DIGEST = "0x" + "11" * 20, b"d" * 32
SOUND = Parameters(
    token=ACCOUNT,
    beacon=ACCOUNT,
    definition=DIGEST,
    initial_model=DIGEST,
    max_stake=200 * 10**18,
)


def define(**fields: Any) -> Definition:
    hyper_parameters = {"epochs": 1, "batch_size": 8, "learning_rate": 0.1}
    return make_definition({"recipe": {"name": "digits", "version": 1}, "hyper_parameters": hyper_parameters} | fields)


def find(definition: Definition | None = None, *, block_seconds: float = 12.0, **changes: Any) -> list[str]:
    """`name when` of each danger that is found."""
    found = find_dangers(replace(SOUND, **changes), definition, block_seconds=block_seconds)
    return [f"{danger.name} {danger.when}" for danger in found]


def test_a_sound_task_has_none() -> None:
    assert find() == find(define()) == find(define(tolerance=2.0)) == []


def test_the_defaults_warn_only_of_stakes_without_a_limit() -> None:
    """R5: what is too much depends on the token, so only the creator can say it."""
    assert find(define(), max_stake=0) == ["max_stake 0 while everybody may join"]
    assert find(define(), max_stake=0, admitted=DIGEST) == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"max_stake": 400 * 10**18}, "max_stake"),
        ({"min_participants": 6, "proposers": 1}, "min_participants"),
        ({"proposers": 3}, "proposers"),
        ({"proposers": 1}, "proposers"),
        ({"voters": 3}, "voters"),
        ({"voters": 10}, "voters"),
        ({"quorum_bps": 4999}, "quorum_bps"),
        ({"quorum_bps": 8001}, "quorum_bps"),
        ({"floor_bps": 0}, "floor_bps"),
        ({"floor_bps": 9501}, "floor_bps"),
        ({"floor_bps": 10_000, "condemned_bps": 0, "fault_bps": 0}, "floor_bps"),
        ({"fault_bps": 0}, "fault_bps"),
        ({"fault_bps": 501, "condemned_bps": 600}, "fault_bps"),
        ({"condemned_bps": 0}, "condemned_bps"),
        ({"condemned_bps": 50}, "condemned_bps"),
        ({"condemned_bps": 2001}, "condemned_bps"),
        ({"slasher_bps": 0}, "slasher_bps"),
        ({"slasher_bps": 5001}, "slasher_bps"),
        ({"patience": 0}, "patience"),
        ({"patience": 1}, "patience"),
        ({"train_window": 59}, "train_window"),
        ({"commit_window": 179}, "commit_window"),
        ({"reveal_window": 59}, "reveal_window"),
        ({"exit_delay": 0}, "exit_delay"),
        ({"stall_timeout": 3600, "train_window": 3600}, "stall_timeout"),
    ],
)
def test_a_dangerous_parameter_is_told_by_its_name(changes: dict[str, Any], name: str) -> None:
    assert name in {found.split()[0] for found in find(**changes)}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"aggregation": {"rule": "mean"}}, "aggregation"),
        ({"aggregation": {"rule": "weighted_mean"}}, "aggregation"),
        ({"tolerance": 0.49}, "tolerance"),
        ({"tolerance": 2.01}, "tolerance"),
        ({"loss_floor": 1.01}, "loss_floor"),
        ({"verdict": {"theta": 0.049}}, "theta"),
        ({"verdict": {"theta": 0.51}}, "theta"),
        ({"verdict": {"copy_share": 0.6}}, "copy_share"),
        ({"verdict": {"idle_share": 0.6}}, "idle_share"),
        ({"verdict": {"gross_factor": 2.9}}, "gross_factor"),
    ],
)
def test_a_dangerous_field_of_the_definition_is_told_by_its_name(fields: dict[str, Any], name: str) -> None:
    assert [found.split()[0] for found in find(define(**fields))] == [name]


def test_windows_are_measured_in_blocks_of_the_chain() -> None:
    """Five seconds are five blocks here and less than one there."""
    assert find(reveal_window=5, block_seconds=1.0) == []
    assert find(reveal_window=5, block_seconds=2.0) == ["reveal_window below 5 blocks of the chain"]


def test_more_than_half_of_the_proposers_bound_leaves_no_room_for_an_exclusion() -> None:
    """R9: with 2·P + 1 members, one fewer means one proposer fewer."""
    assert "min_participants below twice the proposers and two" in find(min_participants=9, proposers=4)
    assert "min_participants below twice the proposers and two" not in find(min_participants=10, proposers=4)


def test_every_danger_names_what_can_be_chosen_and_has_a_reason_of_its_own() -> None:
    fields = {"aggregation", "tolerance", "loss_floor", "theta", "copy_share", "idle_share", "gross_factor"}
    assert {danger.name for danger in DANGERS} <= set(PARAMETERS) | fields
    assert all(danger.why and not danger.why.endswith(".") for danger in DANGERS)
    assert len({(danger.name, danger.when) for danger in DANGERS}) == len(DANGERS)
