"""Reads a stream of bytes as numbered lines in blocks, with a limit on a line's length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

MAX_LINE_LENGTH = 2**17
NOT_UTF8 = "is not UTF-8"
_BLOCK, _MAX_SHOWN = 2**20, 200


class Stream(Protocol):
    """Bytes; fewer than requested only at the end of the stream, or of the line."""

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes."""
        ...

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, of up to ``size`` bytes."""
        ...


class Line(NamedTuple):
    """One line; ``text`` is None where it is unreadable, and ``flaw`` is the reason.

    ``shown`` is the beginning of what is in another encoding, with its bytes as escapes.
    """

    number: int
    text: str | None
    flaw: str = ""
    shown: str = ""


class Block(NamedTuple):
    """Whole lines, joined by LF, numbered from ``first``; a line that is too long is cut."""

    first: int
    data: bytes

    def plain(self) -> list[str] | None:
        """The lines' texts, where all can be decoded at once; None where one is unusual."""
        if b"\0" in self.data:
            return None
        try:
            lines = self.data.decode().split("\n")
        except UnicodeDecodeError:
            return None
        longest = max(map(len, lines if self.data.isascii() else self.data.split(b"\n")))
        return lines if longest <= MAX_LINE_LENGTH else None

    def lines(self) -> Iterator[Line]:
        """Every line with its flaw, if any."""
        for number, line in enumerate(self.data.split(b"\n"), self.first):
            yield _line(number, line)


def blocks(stream: Stream) -> Iterator[Block]:
    r"""All lines of a stream, counted from 1, without a byte order mark.

    Lines end with LF or CRLF, or with CR where there is no LF.

    >>> from io import BytesIO
    >>> [block.plain() for block in blocks(BytesIO(b"a\r\nb"))]
    [['a', 'b']]
    """
    number, first = 1, stream.read(_BLOCK)
    if b"\n" not in first and b"\r" in first[:-1]:
        stream, first = _EndedByReturns(stream), first.replace(b"\r", b"\n")
    first = first.removeprefix(b"\xef\xbb\xbf")
    while data := first or stream.read(_BLOCK):
        first = b""
        data = _completed(data, stream)
        data = data.replace(b"\r\n", b"\n").removesuffix(b"\n")
        yield Block(number, data)
        number += data.count(b"\n") + 1


def _completed(data: bytes, stream: Stream) -> bytes:
    """``data`` with the rest of its last line, up to the length that is too long."""
    if data.endswith(b"\n"):
        return data
    data += stream.readline(MAX_LINE_LENGTH + 2)
    if not data.endswith(b"\n"):
        while (more := stream.readline(_BLOCK)) and not more.endswith(b"\n"):
            pass
    return data


class _EndedByReturns:
    """A stream whose lines end with CR, as if they ended with LF."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._ahead = b""

    def read(self, size: int, /) -> bytes:
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data + self._stream.read(size - len(data)).replace(b"\r", b"\n")

    def readline(self, size: int, /) -> bytes:
        data = self.read(size)
        end = data.find(b"\n") + 1 or len(data)
        self._ahead = data[end:] + self._ahead
        return data[:end]


def _line(number: int, line: bytes) -> Line:
    if len(line) > MAX_LINE_LENGTH:
        return Line(number, None, f"is longer than {MAX_LINE_LENGTH // 1024} KiB")
    if b"\0" in line:
        return Line(number, None, "holds a NUL character")
    try:
        return Line(number, line.decode())
    except UnicodeDecodeError:
        return Line(number, None, NOT_UTF8, line[:_MAX_SHOWN].decode(errors="backslashreplace"))
