"""Removes null counts from the footer of an uploaded Parquet file.

A file may declare wrong counts, which DuckDB would believe.

Where as many are said to be missing as there are rows, DuckDB reads NULL for all and looks at no value. Some writers
count wrongly, so the counts are set to 0. The footer is in Thrift's compact protocol.
"""

from __future__ import annotations

from pathlib import Path

from keepfit.errors import RefusedUpload

_MAGIC, _TAIL = b"PAR1", 8
MAX_FOOTER_BYTES = 64 * 2**20
_MAX_DEPTH = 30
_BOOLEANS, _BYTE, _INTEGERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
# By the numbers of parquet.thrift: row_groups, columns, meta_data, statistics, and of these the null_count.
_STATISTICS, _NULL_COUNT = (4, 1, 3, 12), 3


def forget_null_counts(path: Path) -> None:
    """Sets the null counts of all columns to 0, in place.

    Anything but a footer stays as it is, and DuckDB reports it.

    Raises:
        RefusedUpload: the footer is too large.
    """
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        tail = file.read(_TAIL)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > size - _TAIL:
            return
        if length > MAX_FOOTER_BYTES:
            raise RefusedUpload(
                f"has a footer of {length:,} bytes, of which no more than {MAX_FOOTER_BYTES:,} are read; write "
                "larger row groups, or several files"
            )
        file.seek(size - _TAIL - length)
        footer = _Footer(bytearray(file.read(length)))
        try:
            footer.walk(())
        except (IndexError, ValueError):
            return
        file.seek(size - _TAIL - length)
        file.write(footer.data)


class _Footer:
    """Walks through a footer, and changes its null counts without moving anything."""

    def __init__(self, data: bytearray) -> None:
        self.data, self._at = data, 0

    def walk(self, path: tuple[int, ...]) -> None:
        """Walks the struct that begins here; ``path`` has the numbers of the enclosing fields.

        Raises:
            IndexError: the footer ends too early.
            ValueError: it is nested too deep, or no struct.
        """
        if len(path) > _MAX_DEPTH:
            raise ValueError
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer() >> 1
            if path == _STATISTICS and number == _NULL_COUNT:
                self._forget()
            elif head & 15 not in _BOOLEANS:  # in a struct, their type is their value
                self._value(head & 15, (*path, number))

    def _value(self, kind: int, path: tuple[int, ...]) -> None:
        if kind in _INTEGERS:
            self._integer()
        elif kind == _BINARY:
            length = self._integer()
            self._at += length
        elif kind == _STRUCT:
            self.walk(path)
        elif kind in _LISTS:
            head = self._byte()
            for _ in range(self._integer() if head >> 4 == 15 else head >> 4):
                self._value(head & 15, path)
        elif kind in (*_BOOLEANS, _BYTE):
            self._byte()
        elif kind == _DOUBLE:
            self._at += 8
        else:
            raise ValueError

    def _forget(self) -> None:
        start = self._at
        self._integer()
        self.data[start : self._at] = b"\x80" * (self._at - start - 1) + b"\0"

    def _byte(self) -> int:
        self._at += 1
        return self.data[self._at - 1]

    def _integer(self) -> int:
        shift = value = 0
        while (byte := self._byte()) > 127:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift
