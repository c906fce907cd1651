"""Rows of an upload that are no news: they come twice in it, or the dataset's other parts hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from keepfit.features.checking import MEMORY_MB
from keepfit.features.database import database
from keepfit.features.definition import DatasetDefinition
from keepfit.features.part_rows import UPLOADED, newest_first, part_rows
from keepfit.features.rendering import quoted


class Overlap(NamedTuple):
    """What a part repeats of itself and of others, and how many rows count without it and with it.

    ``duplicate_rows`` come twice in it. Of the rest, ``known_rows`` change nothing: such a row is held already, or was
    replaced by one that was uploaded later.
    """

    duplicate_rows: int
    known_rows: int
    counted_before: int
    counted_after: int


def count_overlap(
    new: Path, *, replaced: Path | None, others: Sequence[Path], dataset: DatasetDefinition, folder: Path
) -> Overlap:
    """Compares the part ``new`` with ``others`` and with the part ``replaced``, whose place it takes.

    What is missing equals what is missing. With a key, rows are the same where key and moment of being known are, and
    the one uploaded last counts; without, where every field is.

    Args:
        new: rows that are to be added, Parquet in ``folder``.
        replaced: rows of the same upload as they were read before, in ``folder`` too.
        others: rows of other uploads, in ``folder`` too.
        dataset: says what tells rows apart.
        folder: where DuckDB may work.
    """
    sides = {"new": [new], "replaced": [replaced] if replaced else [], "others": others}
    every = _rows(dataset, sides)
    counted = _listed(dataset.identity)
    same = _listed([*dataset.key, dataset.known_at or dataset.event_time] if dataset.key else dataset.fields)
    with database(folder, memory_mb=MEMORY_MB) as connection:
        [(before, after)] = connection.execute(
            "SELECT count(*) FILTER (held), count(*) FILTER (stays) FROM (SELECT bool_or(_side <> 'new') AS held, "  # noqa: S608
            f"bool_or(_side <> 'replaced') AS stays FROM ({every}) GROUP BY {counted})"
        ).fetchall()
        [(rows, different)] = connection.execute(
            f"SELECT sum(times), count(*) FROM (SELECT count(*) AS times FROM ({_rows(dataset, {'new': [new]})}) "  # noqa: S608
            f"GROUP BY {same})"
        ).fetchall()
        [(known,)] = connection.execute(_known(every, same, dataset)).fetchall()
    return Overlap(int(rows) - different, known, before, after)


def _known(every: str, same: str, dataset: DatasetDefinition) -> str:
    """Counts the new rows that change nothing."""
    if not dataset.key:
        groups = f"SELECT bool_or(_side = 'new') AND bool_or(_side <> 'new') AS known FROM ({every}) GROUP BY {same}"  # noqa: S608
        return f"SELECT count(*) FILTER (known) FROM ({groups})"  # noqa: S608
    last = f"row_number() OVER (PARTITION BY {same}, _side = 'new' ORDER BY {newest_first()}) = 1"
    newest = f"SELECT * FROM ({every}) QUALIFY {last}"  # noqa: S608
    equal = " AND ".join(f"n.{quoted(name)} IS NOT DISTINCT FROM h.{quoted(name)}" for name in dataset.fields)
    earlier = f"({_of('n')}) < ({_of('h')})"
    return (
        f"SELECT count(*) FROM ({newest}) AS n JOIN ({newest}) AS h USING ({same}) "  # noqa: S608
        f"WHERE n._side = 'new' AND h._side <> 'new' AND ({equal} OR {earlier})"
    )


def _of(table: str) -> str:
    """When a row of a table was uploaded, as values that compare in this order."""
    return ", ".join(f"{table}.{column}" for column in UPLOADED)


def _rows(dataset: DatasetDefinition, sides: Mapping[str, Sequence[Path]]) -> str:
    """The rows of all parts that are there, and on which ``_side`` they are."""
    return " UNION ALL ".join(
        f"SELECT *, '{side}' AS _side FROM ({part_rows(parts, dataset.fields)})"  # noqa: S608
        for side, parts in sides.items()
        if parts
    )


def _listed(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(map(quoted, names))
