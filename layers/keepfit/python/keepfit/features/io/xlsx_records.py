"""Records of a sheet: the header, and below it a record in each row that holds something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import chain, islice
from typing import Any

from keepfit.errors import RefusedUpload
from keepfit.features.io.columns import lacking
from keepfit.features.io.records import Batch, batch, flawed, good, quoted
from keepfit.features.io.xlsx_sheets import Row

# People write a title above a table, but no more than so many rows of it.
_MAX_ABOVE = 20
_BATCH = 2000
# See ``csv_records``.
_MAX_RECORD_LENGTH = 2**20


class XlsxRecords:
    """The records of a sheet's rows; reads the header at once.

    That is the row with most ``fields``; without fields the row with most texts, in which nothing else is.

    ``spelled`` has, by the place of a column, what makes texts of its values that are none, where that is not usual.

    Raises:
        RefusedUpload: there is no header.
    """

    def __init__(self, rows: Iterator[Row], fields: Sequence[str]) -> None:
        above = list(islice(rows, _MAX_ABOVE))
        if not above:
            raise RefusedUpload("holds no rows; fill the first sheet, or name another by sheet = '...'")
        named = [_names(values) for _, values in above]
        place = min(
            range(len(above)),
            key=lambda n: len(lacking(fields, named[n])) if fields else -_texts(above[n][1]),
        )
        self.columns = tuple(named[place])
        self._rows = chain(above[place + 1 :], rows)
        self.spelled: Mapping[int, Callable[[Any], str]] = {}

    @property
    def unnamed(self) -> int:
        """A value beside the table is a flaw of its row."""
        return 0

    def batches(self) -> Iterator[Batch]:
        """Every record; see ``records``."""
        while rows := list(islice(self._rows, _BATCH)):
            yield batch([self._record(number, values) for number, values in rows])

    def _record(self, number: int, values: Sequence[Any]) -> str:
        width = len(self.columns)
        beside = next(
            (value for place, value in enumerate(values) if value is not None and not self._is_named(place)),
            None,
        )
        texts = [self._text(place, value) for place, value in enumerate(values[:width])]
        texts += [""] * (width - len(texts))
        if beside is not None:
            reason = "has a value in a column to which the header gives no name"
            return flawed(number, reason, str(beside), columns=width)
        if sum(map(len, texts)) > _MAX_RECORD_LENGTH:
            return flawed(number, f"is longer than {_MAX_RECORD_LENGTH // 1024:,} KiB", columns=width)
        return good(number, texts)

    def _text(self, place: int, value: Any) -> str:
        """A cell as CSV; empty for none."""
        if value is None or value == "":
            return ""
        spelled = shown if isinstance(value, (str, bool)) else self.spelled.get(place, shown)
        return quoted(spelled(value))

    def _is_named(self, place: int) -> bool:
        return place < len(self.columns) and bool(self.columns[place])


def _texts(values: Sequence[Any]) -> int:
    there = [value for value in values if value is not None]
    return len(there) if all(isinstance(value, str) for value in there) else 0


def _names(values: Sequence[Any]) -> list[str]:
    names = ["" if value is None else shown(value).strip() for value in values]
    while names and not names[-1]:
        names.pop()
    return names


def shown(value: Any) -> str:
    """A value as text; an instant in ISO 8601, and a day without its midnight."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)
