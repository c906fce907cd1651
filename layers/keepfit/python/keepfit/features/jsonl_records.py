"""JSON lines: one object a line; null, or a field that is absent, is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from keepfit.features.lines import Line, Stream, blocks
from keepfit.features.records import Batch, batch, flawed, good, quoted, unreadable

_MOST_EXTRAS = 100


class JsonlRecords:
    """The records of a stream of JSON lines, with the columns that are asked for.

    ``extras`` gathers the names of fields that nobody asked for, while the lines are read.
    """

    def __init__(self, stream: Stream, columns: Sequence[str]) -> None:
        self._blocks = blocks(stream)
        self._decode = msgspec.json.Decoder().decode
        self.columns = tuple(columns)
        self._known = frozenset(columns)
        self.extras: set[str] = set()

    def batches(self) -> Iterator[Batch]:
        """Every record; see ``records``."""
        for block in self._blocks:
            yield batch(
                [self._record(line) for line in block.lines() if line.text is None or line.text.strip()]
            )

    def _record(self, line: Line) -> str:
        if line.text is None:
            return unreadable(line, columns=len(self.columns))
        try:
            found = self._decode(line.text)
        except (msgspec.DecodeError, RecursionError) as error:
            return self._flawed(line, f"the line is not JSON: {error}")
        if not isinstance(found, dict):
            return self._flawed(line, "the line is not a JSON object")
        if not found.keys() <= self._known and len(self.extras) < _MOST_EXTRAS:
            self.extras |= found.keys() - self._known
        try:
            return good(line.number, [_text(found.get(name)) for name in self.columns])
        except _NotPlainError as error:
            field = next(name for name in self.columns if found.get(name) is error.value)
            shown = msgspec.json.encode(error.value).decode()
            return flawed(line.number, str(error), shown, columns=len(self.columns), field=field)

    def _flawed(self, line: Line, reason: str) -> str:
        return flawed(line.number, reason, line.text or "", columns=len(self.columns))


class _NotPlainError(Exception):
    """A value that no field can hold."""

    def __init__(self, reason: str, value: Any) -> None:
        super().__init__(reason)
        self.value = value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        if "\0" in value:
            raise _NotPlainError("holds a NUL character", value)
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    raise _NotPlainError("is an object or a list", value)
