"""The point-in-time join as SQL for DuckDB: each row gets what was known of its entities at its moment, never later."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.features.rendering import quoted
from keepfit.instants import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewJoin:
    """One feature view to join: ``table`` holds its dataset's rows.

    A row of it counts for a moment when it was known at least ``delay`` before, and happened no more than ``ttl``
    before that. Of those that count, the one with the newest event wins.
    """

    table: str
    entity: list[str]
    event_time: str
    known_at: str
    features: list[str]
    delay: Duration
    ttl: Duration


def point_in_time_join(spine: str, moment: str, joins: list[ViewJoin]) -> str:
    """A SELECT of every row of ``spine`` with the features of ``joins`` as further columns, NULL where none counts.

    Args:
        spine: a table or view; holds every view's entity columns.
        moment: the spine's column (TIMESTAMPTZ) as of which features are read.
        joins: the views; their features' names differ from each other's and from the spine's columns.

    The cost grows as n log n with the rows of spine and views.
    """
    prepared = [f"v{number} AS ({_newest_known(join)})" for number, join in enumerate(joins)]
    columns = [
        _feature(number, join, name, moment) for number, join in enumerate(joins) for name in join.features
    ]
    asof = [_asof(number, join, moment) for number, join in enumerate(joins)]
    with_clause = f"WITH {', '.join(prepared)} " if prepared else ""
    return f"{with_clause}SELECT {', '.join(['s.*', *columns])} FROM {spine} AS s {' '.join(asof)}"


def _newest_known(join: ViewJoin) -> str:
    """The view's rows that were, when they became known, the newest of their entity.

    A row known late about an event that a newer one had overtaken is never the newest, so it is left out; what is
    left rises in event time with the time it was known, and the nearest row known before a moment is the newest one.
    Of rows known at once about one event, the order of their values decides, so that the answer is always the same.
    """
    keys = ", ".join(map(quoted, join.entity))
    known, event = quoted(join.known_at), quoted(join.event_time)
    ties = ", ".join(f"{quoted(name)} DESC NULLS LAST" for name in join.features)
    ranked = (
        f"SELECT {keys}, {known} AS _known, {event} AS _event, {', '.join(map(quoted, join.features))} "
        f"FROM {join.table} "
        f"QUALIFY row_number() OVER (PARTITION BY {keys}, {known} ORDER BY {event} DESC, {ties}) = 1"
    )
    before = "ORDER BY _known ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    overtaken = f"max(_event) OVER (PARTITION BY {keys} {before})"
    return f"SELECT * FROM ({ranked}) QUALIFY _event >= coalesce({overtaken}, _event)"


def _feature(number: int, join: ViewJoin, name: str, moment: str) -> str:
    oldest = f"s.{quoted(moment)} - {_interval(join.delay)} - {_interval(join.ttl)}"
    return f"CASE WHEN v{number}._event >= {oldest} THEN v{number}.{quoted(name)} END AS {quoted(name)}"


def _asof(number: int, join: ViewJoin, moment: str) -> str:
    same = " AND ".join(f"s.{quoted(key)} = v{number}.{quoted(key)}" for key in join.entity)
    return f"ASOF LEFT JOIN v{number} ON {same} AND s.{quoted(moment)} - {_interval(join.delay)} >= v{number}._known"


def _interval(duration: Duration) -> str:
    # Seconds, not days: a day in a time zone may have 23 or 25 hours, and a duration never does.
    return f"to_seconds({duration.seconds})"
