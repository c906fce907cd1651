"""Measures the profile of a part by DuckDB, a query for each column, so that memory is bounded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from keepfit.features.profiles.profile import GAMMA, MAX_VALUES, ZERO, ColumnProfile, Profile
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text

# A value's text in a profile; a category may have a thousand letters.
_MAX_LENGTH: Final = 100


def measure(connection: Any, part: Path, dataset: DatasetDefinition) -> Profile:
    """The profile of the rows of a part, Parquet in a folder that ``connection`` may read."""
    rows = f"read_parquet({text(str(part))})"
    [(count,)] = connection.execute(f"SELECT count(*) FROM {rows}").fetchall()  # noqa: S608
    columns = {}
    for name, field in dataset.fields.items():
        match type_of(field.type).profile:
            case "numbers":
                columns[name] = _counted(connection, rows, count, "numbers", _bin(quoted(name)))
            case "truths" | "categories":
                value = f"left(CAST({quoted(name)} AS VARCHAR), {_MAX_LENGTH})"
                columns[name] = _counted(connection, rows, count, "values", value)
            case None:
                missing = f"SELECT count(*) - count({quoted(name)}) FROM {rows}"  # noqa: S608
                [(gaps,)] = connection.execute(missing).fetchall()
                columns[name] = ColumnProfile(kind="none", rows=count, missing=gaps)
    return Profile(rows=count, columns=columns)


def _bin(value: str) -> str:
    """SQL for the bin of a number; see ``profile``."""
    exponent = f"CAST(CAST(ceil(ln(abs(CAST({value} AS DOUBLE))) / ln({GAMMA})) AS INTEGER) AS VARCHAR)"
    return (
        f"CASE WHEN {value} = 0 THEN {text(ZERO)} WHEN {value} > 0 THEN '+' || {exponent} "
        f"WHEN {value} < 0 THEN '-' || {exponent} END"
    )


def _counted(
    connection: Any, rows: str, count: int, kind: Literal["numbers", "values"], value: str
) -> ColumnProfile:
    """One pass: missing values first, then the most frequent, of which all are bins or some are values.

    A field may have any name that does not begin with an underscore.
    """
    limit = f" LIMIT {MAX_VALUES + 1}" if kind == "values" else ""
    found = connection.execute(
        f"SELECT {value} AS _value, count(*) AS _times FROM {rows} GROUP BY _value "  # noqa: S608
        f"ORDER BY _value IS NULL DESC, _times DESC, _value{limit}"
    ).fetchall()
    missing = sum(times for name, times in found if name is None)
    there = [(name, times) for name, times in found if name is not None]
    counts = dict(there[:MAX_VALUES] if kind == "values" else there)
    return ColumnProfile(
        kind=kind, rows=count, missing=missing, counts=counts, others=count - missing - sum(counts.values())
    )
