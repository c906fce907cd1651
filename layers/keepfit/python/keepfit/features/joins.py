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

    First each row of the spine learns when what it may know became known, which reads and sorts keys and instants only;
    then the few rows of the views that any row asks for are looked up. The cost grows as n log n with the rows of both.
    """
    if not joins:
        return f"SELECT * FROM {spine}"
    numbered = list(enumerate(joins))
    late = [
        f"{_candidates(number, join)} AS MATERIALIZED ({_not_overtaken(join)})"
        for number, join in numbered
        if _late(join)
    ]
    asked = f"asked AS MATERIALIZED ({_asked(spine, moment, joins)})"
    found = [f"v{number} AS ({_found(number, join)})" for number, join in numbered]
    features = [_feature(number, join, name, moment) for number, join in numbered for name in join.features]
    lookups = [
        f"LEFT JOIN v{number} ON {_same_entity(f'v{number}', join)} AND s._known{number} = v{number}._known"
        for number, join in numbered
    ]
    known = ", ".join(f"_known{number}" for number, _ in numbered)
    return (
        f"WITH {', '.join([*late, asked, *found])} "
        f"SELECT s.* EXCLUDE ({known}), {', '.join(features)} FROM asked AS s {' '.join(lookups)}"
    )


def _late(join: ViewJoin) -> bool:
    return join.known_at != join.event_time


def _candidates(number: int, join: ViewJoin) -> str:
    """The rows of a view that rise in event time with the time they were known: of those, the nearest is the newest."""
    return f"c{number}" if _late(join) else join.table


def _not_overtaken(join: ViewJoin) -> str:
    """The view's rows that were, when they became known, the newest of their entity.

    A row known late about an event that a newer one had overtaken is never the newest, so it is left out.
    """
    keys, event = ", ".join(map(quoted, join.entity)), quoted(join.event_time)
    newest = f"max({event}) OVER (PARTITION BY {keys} ORDER BY {quoted(join.known_at)})"
    return f"SELECT * FROM {join.table} QUALIFY {event} >= {newest}"


def _asked(spine: str, moment: str, joins: list[ViewJoin]) -> str:
    """The spine with ``_known<n>``: when the newest candidate of each view became known, however old it is."""
    known = [f"c{number}.{quoted(join.known_at)} AS _known{number}" for number, join in enumerate(joins)]
    asof = [
        f"ASOF LEFT JOIN {_candidates(number, join)} AS c{number} ON {_same_entity(f'c{number}', join)} "
        f"AND s.{quoted(moment)} - {_interval(join.delay)} >= c{number}.{quoted(join.known_at)}"
        for number, join in enumerate(joins)
    ]
    return f"SELECT s.*, {', '.join(known)} FROM {spine} AS s {' '.join(asof)}"


def _found(number: int, join: ViewJoin) -> str:
    """The candidates that a row of the spine asks for.

    Of rows known at once about one event, the order of their values decides, so that the answer is always the same.
    """
    keys, known = ", ".join(map(quoted, join.entity)), quoted(join.known_at)
    features = ", ".join(map(quoted, join.features))
    ties = ", ".join(f"{quoted(name)} DESC NULLS LAST" for name in join.features)
    return (
        f"SELECT {keys}, {known} AS _known, {quoted(join.event_time)} AS _event, {features} "
        f"FROM {_candidates(number, join)} AS c SEMI JOIN asked AS s ON {_same_entity('c', join)} "
        f"AND c.{known} = s._known{number} "
        f"QUALIFY row_number() OVER (PARTITION BY {keys}, {known} ORDER BY {ties}) = 1"
    )


def _feature(number: int, join: ViewJoin, name: str, moment: str) -> str:
    oldest = f"s.{quoted(moment)} - {_interval(join.delay)} - {_interval(join.ttl)}"
    return f"CASE WHEN v{number}._event >= {oldest} THEN v{number}.{quoted(name)} END AS {quoted(name)}"


def _same_entity(table: str, join: ViewJoin) -> str:
    return " AND ".join(f"s.{quoted(key)} = {table}.{quoted(key)}" for key in join.entity)


def _interval(duration: Duration) -> str:
    # Seconds, not days: a day in a time zone may have 23 or 25 hours, and a duration never does.
    return f"to_seconds({duration.seconds})"
