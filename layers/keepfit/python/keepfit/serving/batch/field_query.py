"""The SQL of one field: its cells' texts, their values, and the reasons why some are refused."""

from __future__ import annotations

from typing import Final, NamedTuple

from keepfit.errors import RefusedUpload
from keepfit.features.schema.cells import cell_reader, flaw_sql
from keepfit.features.schema.signature import Column
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.features.schema.words import words
from keepfit.features.sql_literals import text

NOT_UTF8: Final = "is not UTF-8"
_PARTS = ("STRUCT", "MAP", "UNION", "VARIANT")
# Of more categories, each cell would take longer than it saves.
_MAX_LISTED = 64


class Cell(NamedTuple):
    """A column of the part that a field is read from: its SQL name, and its DuckDB type."""

    name: str
    kind: str


class FieldQuery:
    """SQL of the field ``number``, whose ``cell`` is None where the file has no such column.

    Each of the ``steps`` to a value may use the columns of those before it: the place of a known category, the text,
    what is parsed of it, the value of another category, the value; ``reason`` comes after them. What nothing uses is
    not computed.

    Raises:
        RefusedUpload: the column holds values inside of values, where the field has none.
    """

    def __init__(self, number: int, column: Column, cell: Cell | None) -> None:
        self.column, self.name = column, f"v{number}"
        self._kind, self._number = type_of(column.type), number
        self._cell = cell or Cell("CAST(NULL AS VARCHAR)", "VARCHAR")
        self._native = self._kind.native_sql(column, *self._cell)
        if self._cell.kind.startswith(_PARTS) or (self._cell.kind.endswith("]") and not self._kind.is_list):
            raise RefusedUpload(
                f"column {column.name} is a {self._cell.kind}; a batch reads plain numbers, texts, truths and times, "
                "and lists of numbers for vectors"
            )
        self.known = _known(column) if self._cell.kind == "VARCHAR" else []
        """The categories that are good as they stand, in the order of ``place``, which counts from 1."""
        self.place = f"g{number}" if self.known else None
        self.other = f"w{number}"
        """The value of a category that is not known as it stands, and NULL for one that is."""

    @property
    def steps(self) -> tuple[str | None, str | None, str, str | None, str]:
        """What each step adds to a query."""
        n = self._number
        value = self._kind.value_sql(self.column, f"s{n}")
        found = f"coalesce(list_position([{', '.join(map(text, self.known))}], {self._cell.name}), 0) AS g{n}"
        return (
            found if self.known else None,
            None if self._native else f"{self._text} AS t{n}",
            f"{self._unless_known(self._native or self._kind.parsed_sql(self.column, f't{n}'))} AS s{n}",
            f"{value} AS {self.other}" if self.place else None,
            f"CASE WHEN {self.place} > 0 THEN {self._cell.name} ELSE {self.other} END AS v{n}"
            if self.place
            else f"{value} AS v{n}",
        )

    @property
    def is_native(self) -> bool:
        """Whether values are taken as they are in the file."""
        return self._native is not None

    @property
    def number(self) -> str:
        """The value as a number, whatever says that it is missing; NaN does so by itself."""
        plain = self.is_native and self._kind.storage == "DOUBLE" and not words(self.column.missing)
        return f"s{self._number}" if plain else self.name

    @property
    def good(self) -> str:
        """A condition that holds of no refused cell, and of nearly all others; ``reason`` takes longer."""
        if self._kind.made_by(self.column) is not None:
            return "true"
        # What is read as it is and is no value, is missing. Of a time, there may be another reason.
        missing = self.name if self._native and not self._kind.is_instant else self._cell.name
        good = self._kind.good_sql(self.column, self.other if self.place else self.name)
        good = f"({self.place} > 0 OR {good})" if self.place else good
        good = f"({good} OR {missing} IS NULL)" if self.column.nullable else good
        return f"coalesce({good}, false)"

    @property
    def shown(self) -> str:
        """The text of a cell. Of a value that is taken as it is, it is made only where it is needed."""
        return self._text if self._native else f"t{self._number}"

    @property
    def _text(self) -> str:
        name, kind = self._cell
        if kind == "BLOB":  # a text without its annotation
            return f"nullif(TRY(decode({name})), '')"
        spelled = name if kind == "VARCHAR" else self._kind.spelled_sql(self.column, name, kind)
        return f"nullif({spelled}, '')"

    @property
    def reason(self) -> str:
        """Why a cell is refused; NULL where it is not, or only Python reads it."""
        n = self._number
        if self._kind.made_by(self.column) is not None:
            return "CAST(NULL AS VARCHAR)"
        reason = flaw_sql(self.column, text=self.shown, parsed=f"s{n}", value=f"v{n}")
        if self._cell.kind == "BLOB":
            name = self._cell.name
            undecodable = f"{name} IS NOT NULL AND TRY(decode({name})) IS NULL"
            return f"CASE WHEN {undecodable} THEN {text(NOT_UTF8)} ELSE {reason} END"
        return reason

    def _unless_known(self, parsed: str) -> str:
        return f"CASE WHEN {self.place} = 0 THEN {parsed} END" if self.place else parsed


def _known(column: Column) -> list[str]:
    """The categories of a vocabulary that a cell may hold as they are."""
    if type_of(column.type).encoding != "code" or len(column.vocabulary or []) > _MAX_LISTED:
        return []
    read = cell_reader(column)

    def is_itself(value: str) -> bool:
        try:
            return bool(value) and read(value) == value
        except BadCell:
            return False

    return [value for value in column.vocabulary or [] if is_itself(value)]
