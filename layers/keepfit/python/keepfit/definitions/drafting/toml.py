"""A draft as the text of a TOML file that a person goes on with: every decision beside its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec

from keepfit.definitions.drafting.draft import Choice, Draft, DraftedColumn
from keepfit.features.schema.definition import Field

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 110


def to_toml(draft: Draft) -> str:
    """The whole file; columns that are left out are comments, ready to be taken back."""
    return "\n".join(chain(_head(draft), _dataset(draft), _model(draft))) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    label = next(column.name for column in draft.columns if column.use == "label")
    yield from _comment(
        f"Predicts {label}. Drafted by `keepfit new` from {draft.file}: {draft.rows:,} rows, of which "
        f"{draft.labelled_rows:,} have a label. Read the reasons, change what you know better, and run "
        "`keepfit definitions check`."
    )
    for warning in draft.warnings:
        yield from _comment(f"Look at this: {warning}")
    yield ""


def _dataset(draft: Draft) -> Iterator[str]:
    yield f"[dataset.{draft.name}]"
    yield from _keys(draft, "dataset")
    yield f"[dataset.{draft.name}.fields]"
    yield from _aligned(
        (f"{_key(column.name)} = {_inline(_plain(column))}", column.reason)
        for column in draft.columns
        if column.use != "left out"
    )
    if left_out := [column for column in draft.columns if column.use == "left out"]:
        yield "# Left out. To take one back, remove its # here and name it among the inputs."
        yield from _aligned(
            (f"# {_key(column.name)}{f' = {_inline(_plain(column))}' if column.field else ''}", column.reason)
            for column in left_out
        )
    yield ""


def _model(draft: Draft) -> Iterator[str]:
    yield f"[model.{draft.name}]"
    yield from _keys(draft, "model")
    yield "inputs = ["
    inputs = [_string(column.name) for column in draft.columns if column.use == "input"]
    yield from (f"  {line}," for line in _filled(inputs))
    yield "]"
    for table in ("training", "gates"):
        if any(choice.table == table for choice in draft.choices):
            yield f"[model.{draft.name}.{table}]"
            yield from _keys(draft, table)


def _keys(draft: Draft, table: str) -> Iterator[str]:
    chosen: list[Choice] = [choice for choice in draft.choices if choice.table == table]
    width = max((len(choice.key) for choice in chosen), default=0)
    yield from _aligned(
        (f"{choice.key:{width}} = {_value(choice.value)}", choice.reason) for choice in chosen
    )


def _aligned(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines with their comments in one column, or above the line where they would stand out too far."""
    pairs = [(line, _printable(reason)) for line, reason in lines]
    short = [len(line) for line, reason in pairs if reason and len(line) + len(reason) + 4 <= _WIDTH]
    width = max(short, default=0)
    for line, reason in pairs:
        if not reason:
            yield line
        elif len(line) <= width and width + len(reason) + 4 <= _WIDTH:
            yield f"{line:{width}}  # {reason}"
        else:
            yield from _comment(reason)
            yield line


def _comment(text: str) -> Iterator[str]:
    line = "#"
    for word in _printable(text).split():
        if len(line) + 1 + len(word) > _WIDTH and line != "#":
            yield line
            line = "#"
        line = f"{line} {word}"
    yield line


def _filled(parts: Iterable[str]) -> Iterator[str]:
    line = ""
    for part in parts:
        if line and len(line) + 2 + len(part) > _WIDTH - 4:
            yield line
            line = part
        else:
            line = f"{line}, {part}" if line else part
    if line:
        yield line


def _plain(column: DraftedColumn) -> dict[str, Any]:
    """A field's keys that differ from what is meant without them."""
    defaults = {key.name: key.default for key in msgspec.structs.fields(Field)}
    plain: dict[str, Any] = msgspec.to_builtins(column.field)
    return {key: value for key, value in plain.items() if value != defaults[key]}


def _inline(table: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_value(value)}" for key, value in table.items()) + " }"


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case int() | float():
            return repr(value)
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case dict():
            return _inline(value)
    raise TypeError(f"{type(value).__name__} has no form in TOML")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, which has one more, for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
