"""Joins feature views of datasets without a time, by the row uploaded last, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from keepfit.features.datasets.part_rows import newest_first
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.sql_literals import quoted


def join_newest(rows: str, joins: Sequence[ViewJoin]) -> str:
    """Selects every row of ``rows`` with the features of ``joins``, NULL where there are none.

    Args:
        rows: holds every view's entity columns.
        joins: timeless views, whose tables have the columns of ``part_rows``.
    """
    if not joins:
        return rows
    features = [f"_v{n}.{quoted(name)}" for n, join in enumerate(joins) for name in join.features]
    beside = [f"LEFT JOIN {_newest(join)} AS _v{n} ON {_same(join, n)}" for n, join in enumerate(joins)]
    return f"SELECT {', '.join(['_r.*', *features])} FROM ({rows}) AS _r {' '.join(beside)}"  # noqa: S608


def _newest(join: ViewJoin) -> str:
    entity = ", ".join(map(quoted, join.entity))
    newest = f"row_number() OVER (PARTITION BY {entity} ORDER BY {newest_first()}) = 1"
    return f"(SELECT * FROM {join.table} QUALIFY {newest})"  # noqa: S608


def _same(join: ViewJoin, number: int) -> str:
    return " AND ".join(f"_r.{quoted(key)} = _v{number}.{quoted(key)}" for key in join.entity)
