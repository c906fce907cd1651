"""Reads the elements of one JSON array piece by piece."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import NoReturn

from keepfit.errors import RefusedUpload
from keepfit.features.io.encodings import DECLARE
from keepfit.features.io.lines import MAX_LINE_LENGTH, Line, Stream

_PIECE = 2**20
_BATCH = 4096
_blanks = re.compile(r"[ \t\r\n]*").match


def begins_array(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a JSON array."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").startswith(b"[")


def elements(stream: Stream) -> Iterator[list[Line]]:
    """The elements of the array in a stream, counted from 1, in blocks of some thousand.

    Raises:
        RefusedUpload: the stream holds something else, and says at which element.
    """
    text, found, number = _Text(stream), [], 0
    text.expect("[", 0)
    more = not text.take("]")
    while more:
        number += 1
        found.append(text.element(number))
        if len(found) == _BATCH:
            yield found
            found = []
        more = not text.take("]")
        if more:
            text.expect(",", number)
    if text.peek():
        raise RefusedUpload("goes on after the end of its JSON array; upload one array, or one object a line")
    yield found


class _Text:
    """A stream's text, of which only the unread part is kept."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._characters = codecs.getincrementaldecoder("utf-8-sig")()
        self._decode = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._text, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            blanks = _blanks(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def take(self, character: str) -> bool:
        found = self.peek() == character
        self._at += found
        return found

    def expect(self, character: str, after: int) -> None:
        if not self.take(character):
            raise RefusedUpload(
                f"is no JSON array: {character} is missing after element {after}; write it again"
            )

    def element(self, number: int) -> Line:
        self.peek()
        while (end := self._end()) is None:
            if self._ended or len(self._text) - self._at > MAX_LINE_LENGTH:
                raise RefusedUpload(
                    f"is no JSON array: element {number} is not JSON, or longer than {MAX_LINE_LENGTH // 1024} KiB; "
                    "write it again, or one object a line"
                )
            self._more()
        text, self._at = self._text[self._at : end], end
        # The lines of an array are no lines of the file, and each record is one line to those who read it.
        if len(text) > MAX_LINE_LENGTH:
            return Line(number, None, f"is longer than {MAX_LINE_LENGTH // 1024} KiB")
        return Line(number, text)

    def _end(self) -> int | None:
        """The end of the element; None where it is not in sight yet, or nowhere."""
        try:
            end = self._decode(self._text, self._at)[1]
        except (ValueError, RecursionError):
            return None
        return end if end < len(self._text) or self._ended else None

    def _more(self) -> None:
        piece = self._stream.read(_PIECE)
        self._ended = not piece
        try:
            text = self._characters.decode(piece, final=self._ended)
        except UnicodeDecodeError as error:
            raise RefusedUpload(f"is not UTF-8; {DECLARE}") from error
        self._text, self._at = self._text[self._at :] + text, 0


def _refuse(_name: str) -> NoReturn:
    raise ValueError
