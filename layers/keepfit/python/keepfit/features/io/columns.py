"""Matches the columns of a file with fields, however its header writes the names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

_MAX_NAMED = 50
_joined = re.compile(r"[\s_-]+").sub


class Matched(NamedTuple):
    """The position of each field's column, None where it has none, and what is wrong with those."""

    places: list[int | None]
    mistakes: list[str]


def plain(name: str) -> str:
    """A name without capitals, surrounding blanks and byte order mark.

    >>> plain(" Late ")
    'late'
    """
    return name.replace("\ufeff", "").strip().casefold()


# Keys of JSON come with every object, and may be long.
@lru_cache(maxsize=256)
def loose(name: str) -> str:
    """A plain name in which blanks, hyphens and underscores are one.

    >>> {loose(name) for name in ("Income  > 50K", "income_>_50k", " INCOME->-50K")}
    {'income_>_50k'}
    """
    return _joined("_", plain(name))


def matching(fields: Sequence[str], columns: Sequence[str]) -> list[list[int]]:
    """The positions of the columns that each field may mean.

    Those of its exact name, or else those of a loosely equal one that are not exactly another field's.

    >>> matching(["late", "take_off"], ["LATE", "Late ", "Take-Off"])
    [[0, 1], [2]]
    """
    exact: dict[str, list[int]] = {}
    similar: dict[str, list[int]] = {}
    named = set(fields)
    for place, column in enumerate(columns):
        if column in named:
            exact.setdefault(column, []).append(place)
        else:
            similar.setdefault(loose(column), []).append(place)
    return [exact.get(field) or similar.get(loose(field), []) for field in fields]


def lacking(fields: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The fields that match no column."""
    return [field for field, found in zip(fields, matching(fields, columns), strict=True) if not found]


def match(fields: Sequence[str], columns: Sequence[str]) -> Matched:
    """Finds each field's column: that of its exact name, or the only similar one.

    >>> match(["late", "carrier"], ["Carrier", "late", "LATE"]).places
    [1, 0]
    """
    found = matching(fields, columns)
    taken: dict[int, list[str]] = {}
    for field, places in zip(fields, found, strict=True):
        for place in places:
            taken.setdefault(place, []).append(field)
    mistakes = [_missing(missing, columns)] if (missing := lacking(fields, columns)) else []
    mistakes += [
        _ambiguous(field, [columns[place] for place in places])
        for field, places in zip(fields, found, strict=True)
        if len(places) > 1
    ]
    mistakes += [
        f"has the column {columns[place]!r}, which could be {' or '.join(both)}; name it as its field"
        for place, both in taken.items()
        if len(both) > 1
    ]
    chosen = [places[0] if len(places) == 1 and len(taken[places[0]]) == 1 else None for places in found]
    return Matched(chosen, mistakes)


def near_names(field: str, columns: Collection[str]) -> list[str]:
    """The columns whose names a person may have meant, the nearest first.

    >>> near_names("distance", ["Distanz", "dist", "seats"])
    ['Distanz', 'dist']
    """
    names = {loose(column): column for column in reversed(list(columns))}
    wanted = loose(field)
    begun = [name for name in names if min(len(name), len(wanted)) > 2 and (wanted in name or name in wanted)]
    return [names[name] for name in dict.fromkeys([*get_close_matches(wanted, names, cutoff=0.7), *begun])][
        :3
    ]


def _missing(missing: Sequence[str], columns: Sequence[str]) -> str:
    return f"has no column {', '.join(missing)}; its columns are {', '.join(columns[:_MAX_NAMED]) or 'none'}"


def _ambiguous(field: str, columns: Sequence[str]) -> str:
    if columns[0] == field:
        return f"names the column {field!r} twice; rename one of the columns"
    names = " and ".join(map(repr, columns))
    return f"has the columns {names}, of which each could be {field}; rename one to {field}"
