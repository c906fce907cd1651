"""SQL for the rows of a dataset that count, where some are repeated or corrected."""

from __future__ import annotations

from keepfit.features.datasets.part_rows import UPLOADED, newest_first
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import quoted


def counted_once(table: str, dataset: DatasetDefinition, label: str) -> str:
    """The rows that a model learns from; ``_until`` is when a row's correction was known.

    It is NULL while the row holds.

    Equal rows without a key count once. ``_first_known`` is when a ``label`` of the same key was first known.
    """
    known = quoted(dataset.known_at or dataset.event_time)
    if not dataset.key:
        same = ", ".join(map(quoted, dataset.identity))
        once = f"row_number() OVER (PARTITION BY {same} ORDER BY {newest_first()}) = 1"
        return f"SELECT *, {known} AS _first_known, CAST(NULL AS TIMESTAMPTZ) AS _until FROM {table} QUALIFY {once}"  # noqa: S608
    keys, order = ", ".join(map(quoted, dataset.key)), ", ".join([known, *UPLOADED])
    return (
        f"SELECT *, min({known}) FILTER ({label} IS NOT NULL) OVER (PARTITION BY {keys}) AS _first_known, "  # noqa: S608
        f"lead({known}) OVER (PARTITION BY {keys} ORDER BY {order}) AS _until FROM {table}"
    )


def known_once(table: str, dataset: DatasetDefinition) -> str:
    """The rows of a view; of rows of one key known at the same time, the one uploaded last.

    What became known later counts from then on, which the join sees to; and equal rows give the same values.
    """
    if not dataset.key:
        return table
    keys = ", ".join(map(quoted, [*dataset.key, dataset.known_at or dataset.event_time]))
    last = f"row_number() OVER (PARTITION BY {keys} ORDER BY {newest_first()}) = 1"
    return f"(SELECT * FROM {table} QUALIFY {last})"  # noqa: S608
