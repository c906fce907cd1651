"""Reads `models/*.toml`; what cannot be read is told by file, table and key."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from keepfit.definitions import Catalogue, read_duration
from keepfit.errors import InvalidDefinition

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # stacks, functions, routes and keys are named after it
_TAKEN = {"platform": "the stack of what all models share has that name"}
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionFiles:
    """All files of a folder as one catalogue; ``sources`` says which file has the table (kind, name)."""

    catalogue: Catalogue
    sources: Mapping[tuple[str, str], str]


def read(folder: Path) -> DefinitionFiles:
    """All files of ``folder`` together.

    Raises:
        InvalidDefinition: a file that is not TOML, an unknown or mistyped key, a name defined twice.
    """
    merged: dict[str, dict[str, Any]] = {}
    sources: dict[tuple[str, str], str] = {}
    for path in paths(folder):
        try:
            for kind, entries in _read(path).items():
                for name, entry in entries.items():
                    _check_name(kind, name, sources)
                    merged.setdefault(kind, {})[name] = entry
                    sources[kind, name] = path.name
        except InvalidDefinition as error:
            raise InvalidDefinition(f"{path.name}: {error}") from error
    catalogue = msgspec.convert(merged, Catalogue, dec_hook=read_duration)
    return DefinitionFiles(catalogue=catalogue, sources=sources)


def paths(folder: Path) -> list[Path]:
    """The files of ``folder`` that define something, in the order of their names.

    What editors and macOS leave beside them does not: `._x.toml`, `.#x.toml`, `x.toml~`, anything hidden.
    """
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def shortened(text: str) -> str:
    """What was written, short enough for a message."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def alike(name: str, names: Iterable[str]) -> str:
    """What could stand for an unknown ``name``: the one most like it, and all that there are."""
    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=1)
    return f"{f'did you mean {near[0]!r}? ' if near else ''}there are {', '.join(known) or 'none'}"


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InvalidDefinition(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidDefinition(f"is not text: {error}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidDefinition(f"is not TOML: {error}; see the README's chapter on definitions") from error
    _check(Catalogue, document, [])
    return document


def _check_name(kind: str, name: str, sources: Mapping[tuple[str, str], str]) -> None:
    table = f"[{kind}.{shortened(name)}]"
    if not _NAME.fullmatch(name):
        raise InvalidDefinition(
            f"{table} needs another name: small letters, digits and _, a letter first, at most 40"
        )
    if kind == "model" and name in _TAKEN:
        raise InvalidDefinition(f"{table} needs another name: {_TAKEN[name]}")
    for (other_kind, other), file in sources.items():
        if (other_kind, other) == (kind, name):
            raise InvalidDefinition(f"{table} is defined twice, in {file} too; rename one of them")
        if other_kind == kind and other.replace("_", "") == name.replace("_", ""):
            raise InvalidDefinition(
                f"{table} needs another name: from [{kind}.{other}] in {file} it differs in _ only, which names of "
                "resources do not hold"
            )


def _check(kind: Any, value: Any, path: list[str]) -> None:
    """Raises InvalidDefinition for the first part of ``value`` that does not fit the type ``kind``."""
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _check_struct(kind, value, path)
    elif isinstance(value, dict) and get_origin(kind) is dict:
        for key, entry in value.items():
            _check(get_args(kind)[1], entry, [*path, key])
    elif isinstance(value, list) and get_origin(kind) is list:
        for entry in value:
            _check(get_args(kind)[0], entry, path)
    else:
        _check_value(kind, value, path)


def _check_struct(kind: type[msgspec.Struct], value: Mapping[str, Any], path: list[str]) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key, entry in value.items():
        if key not in fields:
            _refuse([*path, key], f"is not a key that keepfit knows; {alike(key, fields)}")
        _check(fields[key].type, entry, [*path, key])
    for key, field in fields.items():
        if field.required and key not in value:
            _refuse([*path, key], "is required and missing")


def _check_value(kind: Any, value: Any, path: list[str]) -> None:
    shown = shortened(repr(value)) if isinstance(value, str) else shortened(str(value))
    if get_origin(kind) is Literal and value not in get_args(kind):
        _refuse(path, f"cannot be {shown}; it can be {', '.join(get_args(kind))}")
    if isinstance(value, float) and not math.isfinite(value):
        _refuse(path, f"cannot be {shown}; write a finite number")
    try:
        msgspec.convert(value, kind, dec_hook=read_duration)
    except msgspec.ValidationError as error:
        _refuse(path, f"cannot be {shown}: {error}; see the README's chapter on definitions")


def _refuse(path: list[str], says: str) -> None:
    *table, key = path
    where = f"[{'.'.join(table)}] {key}" if table else f"[{key}]"
    raise InvalidDefinition(f"{shortened(where)} {says}")
