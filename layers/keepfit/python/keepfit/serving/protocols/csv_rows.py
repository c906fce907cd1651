"""CSV as spreadsheets save it: a header and a line for each instance, answered in the same form."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, ClassVar, Final

from keepfit.errors import InvalidRequest
from keepfit.features.io.columns import lacking, match
from keepfit.serving.inference.instances import DecodedRequest, InstanceDecoder
from keepfit.serving.protocols.base import TextResponses
from keepfit.tasks.answers import Answer

_DELIMITERS: Final = ",;\t|"


class CsvRows(TextResponses):
    """See ``base.RequestProtocol``.

    The header's names are matched as those of an upload are, and columns of other names are left out: a sheet has more
    than a model reads. Cells are read as an upload's; an empty one is missing.
    """

    __slots__ = ("_left_out", "_names", "_read")

    headers: ClassVar[Mapping[str, str]] = {"content-type": "text/csv; charset=utf-8; header=present"}

    def __init__(self, decoder: InstanceDecoder) -> None:
        self._left_out = decoder.left_out
        self._names = [column.name for column in decoder.columns if column.name not in self._left_out]
        self._read = decoder.read

    def decode(self, body: bytes | str) -> DecodedRequest:
        header, *lines = self._lines(_text(body))
        names = self._names
        if self._left_out:
            names = [*names, *(self._left_out - {*lacking([*self._left_out], header)})]
        matched = match(names, header)
        if matched.mistakes:
            raise _invalid(f"the CSV {'; '.join(matched.mistakes)}")
        places = [place for place in matched.places if place is not None]
        return DecodedRequest(
            self._read(
                [
                    {name: line[place] or None for name, place in zip(names, places, strict=True)}
                    for line in lines
                ]
            )
        )

    def encode(self, answer: Answer) -> str:
        columns = {name: _written(values) for name, values in answer.columns().items()}
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([*columns, "model_version"])
        writer.writerows(zip(*columns.values(), repeat(answer.model_version)))
        return text.getvalue()

    def _lines(self, text: str) -> list[list[str]]:
        """The header and the lines that hold anything, parted by what gives the most names."""
        first = text.lstrip().partition("\n")[0]
        delimiter = min(_DELIMITERS, key=lambda each: len(lacking(self._names, _parted(first, each))))
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            lines = [line for line in reader if line]
        except csv.Error as error:
            raise _invalid(f"line {reader.line_num} of the CSV cannot be read: {error}") from error
        if not lines:
            raise _invalid(
                "the CSV is empty: send a header with the names of fields, and a line for each row"
            )
        wrong = next((n for n, line in enumerate(lines[1:]) if len(line) != len(lines[0])), None)
        if wrong is not None:
            values, names = len(lines[wrong + 1]), len(lines[0])
            raise _invalid(f"row {wrong} of the CSV has {values} values where the header names {names}")
        return lines


PROTOCOL: Final = CsvRows


def _text(body: bytes | str) -> str:
    if isinstance(body, str):
        return body.removeprefix("\ufeff")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(f"the CSV is not UTF-8: {error}; save it as UTF-8") from error


def _parted(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []


def _written(values: Sequence[Any]) -> list[Any]:
    """Values as JSON writes them: true, not True."""
    return [str(value).lower() if isinstance(value, bool) else value for value in values]


def _invalid(message: str) -> InvalidRequest:
    return InvalidRequest(message, code="invalid_csv")
