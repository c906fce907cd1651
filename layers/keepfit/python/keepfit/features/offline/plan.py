"""Plans of training sets and joins, as data that engines compile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keepfit.features.offline.split_plan import SplitPlan
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """A feature that is an aggregate of the rows of a view in a window.

    A row counts at an instant from when it happened and is known until its correction is known, if it happened no more
    than ``window`` before. Of rows without a key that are equal in every field one counts.

    Args:
        aggregate: its name in the registry.
        of: the field whose values it is of, where they are there; None for rows.
        window: how far back it reaches.
        type: what it gives.
        parameter: what it needs beside the values.
        where: the tree of the filter of the rows; None for all.
    """

    aggregate: str
    of: str | None
    window: Duration
    type: FieldType
    parameter: Any = None
    where: list[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewJoin:
    """One feature view to join; ``table`` is its dataset, or the engine's table of it.

    Of a ``timeless`` dataset the row of each entity that was uploaded last counts for every moment. Else it is so:
    A row of it counts for a moment when it had happened and was known at least ``delay`` before, and happened no more
    than ``ttl`` before that. Of those that count, the one with the newest event wins; of several of one event the one
    known last; of several known at once the one with the largest values, feature by feature, missing ones last.

    ``aggregates`` are as of ``delay`` before the moment too. ``where`` is the tree of the filter of all its rows, None
    for none; without ``repeats`` no two rows of the table are equal in every field. With ``sql``, a SELECT over the
    dataset by its name, its rows are those of the view, and hold ``fields``.
    """

    table: str
    entity: tuple[str, ...]
    event_time: str
    known_at: str
    features: dict[str, FieldType]
    delay: Duration
    ttl: Duration
    timeless: bool = False
    aggregates: Mapping[str, Aggregation] = field(default_factory=dict)
    where: list[Any] | None = None
    repeats: bool = True
    sql: str | None = None
    fields: Mapping[str, Field] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A derived column: its expression tree, and the type of its values."""

    expression: list[Any]
    type: FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetPlan:
    """The rows that train and judge: labelled rows of ``spine`` within ``window`` of the newest.

    ``window`` is None for all of them.
    Views are joined as of each row's moment, then columns are derived, of which a later one may read an earlier one.
    ``columns`` are what is kept: inputs, features and derived columns, in this order; ``beside`` are fields that no
    model sees and that the holdout is known by too.
    """

    datasets: Mapping[str, DatasetDefinition]
    spine: str
    label: str
    window: Duration | None
    split: SplitPlan
    joins: tuple[ViewJoin, ...]
    derived: Mapping[str, Derivation]
    columns: tuple[str, ...]
    beside: tuple[str, ...] = ()
