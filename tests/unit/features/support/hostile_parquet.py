"""Parquet files that no program writes: footers made to hurt, and good files with a few wrong bytes."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

# Types of Thrift's compact protocol, in which footers are written.
_INT32, _INT64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_MAGIC = b"PAR1"


def footer(schema: Sequence[bytes], *, top: int = 1, promised: int | None = None, rows: int = 0) -> bytes:
    """A file that is all footer.

    Args:
        schema: the elements below the root, depth first.
        top: how many of them the root says it has.
        promised: how many elements the list says it has, where that is not true.
        rows: how many rows the file says it has.
    """
    elements = [group("root", children=top), *schema]
    body = [
        _int32(1, 1),
        _list(1, len(elements) if promised is None else promised),
        *elements,
        _head(1, _INT64) + _number(rows),
        _list(1, 0),
        b"\0",
    ]
    said = b"".join(body)
    return _MAGIC + said + struct.pack("<I", len(said)) + _MAGIC


def nested(depth: int) -> list[bytes]:
    """A column in so many groups."""
    return [*([group("a", children=1)] * depth), column("x")]


def group(name: str, *, children: int) -> bytes:
    """An element that says it has so many children."""
    return _int32(3, 1) + _text(1, name) + _int32(1, children) + b"\0"


def column(name: str) -> bytes:
    """An optional column of 32-bit integers."""
    return _int32(1, 1) + _int32(2, 1) + _text(1, name) + b"\0"


def mutated(body: bytes, seed: int) -> bytes:
    """A Parquet file with something wrong in it, more often in the footer than in the data; the same for one seed."""
    chance, made = random.Random(seed), bytearray(body)
    start = len(made) - 8 - int.from_bytes(made[-8:-4], "little")
    at = chance.choice([chance.randrange(len(made)), chance.randrange(start, len(made) - 4)])
    match chance.randrange(4):
        case 0 | 1:
            for _ in range(chance.randint(1, 6)):
                made[min(at + chance.randint(0, 200), len(made) - 5)] = chance.randrange(256)
        case 2:
            made[at : at + 5] = b"\xff\xff\xff\xff\x07"  # a length of 2^31
        case _:
            made[at : at + chance.randint(1, 100)] = made[at : at + chance.randint(0, 50)] * 2
    return bytes(made)


def _head(skipped: int, kind: int) -> bytes:
    """The head of a field, whose number is ``skipped`` more than the one before."""
    return bytes([skipped << 4 | kind])


def _int32(skipped: int, value: int) -> bytes:
    return _head(skipped, _INT32) + _number(value)


def _text(skipped: int, value: str) -> bytes:
    return _head(skipped, _BINARY) + _length(len(value.encode())) + value.encode()


def _list(skipped: int, size: int) -> bytes:
    return _head(skipped, _LIST) + bytes([0xF0 | _STRUCT]) + _length(size)


def _number(value: int) -> bytes:
    return _length(value << 1 ^ value >> 63)


def _length(value: int) -> bytes:
    said = bytearray()
    while value > 127:
        said.append(value & 127 | 128)
        value >>= 7
    return bytes([*said, value])
