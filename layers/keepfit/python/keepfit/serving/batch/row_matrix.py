"""The float32 rows that a model reads, made of whole columns.

What is computed here equals what ``serving.inference.encode_rows`` computes row by row: most of it is done by the same
functions, and property tests hold the rest to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import nanoarrow
import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidModel
from keepfit.features.encoding.codes import MISSING, OTHER, Codes
from keepfit.features.encoding.instants import NO_INSTANT, read_instants
from keepfit.features.encoding.matrix import encode_column
from keepfit.features.encoding.numbers import Numbers, numbers_of, parts_of
from keepfit.features.io.records import MAX_VALUE_LENGTH
from keepfit.features.offline.arrow import column_of, lists_of
from keepfit.features.offline.columns import Texts, Values
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.signature import Signature
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.features.schema.types.number import number_range
from keepfit.features.sql_literals import text
from keepfit.serving.batch.field_query import FieldQuery
from keepfit.serving.batch.row_query import RowQuery

Array = npt.NDArray[Any]
Numbered = Callable[[nanoarrow.Array], Array]
"""A column of a batch to its numbers: (rows,) for one, (rows, numbers) for several."""


class RowProblem(NamedTuple):
    """A flaw of a row that only Python reads: its place in the batch, the field, the reason, the text."""

    place: int
    field: str
    reason: str
    value: str | None


class RowMatrix:
    """Makes rows of the columns that ``terms`` ask of a query."""

    def __init__(self, signature: Signature, query: RowQuery) -> None:
        self._columns = [numbers_of(column) for column in signature.model_columns]
        self.width = sum(len(column.numbers) for column in self._columns)
        self._problems: list[RowProblem] = []
        lanes = [self._lane(column, query) for column in self._columns]
        self.terms = [term for term, _ in lanes]
        self._numbered = [numbered for _, numbered in lanes]
        self._bounds = [_bounds(column, query.fields.get(column.column.name)) for column in self._columns]
        self.checked = frozenset(
            column.column.name
            for column, bounds in zip(self._columns, self._bounds, strict=True)
            if bounds is not None
        )
        """The fields of which ``good`` says whether any cell may be refused: it takes less here than in SQL."""

    def numbers(self, columns: Sequence[nanoarrow.Array]) -> tuple[list[Array], list[RowProblem]]:
        """The numbers of each column of a batch, and what is wrong with rows that only Python reads."""
        self._problems = []
        found = [number(array) for number, array in zip(self._numbered, columns, strict=True)]
        return found, self._problems

    def good(self, numbers: Sequence[Array]) -> bool:
        """Whether no cell of the ``checked`` fields can be refused."""
        return all(
            _within(values, bounds, nullable=column.column.nullable)
            for column, bounds, values in zip(self._columns, self._bounds, numbers, strict=True)
            if bounds is not None
        )

    def rows(self, numbers: Sequence[Array], start: int, end: int) -> npt.NDArray[np.float32]:
        """(end - start, width) some rows of a batch; few stay in the cache while they are filled in."""
        rows, first = np.empty((end - start, self.width), dtype=np.float32), 0
        with np.errstate(over="ignore", invalid="ignore"):  # of rows that are refused
            for column, values in zip(self._columns, numbers, strict=True):
                width = len(column.numbers)
                rows[:, first : first + width] = values[start:end].reshape(-1, width)
                first += width
        return rows

    def _lane(self, column: Numbers, query: RowQuery) -> tuple[str, Numbered]:
        """The term of the query for a column, and what makes numbers of it."""
        field, name = column.column, query.names[column.column.name]
        kind, width = type_of(field.type), len(column.numbers)
        if kind.made_by(field) is not None:
            return query.fields[field.name].shown, lambda array: self._made(array, column)
        if kind.is_list:
            return name, lambda array: _vectors(array, width)
        if kind.is_instant:
            read = read_instants(field.calendar or "UTC", parts_of(field))
            return f"coalesce(epoch_us({name}), {NO_INSTANT})", lambda array: read(_numbers(array))
        asked = query.fields.get(field.name)
        if column.read is None and column.codes is None:
            name = asked.number if asked else name
            return f"coalesce(CAST({name} AS DOUBLE), CAST('NaN' AS DOUBLE))", _numbers
        if column.read is None and column.codes is not None and asked and asked.place:
            return _code_sql(column.codes, asked), _numbers
        return name, lambda array: encode_column(_texts(array), column)

    def _made(self, array: nanoarrow.Array, column: Numbers) -> Array:
        """Vectors of what only Python reads, such as pictures."""
        field = column.column
        read, rows = cell_reader(field), np.full((len(array), len(column.numbers)), np.nan)
        for place, cell in enumerate(_texts(array)):
            try:
                value = read(cell)
            except BadCell as flaw:
                shown = None if cell is None else cell[:MAX_VALUE_LENGTH]
                self._problems.append(RowProblem(place, field.name, str(flaw), shown))
            else:
                rows[place] = np.nan if value is None else value
        return rows


def _bounds(column: Numbers, field: FieldQuery | None) -> tuple[float, float] | None:
    """Between what a number is good, where it is taken as it is in the file."""
    if field is None or not field.is_native or len(column.numbers) > 1:
        return None
    return number_range(column.column) if type_of(column.column.type).is_number else (0.0, 1.0)


def _within(values: Array, bounds: tuple[float, float], *, nullable: bool) -> bool:
    low, high = bounds
    good = (values >= low) & (values <= high)
    return bool(good.all() or (nullable and (good | np.isnan(values)).all()))


def _code_sql(codes: Codes, field: FieldQuery) -> str:
    """The code of a category; see ``Codes``. One that is known as it stands needs no other look."""
    known = ", ".join(_double(codes[value]) for value in field.known)
    every = {value: code for value, code in codes.items() if isinstance(value, str)}
    place = f"list_position([{', '.join(map(text, every))}], {field.other})"
    other = f"list_extract([{', '.join(map(_double, every.values()))}], {place})"
    return (
        f"CASE WHEN {field.place} > 0 THEN list_extract([{known}], {field.place}) "
        f"WHEN {field.other} IS NULL THEN {_double(MISSING)} ELSE coalesce({other}, {_double(OTHER)}) END"
    )


def _double(value: float) -> str:
    return f"CAST({value!r} AS DOUBLE)"


def _numbers(array: nanoarrow.Array) -> Array:
    column = column_of(array)
    if not isinstance(column, Values):
        raise InvalidModel(
            "a column of texts is no column of numbers; a fault of keepfit, which should be reported"
        )
    return column.values


def _texts(array: nanoarrow.Array) -> list[str | None]:
    column = column_of(array)
    if not isinstance(column, Texts):
        raise InvalidModel(
            "a column of numbers is no column of texts; a fault of keepfit, which should be reported"
        )
    bounds, data = column.bounds.tolist(), column.data
    found: list[str | None] = [data[start:end].decode() for start, end in pairwise(bounds)]
    if column.present is not None:
        for place in np.flatnonzero(~column.present).tolist():
            found[place] = None
    return found


def _vectors(array: nanoarrow.Array, width: int) -> Array:
    bounds, values = lists_of(array)
    rows = np.full((len(array), width), np.nan)
    whole = np.flatnonzero(np.diff(bounds) == width)
    rows[whole] = values.values[bounds[whole][:, None] + np.arange(width)]
    return rows
