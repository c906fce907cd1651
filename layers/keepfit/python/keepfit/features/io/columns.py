"""Matches the columns of a file with fields, however its header writes the names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keepfit.errors import RefusedUpload

_MAX_NAMED = 50


def plain(name: str) -> str:
    """A name without capitals, surrounding blanks and byte order mark.

    >>> plain(" Late ")
    'late'
    """
    return name.replace("\ufeff", "").strip().casefold()


def lacking(fields: Collection[str], columns: Collection[str]) -> list[str]:
    """The fields that match no column."""
    found = {plain(column) for column in columns}
    return [field for field in fields if plain(field) not in found]


def places(fields: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The position of each field's column: that of its exact name, or the only similar one.

    Raises:
        RefusedUpload: a field has no column, or more than one.

    >>> places(["late", "carrier"], ["Carrier", "late", "LATE"])
    [1, 0]
    """
    missing = lacking(fields, columns)
    if missing:
        raise RefusedUpload(
            f"has no column {', '.join(missing)}; its columns are {', '.join(columns[:_MAX_NAMED]) or 'none'}"
        )
    alike: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        alike.setdefault(plain(column), []).append(place)
    return [_place(field, columns, alike[plain(field)]) for field in fields]


def _place(field: str, columns: Sequence[str], found: list[int]) -> int:
    exact = [place for place in found if columns[place] == field]
    chosen = exact or found
    if len(chosen) == 1:
        return chosen[0]
    if exact:
        raise RefusedUpload(f"names the column {field!r} twice; rename one of the columns")
    names = " and ".join(repr(columns[place]) for place in found)
    raise RefusedUpload(f"has the columns {names}, of which each could be {field}; rename one to {field}")
