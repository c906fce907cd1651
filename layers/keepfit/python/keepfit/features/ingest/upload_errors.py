"""Errors of reading a file, as refusals of its upload."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from keepfit.errors import RefusedUpload, ServiceUnavailable


@contextmanager
def refusing(what: str, folder: Path) -> Iterator[None]:
    """Turns DuckDB's errors into refusals, while a file that should be ``what`` is read.

    Raises:
        RefusedUpload: DuckDB cannot read the file, or not in the memory it has.
        ServiceUnavailable: the disk is full.
    """
    try:
        yield
    except (duckdb.Error, MemoryError) as error:
        said = cause(error, folder)
        if "No space left" in said:
            raise ServiceUnavailable(f"the working folder is full: {said}") from error
        if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
            said += "; write smaller row groups, or several files"
        raise RefusedUpload(f"cannot be read as {what}: {said}") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ServiceUnavailable(f"the working folder is full: {error}") from error
        raise


def cause(error: Exception, folder: Path) -> str:
    """The first line of an error's message, without the file's place; its kind where there is none."""
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    return said.replace(f"{folder}/", "")
