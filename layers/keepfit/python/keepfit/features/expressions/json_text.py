"""Reads JSON as DuckDB does, without recursion, and writes numbers and nested values as it does.

DuckDB also takes what JSON has not: a comma after the last element, ``NaN`` and ``Infinity`` in any case, which Python
programs write. Of a key that an object has twice, the first counts. Numbers beyond a float64 stay as they are written.

Source: yyjson, by the flags that DuckDB reads with; a property test holds this module to it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+(?:
        (?P<mark>[{}\[\],:])
      | (?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")
      | (?P<real>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?|[eE][+-]?[0-9]++))
      | (?P<whole>-?(?:0|[1-9][0-9]*+))
      | (?P<word>true|false|null|-?(?i:nan|infinity|inf))
    )""",
    re.VERBOSE,
).match
_BLANK: Final = re.compile(r"[ \t\n\r]*").fullmatch
_ESCAPE: Final = re.compile(r"\\(?:u00[01][a-f]|.)")
# Powers of ten from which on a number is written with an exponent, and below which it is.
_LARGE, _SMALL = 21, -7
_ENDS: Final = {"{": "}", "[": "]"}


class Node:
    """A value of a JSON text: where it stands among the parts written, and the values within."""

    __slots__ = ("children", "end", "start", "written")

    def __init__(self, written: list[str], children: dict[str, Node] | list[Node] | None) -> None:
        self.written, self.children = written, children
        self.start = self.end = len(written)

    def text(self) -> str | None:
        """What ``->>`` gives of it: a text as it is, anything else as JSON, None of null."""
        first = self.written[self.start]
        if self.children is None:
            return None if first == "null" else str(json.loads(first)) if first[0] == '"' else first
        return "".join(self.written[self.start : self.end])


class _NoJson(ValueError):
    pass


def scan(text: str) -> Node | None:
    r"""The value that a text holds; None where it is no JSON, also to DuckDB.

    >>> scan('[1.50, {"a": NaN, "a": "\u00e9"},]').text()
    '[1.5,{"a":NaN,"a":"é"}]'
    """
    try:
        return _Scanner(text).scan()
    except _NoJson:
        return None


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._written: list[str] = []
        self._open: list[Node] = []

    def scan(self) -> Node:
        root = self._value(*self._next())
        while self._open:
            self._continue(self._open[-1])
        if not _BLANK(self._text, self._at):
            raise _NoJson
        return root

    def _continue(self, inside: Node) -> None:
        """Reads one more element of an object or a list, or its end."""
        kind, part = self._next()
        ends, others = _ENDS[self._written[inside.start]], len(self._written) > inside.start + 1
        if part != ends and others:
            if part != ",":
                raise _NoJson
            kind, part = self._next()
        if part == ends:
            self._written.append(part)
            inside.end = len(self._written)
            self._open.pop()
            return
        if others:
            self._written.append(",")
        if isinstance(inside.children, list):
            inside.children.append(self._value(kind, part))
        elif inside.children is not None:
            self._member(inside.children, kind, part)

    def _member(self, members: dict[str, Node], kind: str, part: str) -> None:
        if kind != "string":
            raise _NoJson
        key = _string(part)
        self._written += [key, ":"]
        if self._next()[1] != ":":
            raise _NoJson
        members.setdefault(json.loads(key), self._value(*self._next()))

    def _value(self, kind: str, part: str) -> Node:
        if kind == "mark":
            if part not in _ENDS:
                raise _NoJson
            opened = Node(self._written, {} if part == "{" else [])
            self._open.append(opened)
            self._written.append(part)
            return opened
        node = Node(self._written, None)
        self._written.append(_WRITE[kind](part))
        return node

    def _next(self) -> tuple[str, str]:
        found = _TOKEN(self._text, self._at)
        if found is None or found.lastgroup is None:
            raise _NoJson
        self._at = found.end()
        return found.lastgroup, found[found.lastgroup]


def _string(part: str) -> str:
    if "\\" not in part:
        return part
    value = json.loads(part)
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _NoJson  # half a pair of UTF-16
    return _ESCAPE.sub(_in_capitals, json.dumps(value, ensure_ascii=False))


def _in_capitals(escape: re.Match[str]) -> str:
    return f"\\u{escape[0][2:].upper()}" if escape[0].startswith("\\u") else escape[0]


def _whole(part: str) -> str:
    return "0" if part == "-0" else part


def _real(part: str) -> str:
    value = float(part)
    return part if value in (float("inf"), float("-inf")) else text_of_real(value)


def text_of_real(value: float) -> str:
    """A finite number in the fewest digits that tell it from others, as DuckDB writes JSON.

    >>> [text_of_real(value) for value in (1e16, 1e21, 1e-5, 1.5e-7)]
    ['10000000000000000.0', '1e21', '0.00001', '1.5e-7']
    """
    text = repr(value)
    if "e" not in text:
        return text
    mantissa, _, exponent = text.partition("e")
    power, sign = int(exponent), "-" * (value < 0)
    digits = mantissa.lstrip("-").replace(".", "")
    if not _SMALL < power < _LARGE:
        return f"{mantissa}e{power}"
    if power < 0:
        return f"{sign}0.{digits:0>{len(digits) - power - 1}}"
    return (
        f"{sign}{digits:0<{power + 1}}.0"
        if len(digits) <= power + 1
        else (f"{sign}{digits[: power + 1]}.{digits[power + 1 :]}")
    )


_WRITE: Final[dict[str, Any]] = {"string": _string, "real": _real, "whole": _whole, "word": str}
