"""Rows of an upload that repeat: within it, or in the dataset's other parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from keepfit.features.database import database
from keepfit.features.datasets.part_rows import UPLOADED, newest_first, part_rows
from keepfit.features.ingest.cell_validation import MEMORY_MB
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import quoted


class Overlap(NamedTuple):
    """The rows that a part repeats of itself and of others, and the counted rows with and without.

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
    """Compares the part ``new`` with ``others`` and with the part ``replaced`` by it.

    What is missing equals what is missing. With a key, rows are the same where key and moment of being known are, and
    the one uploaded last counts; without, where all of the dataset's ``identity`` is.

    Args:
        new: rows that are to be added, Parquet in ``folder``.
        replaced: rows of the same upload as they were read before, in ``folder`` too.
        others: rows of other uploads, in ``folder`` too.
        dataset: says what tells rows apart.
        folder: where DuckDB may work.
    """
    sides = {"new": [new], "replaced": [replaced] if replaced else [], "others": others}
    every = _rows(dataset, sides)
    with database(folder, memory_mb=MEMORY_MB) as connection:
        [counted] = connection.execute(_groups(every, dataset.identity)).fetchall()
        before, after, rows, different, known = counted
        if dataset.key:
            same = [*dataset.key, dataset.known_column]
            [(_, _, rows, different, _)] = connection.execute(_groups(every, same)).fetchall()
            [(known,)] = connection.execute(_known(every, same, dataset)).fetchall()
    return Overlap(int(rows) - different, known, before, after)


def _groups(every: str, names: Sequence[str]) -> str:
    """Counts rows alike in the fields ``names``: without the new rows, with them, and known ones.

    In between: the new rows themselves, and how many of these differ.
    """
    groups = (
        "SELECT bool_or(_side <> 'new') AS held, bool_or(_side <> 'replaced') AS stays, "  # noqa: S608
        f"count(*) FILTER (_side = 'new') AS times FROM ({every}) GROUP BY {_listed(names)}"
    )
    return (
        "SELECT count(*) FILTER (held), count(*) FILTER (stays), sum(times), count(*) FILTER (times > 0), "  # noqa: S608
        f"count(*) FILTER (times > 0 AND held) FROM ({groups})"
    )


def _known(every: str, names: Sequence[str], dataset: DatasetDefinition) -> str:
    """Counts new rows replaced by an equal or later row of the same group in ``names``."""
    same = _listed(names)
    last = f"row_number() OVER (PARTITION BY {same}, _side = 'new' ORDER BY {newest_first()}) = 1"
    newest = f"SELECT * FROM ({every}) QUALIFY {last}"  # noqa: S608
    equal = " AND ".join(
        f"_n.{quoted(name)} IS NOT DISTINCT FROM _h.{quoted(name)}" for name in dataset.fields
    )
    return (
        f"SELECT count(*) FROM ({newest}) AS _n JOIN ({newest}) AS _h USING ({same}) "  # noqa: S608
        f"WHERE _n._side = 'new' AND _h._side <> 'new' AND ({equal} OR ({_of('_n')}) < ({_of('_h')}))"
    )


def _of(table: str) -> str:
    """The upload order of a table's rows, as comparable values."""
    return ", ".join(f"{table}.{column}" for column in UPLOADED)


def _rows(dataset: DatasetDefinition, sides: Mapping[str, Sequence[Path]]) -> str:
    """The rows of all available parts, with the ``_side`` that they are on."""
    return " UNION ALL ".join(
        f"SELECT *, '{side}' AS _side FROM ({part_rows(parts, dataset)})"  # noqa: S608
        for side, parts in sides.items()
        if parts
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))
