"""Rows of an upload that come twice: within it, or because the dataset held them before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from keepfit.features.checking import MEMORY_MB
from keepfit.features.checks import SQL_TYPES
from keepfit.features.database import database
from keepfit.features.definition import Field
from keepfit.features.rendering import quoted, text


class Overlap(NamedTuple):
    """How many good rows of a part are equal to an earlier one of it, and how many others to rows held before."""

    duplicate_rows: int
    known_rows: int


def count_overlap(
    part: Path, held: Sequence[Path], fields: Mapping[str, Field], *, rows: int, folder: Path
) -> Overlap:
    """Compares rows in every field; what is missing equals what is missing.

    Args:
        part: the new rows, Parquet in ``folder``.
        held: parts that may hold some of them, in ``folder`` too; they may lack fields that came later.
        fields: the fields that are compared.
        rows: how many rows ``part`` has.
        folder: where DuckDB may work.
    """
    with database(folder, memory_mb=MEMORY_MB) as connection:
        own = _distinct([part], fields)
        [(different,)] = connection.execute(f"SELECT count(*) FROM ({own})").fetchall()  # noqa: S608
        if not held:
            return Overlap(rows - different, 0)
        both = f"SELECT count(*) FROM ({own} INTERSECT {_distinct(held, fields)})"  # noqa: S608
        [(known,)] = connection.execute(both).fetchall()
        return Overlap(rows - different, known)


def _distinct(parts: Sequence[Path], fields: Mapping[str, Field]) -> str:
    files = ", ".join(text(str(part)) for part in parts)
    chosen = ", ".join(f"CAST({quoted(f)} AS {SQL_TYPES[d.type]}) AS {quoted(f)}" for f, d in fields.items())
    nothing = ", ".join(f"CAST(NULL AS {SQL_TYPES[d.type]}) AS {quoted(f)}" for f, d in fields.items())
    return (
        f"SELECT DISTINCT {chosen} FROM (SELECT * FROM read_parquet([{files}], union_by_name = true) "  # noqa: S608
        f"UNION ALL BY NAME SELECT {nothing} WHERE false)"
    )
