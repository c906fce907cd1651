"""Excel workbooks (.xlsx): the sheet that is read, row by row, after a look at what the file promises."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from keepfit.errors import RefusedUpload
from keepfit.features.io.columns import loose
from keepfit.features.io.formats import MAX_TIMES_PACKED, MAX_UNPACKED_BYTES, MIN_ALLOWED_UNPACKED

# Excel has no more rows, and writes some dozen entries into the archive that a workbook is.
MAX_ROWS, MAX_ENTRIES = 2**20, 10_000
_AT_ONCE = 1000
_CSV = "or save the sheet as CSV UTF-8"

Row = tuple[int, Sequence[Any]]


@contextmanager
def rows_of(path: Path, sheet: str | None) -> Iterator[Iterator[Row]]:
    """The rows of a sheet that hold something, with their numbers, and formulas by their last values.

    Args:
        path: a workbook.
        sheet: its name; the first that is not hidden where that is None.

    Raises:
        RefusedUpload: no workbook, one that unpacks to too much, or without that sheet.
    """
    refuse_bomb(path)
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # of styles and extensions, which say nothing of values
        with _refusing():
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            chosen = _sheet(book.worksheets, sheet)
            chosen.reset_dimensions()  # what the file says of them may be wrong
            yield _rows(chosen)
        finally:
            book.close()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (MemoryError, RefusedUpload):
        raise
    except Exception as error:  # openpyxl has no error of its own for a broken file
        said = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise RefusedUpload(f"cannot be read as an Excel workbook: {said}; save it again, {_CSV}") from error


def refuse_bomb(path: Path) -> None:
    """Raises RefusedUpload for what is no workbook, or unpacks to more than one of its size would."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise RefusedUpload(
            f"is no Excel workbook (.xlsx), or is kept by a password: {error}; save it as .xlsx, {_CSV}"
        ) from error
    unpacked, packed = sum(entry.file_size for entry in entries), path.stat().st_size
    most = min(max(MIN_ALLOWED_UNPACKED, packed * MAX_TIMES_PACKED), MAX_UNPACKED_BYTES)
    if len(entries) > MAX_ENTRIES or unpacked > most:
        raise RefusedUpload(
            f"holds {len(entries):,} parts of {unpacked / 2**20:,.0f} MiB unpacked, which is more than is read of a "
            f"workbook of its size; split it, {_CSV}"
        )


def _sheet(sheets: Sequence[Any], wanted: str | None) -> Any:
    if wanted is None:
        found = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or list(sheets)
    else:
        found = [sheet for sheet in sheets if sheet.title == wanted]
        found = found or [sheet for sheet in sheets if loose(sheet.title) == loose(wanted)]
    if not found:
        names = ", ".join(sheet.title for sheet in sheets) or "none"
        raise RefusedUpload(f"has no sheet {wanted or 'with cells'}; its sheets are {names}")
    return found[0]


def _rows(sheet: Any) -> Iterator[Row]:
    rows, more = enumerate(sheet.iter_rows(values_only=True), 1), True
    while more:
        with _refusing():
            some = list(islice(rows, _AT_ONCE))
        more = bool(some)
        for number, values in some:
            if number > MAX_ROWS:
                raise RefusedUpload(
                    f"has more than {MAX_ROWS:,} rows, which no workbook has; save it again, {_CSV}"
                )
            if any(value is not None for value in values):
                yield number, values
