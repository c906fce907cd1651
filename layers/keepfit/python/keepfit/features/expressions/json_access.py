"""Access to texts of JSON by constant paths, with DuckDB's results: ``payload ->> '$.age'``.

A text is decoded once in a row, however many paths read it, and as far as it is plain JSON by msgspec. What DuckDB
reads otherwise, ``json_text`` reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec

from keepfit.features.expressions.json_text import Node, scan, text_of_real

Step = str | int
Document = tuple[str, Any]
"""A text and what it holds: decoded, or as a Node where only ``json_text`` reads it."""

MAX_STEPS: Final = 20
_MAX_PLACE: Final = 2**31
_LIKE: Final = "'$.customer.age', '$.items[0]', '$.items[-1]' or '$.\"first name\"'"
_step = re.compile(
    r"""\.(?P<name>[^.\[\]"*\s]+)|\."(?P<quoted>(?:[^"\\]|\\["\\])+)"|\[(?P<place>-?[0-9]+)\]|\[\#-(?P<back>[0-9]+)\]"""
).match
_PLAIN_KEY: Final = re.compile(r"""[^\[\]"*/$\\][^\[\]"*\\]*""").fullmatch
_ESCAPED = re.compile(r"\\u00[2-7]").search
_decode = msgspec.json.Decoder().decode


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


_decode_first = json.JSONDecoder(object_pairs_hook=_first_wins).decode


def path_of(written: str | int) -> str:
    """A path as DuckDB takes it and trees hold it.

    Args:
        written: a path from ``$`` on, a key, or the place of an element.

    Raises:
        ValueError: it is none; says how one is written.

    >>> [path_of(path) for path in ("$.a.b[0]", "a.b", -1)]
    ['$."a"."b"[0]', '$."a.b"', '$[-1]']
    """
    if isinstance(written, int):
        steps: list[Step] = [written]
    elif written.startswith("$"):
        steps = list(_steps(written))
    elif _PLAIN_KEY(written):
        steps = [written]
    else:
        raise ValueError(f"{written!r} is no path; write one like {_LIKE}")
    if len(steps) > MAX_STEPS:
        raise ValueError(f"{written!r} has more than {MAX_STEPS} steps")
    if any(not -_MAX_PLACE < step < _MAX_PLACE for step in steps if isinstance(step, int)):
        raise ValueError(f"{written!r} leads to an element further on than any list is long")
    if any(ord(letter) < ord(" ") for step in steps if isinstance(step, str) for letter in step):
        raise ValueError(f"{written!r} holds a control character")
    return "$" + "".join(map(_written, steps))


def joined(paths: list[str]) -> str:
    """The path of several, one after another.

    >>> joined(['$."a"', '$[0]'])
    '$."a"[0]'
    """
    return "$" + "".join(path[1:] for path in paths)


def keys_of(path: str) -> list[str]:
    """The keys that a path steps to."""
    return [step for step in _steps(path) if isinstance(step, str)]


def document(text: str) -> Document | None:
    """What a text holds; None where it is no JSON."""
    try:
        return text, _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        node = scan(text)
        return None if node is None else (text, node)


@lru_cache
def reader(path: str) -> Callable[[Document], str | None]:
    """A function of a document to the text of the value at a path; None where there is none, or null.

    >>> reader('$."a"[0]')(document('{"a": [1.50, 2]}'))
    '1.5'
    """
    steps, may_repeat = tuple(_steps(path)), _repeats(keys_of(path))

    def read(document: Document) -> str | None:
        text, value = document
        if isinstance(value, Node):
            return _node_text(value, steps)
        if may_repeat(text):  # msgspec keeps the last of a key that an object has twice
            value = _decode_first(text)
        for step in steps:
            value = _within(value, step)
        return _node_text(scan(text), steps) if isinstance(value, (dict, list)) else _scalar(value)

    return read


def _repeats(keys: list[str]) -> Callable[[str], bool]:
    """Whether a text may hold one of the keys more than once, by an escape too."""
    quoted = [f'"{key}"' for key in keys]
    plain = all(key.isascii() and not set('/"\\') & set(key) for key in keys)

    def repeats(text: str) -> bool:
        for key in quoted:
            if text.count(key) > 1:
                return True
        return bool(keys) and "\\" in text and (not plain or _ESCAPED(text) is not None)

    return repeats


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return text_of_real(value) if isinstance(value, float) else str(value)


def _within(value: Any, step: Step) -> Any:
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    if isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    return None


def _node_text(node: Node | None, steps: tuple[Step, ...]) -> str | None:
    for step in steps:
        node = _within(node.children, step) if node else None
    return node.text() if node else None


def _steps(path: str) -> Iterator[Step]:
    at = 1
    while at < len(path):
        found = _step(path, at)
        if found is None:
            raise ValueError(f"{path!r} cannot be read from {path[at:]!r} on; write a path like {_LIKE}")
        name, quoted, place, back = found.groups()
        if place or back:
            yield int(place) if place else -int(back)
        else:
            yield name or re.sub(r"\\(.)", r"\1", quoted)
        at = found.end()


def _written(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'
