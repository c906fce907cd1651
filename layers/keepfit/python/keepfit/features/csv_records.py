"""CSV: comma, double quotes, a header; an empty value is missing.

Most blocks hold no quote at all, and pass with a count of commas; others are read at once by ``csv``. Where either
meets anything unusual, the block is read again record by record, so that a quote that is never closed, or a missing
value, is reported with the line where its record began.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator

from keepfit.errors import RefusedUpload
from keepfit.features.lines import Block, Line, Stream, blocks
from keepfit.features.records import Batch, batch, flawed, good, quoted, unreadable

# A record that goes on for more lines has lost a closing quote.
_MOST_LINES = 200
# DuckDB reads lines of 16 MiB, in which a letter may take four bytes, and a quote twice as many.
_LONGEST_RECORD = 2**20


class CsvRecords:
    """The records of a CSV stream; the header is read at once.

    Raises:
        RefusedUpload: there is no header, or it cannot be read or names a column twice.
    """

    def __init__(self, stream: Stream) -> None:
        self._blocks = blocks(stream)
        self._waiting: deque[Line] = deque()
        self.columns = self._header()

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
        """A block without quotes, whose lines all have as many values as the header; None for any other."""
        if b'"' in block.data or b"\r" in block.data:  # DuckDB would end a line at a bare CR
            return None
        texts = block.plain()
        if texts is None or "" in texts or {text.count(",") for text in texts} != {len(self.columns) - 1}:
            return None
        return batch([f"{number},,,,{text}" for number, text in enumerate(texts, block.first)])

    def _quoted(self, block: Block) -> Batch | None:
        """A block of whole records with nothing wrong in it; None for any other."""
        texts = None if b"\r" in block.data else block.plain()
        if texts is None:
            return None
        reader = csv.reader([f"{text}\n" for text in texts], strict=True)
        records, read = [], 0
        try:
            for values in reader:
                if len(values) == len(self.columns) and reader.line_num - read <= _MOST_LINES:
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
            reason = "a quoted value is not closed as CSV wants it"
        elif len(values) != len(self.columns):
            reason = f"has {len(values)} values where the header names {len(self.columns)}"
        elif sum(map(len, values)) > _LONGEST_RECORD:
            reason = f"is longer than {_LONGEST_RECORD // 1024:,} KiB"
        else:
            return good(line.number, [quoted(value) if value else "" for value in values])
        return flawed(line.number, reason, line.text or "", columns=len(self.columns))

    def _values(self, line: Line) -> list[str] | None:
        """The record that begins at ``line``, which may go on for some lines; None where quotes do not match.

        The lines after a record that is not closed are read again, as records of their own.
        """
        text = line.text or ""
        if '"' not in text:
            return text.split(",")
        more: list[Line] = []
        reader = csv.reader(self._following(text, more), strict=True)
        try:
            return next(reader)
        except csv.Error:
            self._waiting.extendleft(reversed(more))
            return None

    def _following(self, text: str, more: list[Line]) -> Iterator[str]:
        yield f"{text}\n"
        while len(more) < _MOST_LINES - 1 and (line := self._next(refill=True)):
            more.append(line)
            if line.text is None:
                return
            yield f"{line.text}\n"

    def _next(self, *, refill: bool = False) -> Line | None:
        if not self._waiting and refill:
            block = next(self._blocks, None)
            self._waiting.extend(block.lines() if block else ())
        return self._waiting.popleft() if self._waiting else None

    def _header(self) -> tuple[str, ...]:
        while line := self._next(refill=True):
            if line.text is None:
                raise RefusedUpload(
                    f"the header {line.flaw}; upload a CSV file with a header line, saved as UTF-8"
                )
            if not line.text.strip():
                continue
            names = [name.strip() for name in self._values(line) or ()]
            twice = sorted({name for name in names if names.count(name) > 1})
            if not names:
                raise RefusedUpload("the quotes of the header do not match; write it as CSV wants it")
            if twice:
                raise RefusedUpload(f"the header names {twice[0]!r} twice; rename one of the columns")
            return tuple(names)
        raise RefusedUpload("is empty; upload a CSV file with a header line and rows")
