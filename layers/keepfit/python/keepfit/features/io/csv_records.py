"""CSV: commas, or the header's delimiter; double quotes; an empty value is missing.

Most blocks hold no quote at all, and pass with a count of commas; others are read at once by ``csv``. Where either
meets anything unusual, the block is read again record by record, so that a quote that is never closed, or a missing
value, is reported with the line where its record began.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence

from keepfit.errors import RefusedUpload
from keepfit.features.io.columns import lacking
from keepfit.features.io.encodings import DECLARE
from keepfit.features.io.lines import Block, Line, Stream, blocks
from keepfit.features.io.orange_header import are_types_and_flags
from keepfit.features.io.records import Batch, batch, flawed, good, quoted, unreadable

_OTHER_DELIMITERS = ";\t|"
_match_declared = re.compile(r"(?i:sep)=([,;\t|])").fullmatch
# A record that goes on for more lines has lost a closing quote.
_MAX_LINES = 200
# DuckDB reads lines of 16 MiB, in which a letter may take four bytes, and a quote twice as many.
_MAX_RECORD_LENGTH = 2**20


class UndecodedHeader(RefusedUpload):
    """The header is in an encoding that is not declared."""


class CsvRecords:
    """The records of a CSV stream; reads the header at once.

    Columns are parted by commas, or by what parts a header with all ``fields`` where commas do not. ``unnamed`` is how
    many columns at the end have no name: spreadsheets write such columns, and nothing in them.

    Raises:
        RefusedUpload: there is no header, or it cannot be read.
    """

    def __init__(self, stream: Stream, fields: Sequence[str]) -> None:
        self._delimiter = ","
        self._blocks = blocks(stream)
        self._waiting: deque[Line] = deque()
        self.columns = self._header(fields)

    @property
    def unnamed(self) -> int:
        return len(self.columns) - max((n for n, name in enumerate(self.columns, 1) if name), default=0)

    def batches(self) -> Iterator[Batch]:
        """Every record after the header; see ``records``."""
        yield self._careful()
        for block in self._blocks:
            made = self._plain(block) or self._quoted(block)
            if made is None:
                self._waiting.extend(block.lines())
                made = self._careful()
            yield made

    def _plain(self, block: Block) -> Batch | None:
        """A block without quotes, whose lines all have the header's number of values; else None."""
        if (
            self._delimiter != "," or b'"' in block.data or b"\r" in block.data
        ):  # DuckDB would end a line at a bare CR
            return None
        texts = block.plain()
        if texts is None or "" in texts or {text.count(",") for text in texts} != {len(self.columns) - 1}:
            return None
        return batch([f"{number},,,,{text}" for number, text in enumerate(texts, block.first)])

    def _quoted(self, block: Block) -> Batch | None:
        """A block of whole, valid records; None for any other."""
        texts = None if b"\r" in block.data else block.plain()
        if texts is None:
            return None
        reader = csv.reader([f"{text}\n" for text in texts], delimiter=self._delimiter, strict=True)
        records, read = [], 0
        try:
            for values in reader:
                if len(values) == len(self.columns) and reader.line_num - read <= _MAX_LINES:
                    records.append((block.first + read, None, None, None, *values))
                elif values:
                    return None
                read = reader.line_num
        except csv.Error:
            return None
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(records)
        return Batch(len(records), text.getvalue())

    def _careful(self) -> Batch:
        found = []
        while line := self._next():
            if line.text is None:
                found.append(unreadable(line, columns=len(self.columns)))
            elif line.text:
                found.append(self._record(line))
        return batch(found)

    def _record(self, line: Line) -> str:
        values = self._values(line)
        if values is None:
            reason = "a quoted value is not closed as CSV requires"
        elif len(values) != len(self.columns):
            reason = f"has {len(values)} values where the header names {len(self.columns)}"
        elif sum(map(len, values)) > _MAX_RECORD_LENGTH:
            reason = f"is longer than {_MAX_RECORD_LENGTH // 1024:,} KiB"
        else:
            return good(line.number, [quoted(value) if value else "" for value in values])
        return flawed(line.number, reason, line.text or "", columns=len(self.columns))

    def _values(self, line: Line) -> list[str] | None:
        """The record that begins at ``line`` and may span several; None for unbalanced quotes.

        The lines after a record that is not closed are read again, as records of their own.
        """
        text = line.text or ""
        if '"' not in text:
            return text.split(self._delimiter)
        more: list[Line] = []
        reader = csv.reader(self._following(text, more), delimiter=self._delimiter, strict=True)
        try:
            return next(reader)
        except csv.Error:
            self._waiting.extendleft(reversed(more))
            return None

    def _following(self, text: str, more: list[Line]) -> Iterator[str]:
        yield f"{text}\n"
        while len(more) < _MAX_LINES - 1 and (line := self._next(refill=True)):
            more.append(line)
            if line.text is None:
                return
            yield f"{line.text}\n"

    def _next(self, *, refill: bool = False) -> Line | None:
        if not self._waiting and refill:
            block = next(self._blocks, None)
            self._waiting.extend(block.lines() if block else ())
        return self._waiting.popleft() if self._waiting else None

    def _header(self, fields: Sequence[str]) -> tuple[str, ...]:
        while line := self._next(refill=True):
            if line.text is None:
                if line.shown:
                    raise UndecodedHeader(f"the header {line.flaw}; {DECLARE}")
                raise RefusedUpload(
                    f"the header {line.flaw}; upload a CSV file with a header line, saved as UTF-8"
                )
            if not line.text.strip():
                continue
            declared = declared_delimiter(line.text)
            if declared:
                self._delimiter, fields = declared, ()
                continue
            names = self._parted_otherwise(line.text, fields) or self._values(line)
            if not names:
                raise RefusedUpload("the quotes of the header do not match; write it as CSV requires")
            if self._delimiter == "\t":
                self._skip_types(len(names))
            return tuple(name.strip() for name in names)
        raise RefusedUpload("is empty; upload a CSV file with a header line and rows")

    def _skip_types(self, columns: int) -> None:
        """Skips the lines of types and flags that Orange writes below a header; puts any others back."""
        below = [line for _ in range(2) if (line := self._next(refill=True))]
        cells = [(line.text or "").split("\t") for line in below]
        if not are_types_and_flags(cells, columns):
            self._waiting.extendleft(reversed(below))

    def _parted_otherwise(self, header: str, fields: Sequence[str]) -> list[str] | None:
        """The header's names, and sets the delimiter that gives more fields than commas."""
        fewest, names = len(lacking(fields, _split(header, ","))), None
        for delimiter in _OTHER_DELIMITERS:
            found = _split(header, delimiter)
            if len(lacking(fields, found)) < fewest:
                fewest, names, self._delimiter = len(lacking(fields, found)), found, delimiter
        return names


def declared_delimiter(line: str) -> str | None:
    """The delimiter that Excel names in a first line of its own; None of any other line.

    >>> declared_delimiter("sep=;"), declared_delimiter("step=;")
    (';', None)
    """
    found = _match_declared(line.strip())
    return found[1] if found else None


def _split(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter, strict=True))
    except csv.Error:
        return []
