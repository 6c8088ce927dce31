"""The model definition: the JSON document whose digest is on chain, so that everybody trains and aggregates the same thing.

`python -m orchestrator.learning.definition` prints the schema that is kept in definition.schema.json. The defaults belong to
format 1 and never change: two nodes must not read one document differently.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.errors import DefinitionError

MAX_DOCUMENT_BYTES: Final = 64 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class RecipeName(_Strict):
    """Which plug-in trains; it must be installed on the node, code is never fetched."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    version: int = Field(ge=1)


class HyperParameters(_Strict):
    """How a proposer trains: stochastic gradient descent with momentum."""

    epochs: int = Field(ge=1, le=1000)
    batch_size: int = Field(ge=1, le=65536)
    learning_rate: float = Field(gt=0, le=100)
    momentum: float = Field(default=0.0, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0, lt=1)


class Mean(_Strict):
    rule: Literal["mean"] = "mean"


class WeightedMean(_Strict):
    rule: Literal["weighted_mean"] = "weighted_mean"


class Median(_Strict):
    rule: Literal["median"] = "median"


class TrimmedMean(_Strict):
    rule: Literal["trimmed_mean"] = "trimmed_mean"
    trim_bps: int = Field(default=3334, ge=0, lt=5000, description="share left out at each end")


class MultiKrum(_Strict):
    rule: Literal["multi_krum"] = "multi_krum"
    byzantine_bps: int = Field(default=2500, ge=0, lt=5000, description="share of updates expected to be malicious")


class CenteredClipping(_Strict):
    rule: Literal["centered_clipping"] = "centered_clipping"
    radius: float = Field(ge=1e-9, le=1e9, description="longest move that counts in full, as a Euclidean norm over all weights")
    iterations: int = Field(default=3, ge=1, le=100)


class Doubt(_Strict):
    """When an update is taken for one that does nothing: both must hold (section 5, "Verdict", 4)."""

    cosine: float = Field(default=0.04, ge=0, le=1, description="|cos| of its move with the mean of the others' moves is below")
    ratio: float = Field(default=0.005, ge=0, le=1, description="its share changes the balanced loss by less than")


class Verdict(_Strict):
    """When a voter accuses an update (section 5, "Verdict"); the numbers were measured."""

    copy_share: float = Field(default=0.1, ge=0, lt=1, description="copy: nearer than this share of the median distance")
    idle_share: float = Field(default=0.1, ge=0, lt=1, description="idle: moved by less than this share of the median move")
    gross_factor: float = Field(default=4.0, ge=1, le=1e6, description="gross: moved by more than so many median moves")
    theta: float = Field(default=0.15, ge=0, le=100, description="harms: one P-th of it makes the balanced loss so much worse")
    doubt: Doubt | None = Field(default=None, description="does nothing: asked only where it is given")


Aggregation = Annotated[Mean | WeightedMean | Median | TrimmedMean | MultiKrum | CenteredClipping, Field(discriminator="rule")]


class Definition(_Strict):
    """One model definition, complete and checked."""

    format: Literal[1] = 1
    recipe: RecipeName
    hyper_parameters: HyperParameters
    aggregation: Aggregation = TrimmedMean()
    tolerance: float = Field(default=1.0, ge=0, le=100, description="+1 while loss ≤ (1 + tolerance) · reference")
    loss_floor: float = Field(default=0.0, ge=0, le=1e6, description="a lower loss counts as this one where harm is measured")
    verdict: Verdict = Verdict()
    metric: Literal["accuracy"] = "accuracy"
    limit_bytes: int = Field(default=8 << 20, ge=1, le=1 << 34, description="no artifact of the task may be larger")


def parse_definition(document: bytes) -> Definition:
    """A definition from anybody's bytes. Raises DefinitionError naming the field and what was expected there."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise _refuse(f"it has {len(document)} bytes, at most {MAX_DOCUMENT_BYTES} are read")
    try:
        fields = json.loads(document.decode("utf-8"), object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _refuse(f"it is not JSON: {str(error)[:200]}") from error
    return make_definition(fields)


def make_definition(fields: Any) -> Definition:
    """A definition from plain values, as JSON has them. Raises DefinitionError naming the field and what was expected."""
    try:
        return Definition.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part)[:60] for part in first["loc"]) or "document"
        raise _refuse(f"{field}: {first['msg'][:200]}") from error


def encode_definition(definition: Definition) -> bytes:
    """The one way to write a definition: every field, keys sorted, no spaces, UTF-8."""
    fields = definition.model_dump(mode="json")
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def compose_schema() -> str:
    """The JSON schema of the document, as text."""
    return json.dumps(Definition.model_json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _refuse(reason: str) -> DefinitionError:
    hint = "Ask the task's creator, or compare the document with orchestrator/learning/definition.schema.json."
    return DefinitionError(f"the model definition is refused: {reason}", hint=hint)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is there twice")
    return fields


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


if __name__ == "__main__":
    print(compose_schema(), end="")
