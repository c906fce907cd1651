"""Spark SQL for the point-in-time values of a view: union of rows and events, order, largest so far.

An event comes in where it counts, a row where it asks. What a row may know is then the largest of what came before it
in the order of ``ViewJoin``: the newest event, of one event the one known last, of several known at once the largest.
"""

from __future__ import annotations

from keepfit.adapters.spark.rows import handed
from keepfit.adapters.spark.spine import Spine
from keepfit.features.expressions.spark_sql import name
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.schema.types.base import type_of

_US = 1_000_000


def newest_values(spine: Spine, rows: str, join: ViewJoin) -> str:
    """A SELECT of ``_row`` and features ``f0`` and so on, of rows that know any; ``rows`` are the view's."""
    keys = ", ".join(f"k{n}" for n in range(len(join.entity)))
    named = ", ".join(f"{key} AS k{n}" for n, key in enumerate(spine.event_keys(join)))
    happened, known = (f"unix_micros({name(time)})" for time in (join.event_time, join.known_at))
    values = [
        f"{handed(name(key), type_of(kind).storage)} AS f{n}"
        for n, (key, kind) in enumerate(join.features.items())
    ]
    state = ", ".join(["_happened", "_known", *(f"f{n}" for n in range(len(values)))])
    there = " AND ".join(
        f"{name(column)} IS NOT NULL"
        for column in dict.fromkeys([*join.entity, join.event_time, join.known_at])
    )
    events = (
        f"SELECT {named}, {happened} AS _happened, {known} AS _known, {', '.join(values)} FROM ({rows}) "
        f"WHERE {there}"
    )
    seen = (join.delay.seconds) * _US
    asking = spine.asking(join)
    union = (
        f"SELECT {keys}, greatest(_happened, _known) AS _at, 0 AS _asks, CAST(NULL AS BIGINT) AS _row, "
        f"struct({state}) AS _state FROM ({events}) "
        f"UNION ALL SELECT {keys}, _at - {seen}, 1, _row, NULL FROM ({asking})"
    )
    before = f"PARTITION BY {keys} ORDER BY _at, _asks ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    largest = f"SELECT _at, _asks, _row, max(_state) OVER ({before}) AS _state FROM ({union})"
    features = ", ".join(f"_state.f{n} AS f{n}" for n in range(len(values)))
    return (
        f"SELECT _row, {features} FROM ({largest}) "
        f"WHERE _asks = 1 AND _state._happened >= _at - {join.ttl.seconds * _US}"
    )
