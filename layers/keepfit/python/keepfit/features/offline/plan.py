"""What is to be joined to a spine, as data: engines compile it."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.features.schema.definition import FieldType
from keepfit.instants import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewJoin:
    """One feature view to join: ``table`` holds its dataset's rows.

    A row of it counts for a moment when it had happened and was known at least ``delay`` before, and happened no more
    than ``ttl`` before that. Of those that count, the one with the newest event wins; of several of one event the one
    known last; of several known at once the one with the largest values, feature by feature, missing ones last.
    """

    table: str
    entity: tuple[str, ...]
    event_time: str
    known_at: str
    features: dict[str, FieldType]
    delay: Duration
    ttl: Duration
