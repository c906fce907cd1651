"""The footer of a Parquet file, taken apart and put together again with something else in it.

A struct is a dict from a field's number to its type and value, a list a pair of its elements' type and the elements:
see Thrift's compact protocol, and parquet.thrift for the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Struct = dict[int, tuple[int, Any]]

TRUE, FALSE, INT32, INT64, BINARY, LIST, STRUCT = 1, 2, 5, 6, 8, 9, 12
_INTEGERS = (4, INT32, INT64)
_ROW_GROUPS, _COLUMNS, _META_DATA, _STATISTICS, _BLOOM_FILTER_OFFSET = 4, 1, 3, 12, 14


def with_statistics(body: bytes, told: Callable[[str, Struct], Struct]) -> bytes:
    """The file with other statistics of each column, which ``told`` makes of its name and those it has.

    Bloom filters know nothing any more.
    """
    size = int.from_bytes(body[-8:-4], "little")
    data, footer = bytearray(body[: -8 - size]), _Reader(body[-8 - size : -8]).struct()
    for group in footer[_ROW_GROUPS][1][1]:
        for column in group[_COLUMNS][1][1]:
            about = column[_META_DATA][1]
            name = b".".join(about[3][1][1]).decode()
            about[_STATISTICS] = (STRUCT, told(name, about.get(_STATISTICS, (STRUCT, {}))[1]))
            if _BLOOM_FILTER_OFFSET in about:
                at = about[_BLOOM_FILTER_OFFSET][1]
                reader = _Reader(bytes(data[at:]))
                blocks = reader.struct()[1][1]
                data[at + reader.at : at + reader.at + blocks] = bytes(blocks)
    written = _struct(footer)
    return bytes(data) + written + len(written).to_bytes(4, "little") + b"PAR1"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def struct(self) -> Struct:
        found, number = {}, 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            found[number] = (head & 15, self._value(head & 15))
        return found

    def _value(self, kind: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind in _INTEGERS:
            return self._signed()
        if kind == BINARY:
            return self._bytes(self._length())
        if kind == LIST:
            head = self._byte()
            size = self._length() if head >> 4 == 15 else head >> 4
            return head & 15, [self._value(head & 15) for _ in range(size)]
        assert kind == STRUCT, kind
        return self.struct()

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, size: int) -> bytes:
        self.at += size
        return self._data[self.at - size : self.at]

    def _length(self) -> int:
        shift = value = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def _signed(self) -> int:
        value = self._length()
        return value >> 1 ^ -(value & 1)


def _struct(fields: Struct) -> bytes:
    said, before = bytearray(), 0
    for number, (kind, value) in sorted(fields.items()):
        shown = (TRUE if value else FALSE) if kind in (TRUE, FALSE) else kind
        said += bytes([(number - before) << 4 | shown]) + _value(kind, value)
        before = number
    return bytes(said) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if kind in (TRUE, FALSE):
        return b""
    if kind in _INTEGERS:
        return _length(value << 1 ^ value >> 63)
    if kind == BINARY:
        return _length(len(value)) + value
    if kind == LIST:
        of, elements = value
        return bytes([0xF0 | of]) + _length(len(elements)) + b"".join(_value(of, one) for one in elements)
    return _struct(value)


def _length(value: int) -> bytes:
    said = bytearray()
    while value > 127:
        said.append(value & 127 | 128)
        value >>= 7
    return bytes([*said, value])
