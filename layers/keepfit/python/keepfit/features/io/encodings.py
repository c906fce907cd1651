"""Decodes text files: by their byte order mark, as UTF-8, or as their dataset declares.

UTF-8 and UTF-16 can be told for certain. One-byte encodings cannot be told from each other, so they are declared.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from keepfit.errors import RefusedUpload
from keepfit.features.io.formats import Unpacked, unpacked
from keepfit.features.io.lines import Stream

# Latin-1 proper has control characters where Windows has letters, and whoever writes of Latin-1 mostly means the same.
DECLARE: Final = (
    'declare encoding = "windows-1252" for the dataset if it is Western European, or save it as UTF-8'
)

_PIECE = 2**20
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONE_SURROGATE = "\udc80"


class Text:
    """The text of a file as UTF-8, with ``head``, its beginning; what is no text stays no UTF-8."""

    def __init__(self, stream: Stream, head: bytes, encoding: str) -> None:
        self._decode = codecs.getincrementaldecoder(encoding)(errors=_MEND).decode
        self._stream = stream
        self._ahead, self._ended = b"", False
        self.head = self._encoded(codecs.getincrementaldecoder(encoding)(errors=_MEND).decode(head))

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end."""
        while len(self._ahead) < size and not self._ended:
            self._more()
        return self._taken(size)

    def readline(self, size: int) -> bytes:
        """The rest of a line, up to ``size`` bytes."""
        while (end := self._ahead.find(b"\n") + 1) == 0 and len(self._ahead) < size and not self._ended:
            self._more()
        return self._taken(min(end or size, size))

    def _more(self) -> None:
        piece = self._stream.read(_PIECE)
        self._ended = not piece
        self._ahead += self._encoded(self._decode(piece, final=self._ended))

    def _taken(self, size: int) -> bytes:
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return taken

    @staticmethod
    def _encoded(text: str) -> bytes:
        return text.encode("utf-8", "surrogatepass")


@contextmanager
def text_of(path: Path, declared: str | None = None) -> Iterator[Unpacked | Text]:
    """Opens a file, packed or not, for reading it as UTF-8.

    Args:
        path: a file of text.
        declared: how it is encoded where it is neither UTF-8 as a whole nor marked as UTF-16.

    Raises:
        RefusedUpload: broken packed data, or UTF-32.
    """
    with unpacked(path) as stream:
        encoding = _certain(stream.head)
        if encoding is None and declared is not None and not is_utf8(path):
            encoding = declared
        if encoding in (None, "utf-8"):
            yield stream
        elif encoding == "utf-32":
            raise RefusedUpload("is encoded in UTF-32; save it as UTF-8")
        else:
            yield Text(stream, stream.head, encoding)


def is_utf8(path: Path) -> bool:
    """Whether all of a file, packed or not, is UTF-8.

    Raises:
        RefusedUpload: broken packed data.
    """
    decode = codecs.getincrementaldecoder("utf-8")().decode
    with unpacked(path) as stream:
        try:
            while piece := stream.read(_PIECE):
                decode(piece)
            decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def needs_encoding(path: Path) -> bool:
    """Whether a file, packed or not, is of an encoding that has to be declared.

    Raises:
        RefusedUpload: broken packed data.
    """
    with unpacked(path) as stream:
        return _certain(stream.head) is None and not is_utf8(path)


def _certain(head: bytes) -> str | None:
    """The encoding that a file's beginning gives away.

    It has a byte order mark, or the NUL of each ASCII letter in UTF-16.
    """
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    zeros = [byte == 0 for byte in head[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else None


def _mend(error: UnicodeError) -> tuple[str, int]:
    """What stands for undecodable bytes: as in browsers, or what no UTF-8 can be."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    one_byte = not error.encoding.startswith("utf")
    return (bad.decode("latin-1") if one_byte else _LONE_SURROGATE), error.end


_MEND = "keepfit.features.io.encodings"
codecs.register_error(_MEND, _mend)
