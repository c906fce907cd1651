"""What a dataset and a feature view are declared to be."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from keepfit.instants import Duration

FieldType = Literal["float", "int", "bool", "category", "timestamp"]


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of a dataset: its type, and what a good value is."""

    type: FieldType
    nullable: bool = False
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    description: str | None = None


class DatasetDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dataset: rows that happened at ``event_time`` and were known from ``known_at`` on.

    ``known_at`` defaults to ``event_time``: a row that is known when it happens.
    ``key`` names the fields that tell rows apart: of rows with the same key the one known last counts, and of those
    known at once the one uploaded last. Without a key, rows that are equal in every field count once.
    ``max_bad_share`` is the share of bad rows above which a file is refused whole.
    """

    event_time: str
    fields: dict[str, Field]
    known_at: str | None = None
    key: list[str] = []
    max_bad_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05


class FeatureViewDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Features of an entity, read from a dataset as of a moment.

    ``latest`` names the fields whose newest known value is the feature. A row counts when it was known at least
    ``delay`` before the moment and happened no more than ``ttl`` before that.
    """

    dataset: str
    entity: list[str]
    latest: list[str]
    ttl: Duration
    delay: Duration = Duration(0)
