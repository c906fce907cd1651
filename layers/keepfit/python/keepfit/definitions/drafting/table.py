"""A table as it is known before anything is decided: its columns, and what each of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the different texts of a column are made of.

    Args:
        per_text: how many words a text has, on average.
        letters_per_text: how many characters, likewise.
        longest: how many the longest has.
        new: the share of words that no other place of the sample has: near 1 for codes and names, small for language.
    """

    per_text: float
    letters_per_text: float
    longest: int
    new: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a file.

    Args:
        place: which column of the file it is, from 0.
        name: what the header calls it.
        field: how its texts are read; nullable where a value is missing.
        rows: how many rows the file has.
        present: how many of them have a value.
        distinct: how many different values those are.
        least: the smallest number, or the earliest instant in seconds since 1970; None for other types.
        most: the largest, likewise.
        common: the most common values as texts with how many rows have them, the most common first.
        counts: whether it is a whole number that goes up from row to row, or counts without a gap.
        words: of a column of words with many values, what they are made of.
        note: what somebody may wonder at in how it is read.
        doubt: how else it could be read, where nothing but a person knows.
    """

    place: int
    name: str
    field: Field
    rows: int
    present: int
    distinct: int
    least: float | None
    most: float | None
    common: tuple[tuple[str, int], ...]
    counts: bool
    words: Words | None
    note: str = ""
    doubt: str = ""

    @property
    def is_number(self) -> bool:
        return type_of(self.field.type).is_number

    @property
    def is_whole(self) -> bool:
        return self.field.type == "int"

    @property
    def is_text(self) -> bool:
        return self.field.type == "text"

    @property
    def is_words(self) -> bool:
        """Whether its values have no order."""
        return type_of(self.field.type).expression == "text"

    @property
    def share_distinct(self) -> float:
        """Of the rows that have a value, the share of different values: 1 where no two are alike."""
        return self.distinct / self.present if self.present else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The columns of a file by their names, in its order; ``unusable`` says why others are no columns.

    ``encoding`` is how the file is encoded, where that has to be declared.
    """

    rows: int
    unreadable: int
    columns: Mapping[str, Column]
    unusable: Mapping[str, str]
    encoding: str | None = None
