"""The model definition: one document, one digest, nothing that could be read in two ways (protocol.md, section 5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestrator.errors import DefinitionError
from orchestrator.learning import definition as module
from orchestrator.learning.definition import (
    MAX_DOCUMENT_BYTES,
    compose_schema,
    encode_definition,
    make_definition,
    parse_definition,
)

FIELDS: dict[str, Any] = {
    "recipe": {"name": "mnist", "version": 1},
    "hyper_parameters": {"epochs": 1, "batch_size": 32, "learning_rate": 0.02, "momentum": 0.9},
    "aggregation": {"rule": "trimmed_mean"},
}
CANONICAL = (
    b'{"aggregation":{"rule":"trimmed_mean","trim_bps":3334},"format":1,'
    b'"hyper_parameters":{"batch_size":32,"epochs":1,"learning_rate":0.02,"momentum":0.9,"weight_decay":0.0},'
    b'"limit_bytes":8388608,"loss_floor":0.0,"metric":"accuracy","recipe":{"name":"mnist","version":1},"tolerance":1.0,'
    b'"verdict":{"copy_share":0.1,"doubt":null,"gross_factor":4.0,"idle_share":0.1,"theta":0.15}}'
)


def change(path: str, value: Any) -> bytes:
    fields = json.loads(CANONICAL)
    *parents, last = path.split(".")
    place = fields
    for parent in parents:
        place = place[parent]
    place[last] = value
    return json.dumps(fields).encode()


def test_the_bytes_are_sorted_without_spaces_and_with_every_default() -> None:
    """Golden bytes: their digest is on chain."""
    assert encode_definition(make_definition(FIELDS)) == CANONICAL


def test_what_was_written_is_read_back() -> None:
    assert parse_definition(CANONICAL) == make_definition(FIELDS)
    assert encode_definition(parse_definition(CANONICAL)) == CANONICAL


def test_what_a_task_does_not_say_is_honest_on_unlike_data() -> None:
    """D12, and section 5, "Verdict": the numbers that were measured."""
    made = make_definition({name: FIELDS[name] for name in ("recipe", "hyper_parameters")})
    assert made.tolerance == 1.0
    assert made.aggregation.model_dump() == {"rule": "trimmed_mean", "trim_bps": 3334}
    assert made.verdict.model_dump() == {
        "copy_share": 0.1,
        "idle_share": 0.1,
        "gross_factor": 4.0,
        "theta": 0.15,
        "doubt": None,
    }


def test_doubt_is_asked_for_by_naming_it() -> None:
    made = parse_definition(change("verdict", {"doubt": {}}))
    assert made.verdict.doubt is not None and made.verdict.doubt.model_dump() == {"cosine": 0.04, "ratio": 0.005}


def test_the_schema_file_is_current() -> None:
    file = Path(module.__file__).with_name("definition.schema.json")
    assert file.read_text("utf-8") == compose_schema(), "run: python -m orchestrator.learning.definition"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("surprise", 1),
        ("hyper_parameters.surprise", 1),
        ("format", 2),
        ("recipe.name", "../mnist"),
        ("recipe.version", "1"),
        ("hyper_parameters.epochs", 0),
        ("hyper_parameters.epochs", 1.0),
        ("hyper_parameters.batch_size", True),
        ("hyper_parameters.learning_rate", "0.1"),
        ("hyper_parameters.learning_rate", float("1e-400")),
        ("hyper_parameters.momentum", 1.0),
        ("aggregation.trim_bps", 5000),
        ("tolerance", -0.1),
        ("tolerance", 100.5),
        ("loss_floor", -0.1),
        ("loss_floor", 1e7),
        ("verdict.copy_share", 1.0),
        ("verdict.idle_share", -0.1),
        ("verdict.gross_factor", 0.9),
        ("verdict.theta", -0.1),
        ("verdict.theta", "0.1"),
        ("verdict.surprise", 1),
        ("verdict.doubt", True),
        ("metric", "vibes"),
        ("limit_bytes", 1 << 40),
        ("limit_bytes", None),
    ],
)
def test_a_wrong_field_is_named(path: str, value: Any) -> None:
    with pytest.raises(DefinitionError, match=path.rpartition(".")[2]):
        parse_definition(change(path, value))


def test_a_missing_field_is_named() -> None:
    with pytest.raises(DefinitionError, match="recipe: Field required"):
        make_definition({"hyper_parameters": FIELDS["hyper_parameters"]})


def test_an_unknown_rule_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DefinitionError, match="'mean', 'weighted_mean', 'median', 'trimmed_mean', 'multi_krum'"):
        parse_definition(change("aggregation", {"rule": "best_of"}))


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(constant: str) -> None:
    with pytest.raises(DefinitionError):
        parse_definition(CANONICAL.replace(b'"theta":0.15', f'"theta":{constant}'.encode()))


def test_a_field_given_twice_is_refused() -> None:
    with pytest.raises(DefinitionError, match="twice"):
        parse_definition(CANONICAL.replace(b'"format":1', b'"format":1,"format":1'))


@pytest.mark.parametrize("document", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, b'{"a":' * 10_000, b"9" * 5000])
def test_what_is_not_a_document_is_refused_in_words(document: bytes) -> None:
    with pytest.raises(DefinitionError, match="the model definition is refused"):
        parse_definition(document)


def test_a_huge_document_is_not_even_read() -> None:
    with pytest.raises(DefinitionError, match="at most"):
        parse_definition(b" " * MAX_DOCUMENT_BYTES + CANONICAL)


@settings(deadline=None)
@given(some.binary(max_size=200) | some.text(max_size=200).map(str.encode))
def test_no_bytes_raise_anything_else(document: bytes) -> None:
    with pytest.raises(DefinitionError):
        parse_definition(document)
