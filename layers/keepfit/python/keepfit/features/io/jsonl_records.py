"""JSON records: objects by line or in an array; null, empty text and absence are missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec

from keepfit.features.io.columns import loose
from keepfit.features.io.json_arrays import begins_array, elements
from keepfit.features.io.lines import Line, Stream, blocks
from keepfit.features.io.records import Batch, batch, flawed, good, quoted, unreadable

_MAX_EXTRAS = 100


class JsonlRecords:
    """The records of a stream of JSON objects, with the requested columns.

    ``spellings`` has what makes texts of the numbers of a column, where that is not ``repr``. The values of ``nested``
    columns may be objects and lists, and are texts of JSON; so are the lists of columns in ``lists``.

    While they are read, ``extras`` gathers the names of fields that nobody asked for, and ``found`` those of the
    columns that some object has; ``objects`` says whether there was any.
    """

    def __init__(
        self,
        lines: Iterable[Iterable[Line]],
        columns: Sequence[str],
        spellings: Mapping[str, Callable[[Any], str]] = MappingProxyType({}),
        *,
        nested: Collection[str] = (),
        lists: Collection[str] = (),
    ) -> None:
        self._lines = lines
        self._texts = [
            (
                name,
                _json
                if name in nested
                else partial(_text, spelled=spellings.get(name, repr), lists=name in lists),
            )
            for name in columns
        ]
        self.found: set[str] = set()
        self.objects = False
        self._alike: dict[str, list[str]] = {}
        for name in columns:
            self._alike.setdefault(loose(name), []).append(name)
        self._decode = msgspec.json.Decoder().decode
        self.columns = tuple(columns)
        self._known = frozenset(columns)
        self.extras: set[str] = set()

    @property
    def unnamed(self) -> int:
        """No object has a value without a name."""
        return 0

    def batches(self) -> Iterator[Batch]:
        """Every record; see ``records``."""
        for lines in self._lines:
            yield batch([self._record(line) for line in lines if line.text is None or line.text.strip()])

    def _record(self, line: Line) -> str:
        if line.text is None:
            return unreadable(line, columns=len(self.columns))
        try:
            found = self._decode(line.text)
        except (msgspec.DecodeError, RecursionError) as error:
            return self._flawed(line, f"the line is not JSON: {error}")
        if not isinstance(found, dict):
            return self._flawed(line, "the line is not a JSON object")
        self.objects = True
        try:
            if not found.keys() <= self._known:
                found = self._named(found)
            if len(self.found) < len(self.columns):
                self.found |= found.keys() & self._known
            return good(line.number, [text(found.get(name)) for name, text in self._texts])
        except _NotPlainError as error:
            field = error.field or next(name for name in self.columns if found.get(name) is error.value)
            shown = msgspec.json.encode(error.value).decode()
            return flawed(line.number, str(error), shown, columns=len(self.columns), field=field)

    def _named(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """An object's values by column: those of the exact key, or of the only similar one."""
        named = {key: value for key, value in found.items() if key in self._known}
        spelt: dict[str, str] = {}
        for key, value in found.items():
            if key in self._known:
                continue
            fields = [name for name in self._alike.get(loose(key), ()) if name not in found]
            if not fields:
                if len(self.extras) < _MAX_EXTRAS:
                    self.extras.add(key)
            elif len(fields) > 1:
                raise _NotPlainError(f"could be {' or '.join(fields)}; name it as its field", value, key)
            elif fields[0] in spelt:
                field = fields[0]
                both = {spelt[field]: named[field], key: value}
                raise _NotPlainError(f"is named twice, in {spelt[field]!r} and {key!r}", both, field)
            else:
                spelt[fields[0]], named[fields[0]] = key, value
        return named

    def _flawed(self, line: Line, reason: str) -> str:
        return flawed(line.number, reason, line.text or "", columns=len(self.columns))


class _NotPlainError(Exception):
    """A value that no field can hold."""

    def __init__(self, reason: str, value: Any, field: str = "") -> None:
        super().__init__(reason)
        self.value = value
        self.field = field


def lines_of(stream: Stream, head: bytes) -> Iterator[Iterable[Line]]:
    """The objects of a stream that begins with ``head``, by line or in an array."""
    if begins_array(head):
        return elements(stream)
    return (block.lines() for block in blocks(stream))


def _json(value: Any) -> str:
    return "" if value is None else quoted(msgspec.json.encode(value).decode())


def _text(value: Any, *, spelled: Callable[[Any], str], lists: bool) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        if "\0" in value:
            raise _NotPlainError("holds a NUL character", value)
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value) if spelled is repr else quoted(spelled(value))
    if lists and isinstance(value, list):
        return _json(value)
    raise _NotPlainError("is an object or a list; say with path which of its values is meant", value)
