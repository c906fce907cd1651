"""The definition of a model's tests."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

TestKind = Literal["invariance", "direction", "minimum", "expected"]


class ModelTestDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test of what a model answers, one of `[[model.NAME.tests]]`: on the holdout, or an own instance."""

    name: Annotated[str, Meta(description="what shall be so, in a few words")]
    kind: Annotated[
        TestKind,
        Meta(
            description="`invariance`: another value of a field leaves the answer as it is; `direction`: a higher one "
            "moves it up or down; `minimum`: the metric on named rows; `expected`: the answer to an instance"
        ),
    ]
    where: Annotated[
        str | None,
        Meta(description="row-level SQL over inputs and features: the rows that it is for; left out, all"),
    ] = None
    field: Annotated[str | None, Meta(description="the input or feature that is changed")] = None
    values: Annotated[
        list[bool | float | str] | None,
        Meta(
            description="what is put in its place, each in turn; `direction` moves from the first to the last"
        ),
    ] = None
    add: Annotated[float | None, Meta(description="or what is added to a number")] = None
    expect: Annotated[
        Literal["up", "down"],
        Meta(
            description="where a direction leads: the probability of true or of `label_class`, or the value"
        ),
    ] = "up"
    label_class: Annotated[str | None, Meta(description="of several classes, the one that is meant")] = None
    tolerance: Annotated[
        float,
        Meta(
            ge=0,
            description="how far an answer may move in an invariance, or against a direction, or be from a number that "
            "is expected",
        ),
    ] = 0.0
    min_share: Annotated[float, Meta(gt=0, le=1, description="the share of rows for which it must be so")] = (
        1.0
    )
    metric: Annotated[
        str | None, Meta(description="what a minimum is of; left out, the metric of `gates`")
    ] = None
    min_value: Annotated[
        float | None,
        Meta(description="what the metric must reach: at least, or at most where less is better"),
    ] = None
    instance: Annotated[dict[str, Any] | None, Meta(description="a request, as a client sends it")] = None
    answer: Annotated[
        bool | float | str | None,
        Meta(description="what is predicted for it: a label, or a number within `tolerance`"),
    ] = None


KEYS: Final[dict[TestKind, tuple[frozenset[str], frozenset[str]]]] = {
    "invariance": (frozenset({"field"}), frozenset({"values", "add", "where", "tolerance", "min_share"})),
    "direction": (
        frozenset({"field"}),
        frozenset({"values", "add", "where", "tolerance", "min_share", "expect", "label_class"}),
    ),
    "minimum": (frozenset({"where", "min_value"}), frozenset({"metric"})),
    "expected": (frozenset({"instance", "answer"}), frozenset({"tolerance"})),
}
"""The keys that a kind needs, and those that it may have beside ``name`` and ``kind``."""
