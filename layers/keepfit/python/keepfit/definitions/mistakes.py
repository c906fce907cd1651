"""Mistakes in definitions: the message, file and line of each."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from keepfit.errors import InvalidDefinition

_MAX_SHOWN_LENGTH = 60
_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*((?:[\w.\- ]|\"[^\"]*\"|'[^']*')+?)\s*=")
# A message begins with its table, and mostly goes on with the key.
_PLACE = re.compile(r"\[([^\]]+)\](?:\s+'?([\w.]+))?")


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake; ``line`` counts from 1, None where the file does not reveal it."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


class InvalidDefinitions(InvalidDefinition):
    """All mistakes in a folder of definitions, by file and line."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = in_order(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class Lines:
    r"""The lines of the tables and keys in a TOML text.

    >>> lines = Lines("[model.a]\nlabel = 'x'\nrelease.canary = 2")
    >>> lines.find("[model.a.release] canary cannot be 2")
    3
    >>> lines.find("[model.a] inputs is required and missing")
    1
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.fullmatch(line):
                table = _parts(header[1])
                self._add(table, number)
            elif key := _KEY.match(line):
                self._add((*table, *_parts(key[1])), number)

    def _add(self, path: tuple[str, ...], number: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], number)

    def find(self, message: str) -> int | None:
        """The line of the key at the start of ``message``, or of the nearest table around it."""
        place = _PLACE.match(message)
        if place is None:
            return None
        path = (*place[1].split("."), *(place[2] or "").rstrip(".:").split("."))
        keys = (
            self._lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in self._lines
        )
        return next(keys, None)


def _parts(written: str) -> tuple[str, ...]:
    """The parts of a dotted key, quoted or not; empty where it is no key."""
    try:
        document: Any = tomllib.loads(f"{written} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts = []
    while isinstance(document, Mapping):
        (name, document), *_ = document.items()
        parts.append(name)
    return tuple(parts)


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Mistakes sorted by file and line; stable within a line."""
    return sorted(mistakes, key=lambda mistake: (mistake.file, mistake.line or 0))


def refuse_first(messages: Iterator[str]) -> None:
    """Raises InvalidDefinition with the first of ``messages``, if any."""
    for message in messages:
        raise InvalidDefinition(message)


def shortened(text: str) -> str:
    """A value shortened for a message."""
    return text if len(text) <= _MAX_SHOWN_LENGTH else f"{text[:_MAX_SHOWN_LENGTH]}…"


def alike(name: str, names: Iterable[str]) -> str:
    """A hint for an unknown ``name``: the most similar known name, and all known names."""
    candidates = sorted(names)
    near = nearest(name, candidates)
    return f"{f'did you mean {near!r}? ' if near else ''}there are {', '.join(candidates) or 'none'}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name in ``names`` that ``name`` may be a misspelling of."""
    return next(iter(difflib.get_close_matches(name, sorted(names), n=1)), None)
