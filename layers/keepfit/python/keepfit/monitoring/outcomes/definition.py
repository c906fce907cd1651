"""The definition of a model's outcomes: where they come from, and when they are expected."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from keepfit.instants import Duration


class OutcomesDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where outcomes of a model's predictions come from, and when they are expected."""

    join_on: Annotated[
        list[str],
        Meta(
            description="the fields by which a prediction finds its outcome in `dataset`, sent with every request; "
            "left out, clients report outcomes by prediction id, into a dataset of their own, `<model>_outcomes`"
        ),
    ] = []
    dataset: Annotated[
        str | None,
        Meta(
            description="with `join_on`: the dataset whose rows hold outcomes; by default the model's own, whose label "
            "becomes known some time"
        ),
    ] = None
    field: Annotated[
        str | None,
        Meta(
            description="with `join_on`: the field of `dataset` that holds the outcome; by default the label"
        ),
    ] = None
    expected_within: Annotated[
        Duration | None,
        Meta(
            description="how long after its event time the outcome of a prediction is expected; one that comes later "
            "still counts, and is told as late, and one that has not come is told as overdue; without it, nothing is"
        ),
    ] = None
    gain_rows: Annotated[
        int,
        Meta(
            ge=50,
            le=20_000,
            description="how many outcomes of its answers it takes to measure, once, what a retrained version gained: "
            "the version before it answers the same requests",
        ),
    ] = 500
    minimum_rows: Annotated[
        int, Meta(ge=1, description="a version with fewer outcomes in a period is not measured")
    ] = 50
