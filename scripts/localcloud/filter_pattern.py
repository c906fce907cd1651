"""CloudWatch Logs filter patterns: terms, and JSON conditions such as ``{ $.kind = "prediction" }``.

Source: "Filter pattern syntax", Amazon CloudWatch Logs User Guide. Space-delimited patterns (``[ip, user, ...]``)
and regular expressions (``%...%``) are refused rather than misread.

>>> compile_pattern('{ $.kind = "prediction" && $.score > 0.5 }')('{"kind": "prediction", "score": 0.9}')
True
>>> compile_pattern('ERROR -retry')("ERROR: gave up")
True
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable
from typing import Any

from localcloud.errors import LocalCloudError

Matcher = Callable[[str], bool]
_Condition = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<selector>\$(?:\.[A-Za-z_][\w-]*|\[\d+\]|\['[^']*'\])*)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<operator>&&|\|\||!=|<=|>=|=|<|>|\(|\))
      | (?P<word>[^\s()=<>!&|]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']*)'\]")
_MISSING = object()


def compile_pattern(pattern: str) -> Matcher:
    """Compiles a pattern to a predicate on log messages.

    Raises:
        LocalCloudError: the pattern is not one this module understands.
    """
    text = pattern.strip()
    if not text:
        return lambda message: True
    if text.startswith("{"):
        if not text.endswith("}"):
            raise LocalCloudError(f"The filter pattern {pattern!r} has no closing brace.")
        condition = _Parser(text[1:-1], pattern).parse()
        return lambda message: _matches_json(condition, message)
    if text.startswith(("[", "%")):
        raise LocalCloudError(
            f"The embedded cloud does not support the filter pattern {pattern!r}: only terms and JSON conditions."
        )
    return _terms(text)


def _terms(text: str) -> Matcher:
    required: list[str] = []
    optional: list[str] = []
    excluded: list[str] = []
    for sign, quoted, word in re.findall(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))', text):
        term = quoted.replace('\\"', '"') if quoted else word
        {"": required, "?": optional, "-": excluded}[sign].append(term)

    def matches(message: str) -> bool:
        if any(term in message for term in excluded) or not all(term in message for term in required):
            return False
        # With required terms present the optional ones decide nothing, as on AWS.
        return bool(required) or not optional or any(term in message for term in optional)

    return matches


def _matches_json(condition: _Condition, message: str) -> bool:
    if not message.lstrip().startswith(("{", "[")):
        return False
    try:
        return condition(json.loads(message))
    except ValueError:
        return False


def _select(selector: str) -> Callable[[Any], Any]:
    steps: list[str | int] = []
    for name, index, quoted in _STEP.findall(selector):
        steps.append(int(index) if index else name or quoted)

    def find(document: Any) -> Any:
        for step in steps:
            named = isinstance(step, str) and isinstance(document, dict) and step in document
            numbered = isinstance(step, int) and isinstance(document, list) and step < len(document)
            if not named and not numbered:
                return _MISSING
            document = document[step]
        return document

    return find


class _Parser:
    """Recursive descent over ``||``, ``&&``, parentheses and comparisons."""

    def __init__(self, text: str, pattern: str) -> None:
        self._pattern = pattern
        self._tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise self._unreadable(text[position:])
            self._tokens.append((found.lastgroup, found.group(found.lastgroup)))
            position = found.end()

    def parse(self) -> _Condition:
        condition = self._any()
        if self._tokens:
            raise self._unreadable(self._tokens[0][1])
        return condition

    def _any(self) -> _Condition:
        parts = [self._all()]
        while self._accept("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def _all(self) -> _Condition:
        parts = [self._one()]
        while self._accept("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def _one(self) -> _Condition:
        if self._accept("("):
            inner = self._any()
            if not self._accept(")"):
                raise self._unreadable("a missing )")
            return inner
        kind, selector = self._take()
        if kind != "selector":
            raise self._unreadable(selector)
        kind, operator = self._take()
        if kind == "word":
            return self._state(_select(selector), operator)
        return _comparison(_select(selector), operator, *self._take(), refuse=self._unreadable)

    def _state(self, find: Callable[[Any], Any], word: str) -> _Condition:
        second = self._take()[1]
        conditions: dict[tuple[str, str], _Condition] = {
            ("IS", "TRUE"): lambda document: find(document) is True,
            ("IS", "FALSE"): lambda document: find(document) is False,
            ("IS", "NULL"): lambda document: find(document) is None,
            ("NOT", "EXISTS"): lambda document: find(document) is _MISSING,
        }
        condition = conditions.get((word.upper(), second.upper()))
        if condition is None:
            raise self._unreadable(f"{word} {second}")
        return condition

    def _take(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._unreadable("its end")
        return self._tokens.pop(0)

    def _accept(self, operator: str) -> bool:
        if self._tokens and self._tokens[0] == ("operator", operator):
            self._tokens.pop(0)
            return True
        return False

    def _unreadable(self, place: str) -> LocalCloudError:
        return LocalCloudError(f"The filter pattern {self._pattern!r} cannot be read at {place!r}.")


def _comparison(
    find: Callable[[Any], Any],
    operator: str,
    kind: str,
    literal: str,
    *,
    refuse: Callable[[str], LocalCloudError],
) -> _Condition:
    number = _number(literal) if kind == "word" else None
    if operator in ("=", "!="):
        text = json.loads(literal) if kind == "string" else literal

        def equals(document: Any) -> bool:
            found = find(document)
            if number is not None and isinstance(found, int | float) and not isinstance(found, bool):
                return float(found) == number
            return isinstance(found, str) and fnmatch.fnmatchcase(found, re.sub(r"([\[?])", r"[\1]", text))

        if operator == "=":
            return equals
        return lambda document: find(document) is not _MISSING and not equals(document)
    if number is None:
        raise refuse(literal)
    return _ordering(find, operator, number)


def _ordering(find: Callable[[Any], Any], operator: str, number: float) -> _Condition:
    def holds(document: Any) -> bool:
        found = find(document)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return False
        return {">": found > number, ">=": found >= number, "<": found < number, "<=": found <= number}[
            operator
        ]

    return holds


def _number(literal: str) -> float | None:
    try:
        return float(literal)
    except ValueError:
        return None
