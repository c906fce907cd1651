"""Mergeable profiles: how often a column has which values, in bins that are the same for every upload.

Numbers are counted in bins whose ends differ by a tenth, so that any two profiles add up and any quantile is known to
5 % of itself.

Source: Masson, Rim, Lee, DDSketch: A fast and fully-mergeable quantile sketch (2019).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

GAMMA: Final = 1.1
"""The upper end of a bin of numbers by its lower end."""
ZERO: Final = "0"
"""The bin of zero; others are a sign and the exponent of their upper end, such as "+12" and "--3"."""
MAX_VALUES: Final = 100
"""Of a category, so many values are counted by name, the most frequent."""


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A column of ``rows`` rows, of which ``missing`` have no value.

    ``counts`` are of bins of numbers or of values, as ``kind`` says, and ``others`` of values that are not named.
    """

    kind: Literal["numbers", "values", "none"]
    rows: int
    missing: int
    counts: dict[str, int] = {}
    others: int = 0


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of an upload, or of several."""

    rows: int
    columns: dict[str, ColumnProfile]


def merge(profiles: Iterable[Profile]) -> Profile:
    """The profile of all rows together; a column has the rows of those profiles that hold it.

    >>> one = Profile(rows=2, columns={"a": ColumnProfile(kind="values", rows=2, missing=1, counts={"x": 1})})
    >>> merge([one, one]).columns["a"].counts
    {'x': 2}
    """
    every = [*profiles]
    names = dict.fromkeys(name for profile in every for name in profile.columns)
    columns = {name: _merged([p.columns[name] for p in every if name in p.columns]) for name in names}
    return Profile(rows=sum(profile.rows for profile in every), columns=columns)


def _merged(columns: list[ColumnProfile]) -> ColumnProfile:
    """The columns of the newest kind; one that had another type before has no past."""
    kind = columns[-1].kind
    alike = [column for column in columns if column.kind == kind]
    counts: dict[str, int] = {}
    for column in alike:
        for name, count in column.counts.items():
            counts[name] = counts.get(name, 0) + count
    kept, others = named(counts) if kind == "values" else (counts, 0)
    return ColumnProfile(
        kind=kind,
        rows=sum(column.rows for column in alike),
        missing=sum(column.missing for column in alike),
        counts=kept,
        others=others + sum(column.others for column in alike),
    )


def named(counts: dict[str, int]) -> tuple[dict[str, int], int]:
    """The most frequent values, and how often all others occur."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dict(ordered[:MAX_VALUES]), sum(count for _, count in ordered[MAX_VALUES:])


def upper_end(name: str) -> float:
    """The end of a bin of numbers that is farther from zero.

    >>> upper_end("0"), round(upper_end("+0"), 3), round(upper_end("-24"), 3)
    (0.0, 1.0, -9.85)
    """
    if name == ZERO:
        return 0.0
    return (1 if name[0] == "+" else -1) * GAMMA ** int(name[1:])
