"""SQL for the rows of a dataset that count, where some are repeated or corrected."""

from __future__ import annotations

from keepfit.features.datasets.part_rows import UPLOADED, newest_first
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import quoted


def counted_once(table: str, dataset: DatasetDefinition, label: str) -> str:
    """The rows that a model learns from; ``_until`` is when a row's correction was known.

    It is NULL while the row holds.

    ``_now`` is when the row happened by what is known now, NULL where that knows of no ``label``.
    Equal rows without a key count once. ``_first_known`` is when a ``label`` of the same key was first known, or the
    same row without a key.
    """
    known, event = quoted(dataset.known_column), quoted(dataset.event_column)
    if not dataset.key:
        same = ", ".join(map(quoted, dataset.identity))
        # What has no time of its own has that of the upload it came with first.
        order = newest_first() if dataset.event_time else ", ".join(UPLOADED)
        once = f"row_number() OVER (PARTITION BY {same} ORDER BY {order}) = 1"
        return (
            f"SELECT *, {known} AS _first_known, {event} AS _now, CAST(NULL AS TIMESTAMPTZ) AS _until "  # noqa: S608
            f"FROM {table} QUALIFY {once}"
        )
    keys, order = ", ".join(map(quoted, dataset.key)), ", ".join([known, *UPLOADED])
    labelled = f"CASE WHEN {label} IS NOT NULL THEN {event} END"
    all_of_key = (
        f"PARTITION BY {keys} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    )
    return (
        f"SELECT *, min({known}) FILTER ({label} IS NOT NULL) OVER (PARTITION BY {keys}) AS _first_known, "  # noqa: S608
        f"last_value({labelled}) OVER ({all_of_key}) AS _now, "
        f"lead({known}) OVER (PARTITION BY {keys} ORDER BY {order}) AS _until FROM {table}"
    )


def known_once(table: str, dataset: DatasetDefinition) -> str:
    """The rows of a view; of rows of one key known at the same time, the one uploaded last.

    What became known later counts from then on, which the join sees to; and equal rows give the same values.
    """
    if not dataset.key:
        return table
    keys = ", ".join(map(quoted, [*dataset.key, dataset.known_column]))
    last = f"row_number() OVER (PARTITION BY {keys} ORDER BY {newest_first()}) = 1"
    return f"(SELECT * FROM {table} QUALIFY {last})"  # noqa: S608
