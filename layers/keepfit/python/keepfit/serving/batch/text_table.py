"""The table of a file of texts, CSV, JSON or a workbook: its columns, and its records part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.text_batches import records_sql, segments
from keepfit.features.ingest.xlsx_reading import spelled
from keepfit.features.io.columns import lacking, matching
from keepfit.features.io.csv_records import CsvRecords
from keepfit.features.io.encodings import text_of
from keepfit.features.io.formats import FileFormat, refuse_binary
from keepfit.features.io.jsonl_records import JsonlRecords, lines_of
from keepfit.features.io.xlsx_records import XlsxRecords
from keepfit.features.io.xlsx_sheets import rows_of
from keepfit.features.schema.signature import Column
from keepfit.features.schema.types.base import type_of
from keepfit.serving.batch.part import MAX_ROWS, Part, TableColumn

Records = CsvRecords | JsonlRecords | XlsxRecords


class TextTable:
    """The ``columns`` of a file, and its ``parts``, which are read once."""

    def __init__(self, records: Records, fields: Sequence[Column]) -> None:
        self._records, self._fields = records, fields
        self.columns = [TableColumn(name=name) for name in records.columns]

    def parts(self, into: Path) -> Iterator[Part]:
        """Writes one part after the other to the file ``into``, and yields it.

        Raises:
            RefusedUpload: there are no records, or no object of JSON has one of the fields.
        """
        first = number = 0
        for number, rows in enumerate(segments(self._records.batches(), into, most=MAX_ROWS)):
            yield Part(number=number, first=first, rows=rows)
            first += rows
        if not first:
            raise RefusedUpload("holds no rows; give a file with at least one")
        if isinstance(self._records, JsonlRecords) and self._records.objects:
            needed = [field.name for field in self._fields if not field.optional]
            absent = [name for name in lacking(needed, sorted(self._records.found)) if name in needed]
            if absent:
                raise RefusedUpload(
                    f"has no object with {', '.join(absent)}; the model reads it of every row"
                )


@contextmanager
def text_table(path: Path, found: FileFormat, fields: Sequence[Column]) -> Iterator[TextTable]:
    """Opens a file whose name promises ``found``.

    Of JSON, columns are the ``fields`` alone: what else objects hold is known only once all are read.

    Raises:
        RefusedUpload: it is no such file.
    """
    names = [field.name for field in fields]
    if found.format == "xlsx":
        with rows_of(path, None) as rows:
            records = XlsxRecords(rows, names)
            places = matching(names, records.columns)
            records.spelled = {
                place: partial(spelled, field)
                for field, at in zip(fields, places, strict=True)
                for place in at
            }
            yield TextTable(records, fields)
        return
    with text_of(path, None) as stream:
        refuse_binary(stream.head)
        if found.format == "csv":
            yield TextTable(CsvRecords(stream, names), fields)
            return
        spellings = {field.name: partial(type_of(field.type).spelled, field) for field in fields}
        unusual = {name: each for name, each in spellings.items() if each(0.5) != "0.5"}
        lists = [field.name for field in fields if type_of(field.type).is_list]
        yield TextTable(JsonlRecords(lines_of(stream, stream.head), names, unusual, lists=lists), fields)


def text_rows(path: Path, columns: int) -> str:
    """The records of a part as a relation of their number, their flaw, and columns c0, c1, ..."""
    return f"SELECT * FROM {records_sql(path, columns)}"
