"""Reads the files `models/*.toml`; a mistake is reported with its file, table and key."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from keepfit.definitions.mistakes import InvalidDefinitions, Lines, Mistake, alike, nearest, shortened
from keepfit.definitions.model import Catalogue, ModelDefinition, read_duration
from keepfit.definitions.own_code import include_code
from keepfit.definitions.own_extractors import include_extractors
from keepfit.definitions.view_versions import NUMBERED

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # stacks, functions, routes and keys are named after it
_AT_LINE = re.compile(r"\(at line ([0-9]+)")
_TAKEN = {
    ("model", "platform"): "the stack of what all models share has that name",
    ("model", "platform_batches"): "the state machine of batches has that name",
    ("dataset", "batch"): "files in that folder of the intake are to be scored",
}


_INCLUDED = {"model": include_code, "dataset": include_extractors}
"""What is read of files beside a definition, by the kind of its tables."""

Table = tuple[str, str]
"""Its kind and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionFiles:
    """All files of a folder as one catalogue, without the tables that cannot be understood.

    ``sources`` says which file has the table, ``lines`` where in a file its keys stand. ``broken`` are the tables that
    are left out; ``partial`` those of which the keys named are, because what they say cannot be understood.
    ``fragments`` are the broken models whose other tables can be checked all the same.
    """

    catalogue: Catalogue
    sources: Mapping[Table, str]
    lines: Mapping[str, Lines]
    mistakes: list[Mistake]
    broken: frozenset[Table]
    partial: Mapping[Table, frozenset[str]]
    fragments: Mapping[str, ModelDefinition]

    def mistake(self, table: Table, message: str) -> Mistake:
        """A mistake in ``table``, with the file and line of the table."""
        file = self.sources[self._named(message) or table]
        return Mistake(file=file, line=self.lines[file].find(message), message=message)

    def _named(self, message: str) -> Table | None:
        return next(
            (source for source in self.sources if re.match(rf"\[{source[0]}\.{source[1]}[].]", message)), None
        )


@dataclass(slots=True)
class _Reading:
    """The definitions and mistakes read so far."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[Table, str] = field(default_factory=dict)
    lines: dict[str, Lines] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    broken: set[Table] = field(default_factory=set)
    partial: dict[Table, frozenset[str]] = field(default_factory=dict)
    fragments: dict[str, ModelDefinition] = field(default_factory=dict)


def read(folder: Path) -> DefinitionFiles:
    """Reads all files of ``folder`` together.

    Raises:
        InvalidDefinitions: files that are not TOML, unknown or mistyped keys, names defined twice.
    """
    files = examine(folder)
    if files.mistakes:
        raise InvalidDefinitions(files.mistakes)
    return files


def examine(folder: Path) -> DefinitionFiles:
    """Reads all valid parts of the files of ``folder``, and lists every mistake in the rest."""
    reading = _Reading()
    for path in paths(folder):
        _read(path, reading)
    return DefinitionFiles(
        catalogue=msgspec.convert(reading.tables, Catalogue, dec_hook=read_duration),
        sources=reading.sources,
        lines=reading.lines,
        mistakes=reading.mistakes,
        broken=frozenset(reading.broken),
        partial=reading.partial,
        fragments=reading.fragments,
    )


def paths(folder: Path) -> list[Path]:
    """The definition files of ``folder``, in the order of their names.

    What editors and macOS leave beside them does not: `._x.toml`, `.#x.toml`, `x.toml~`, anything hidden.
    """
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def _read(path: Path, reading: _Reading) -> None:
    reading.lines[path.name] = Lines("")

    def tell(message: str, line: int | None = None) -> None:
        line = line or reading.lines[path.name].find(message)
        reading.mistakes.append(Mistake(file=path.name, line=line, message=message))

    try:
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        return tell(f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return tell(f"is not text: {error}; save it as UTF-8")
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        says = f"is not TOML: {error}; see docs/reference/definitions.md"
        return tell(says, int(at[1]) if at else None)
    reading.lines[path.name] = Lines(text)
    kinds = {info.name: info.type for info in msgspec.structs.fields(Catalogue)}
    for kind, entries in document.items():
        if kind not in kinds or not isinstance(entries, dict):
            for message in _mistakes(Catalogue, {kind: entries}, []):
                tell(message)
            continue
        for name, entry in entries.items():
            include = _INCLUDED.get(kind)
            beside = include(path.parent, name, entry) if include else ()
            taken = _take(kind, name, entry, get_args(kinds[kind])[1], path.name, reading)
            for message in chain(beside, taken):
                tell(message)
    return None


def _take(
    kind: str, name: str, entry: Any, struct: type[msgspec.Struct], file: str, reading: _Reading
) -> Iterator[str]:
    """Keeps the valid parts of a table and reports its mistakes."""
    table = (kind, name)
    named = list(name_mistakes(kind, name, reading.sources))
    yield from named
    if table in reading.sources:
        return
    reading.sources[table] = file
    yield from _mistakes(struct, entry, [kind, name])
    if named or not isinstance(entry, dict):
        reading.broken.add(table)
        return
    fields = _fields(struct)
    wrong = {key for key in entry if any(_mistakes(struct, {key: entry[key]}, [], complete=False))}
    right = {key: part for key, part in entry.items() if key not in wrong}
    if wrong:
        reading.partial[table] = frozenset(wrong)
    if not any(info.required and key not in right for key, info in fields.items()):
        reading.tables.setdefault(kind, {})[name] = right
        return
    reading.broken.add(table)
    if struct is ModelDefinition:
        whole = {"dataset": "", "label": "", "inputs": [], **right}
        reading.fragments[name] = msgspec.convert(whole, ModelDefinition, dec_hook=read_duration)


def name_mistakes(kind: str, name: str, sources: Mapping[Table, str]) -> Iterator[str]:
    """The mistakes in the name of a table beside those of other ``sources``."""
    table = f"[{kind}.{shortened(name)}]"
    numbered = NUMBERED.fullmatch(name) if kind == "feature_view" else None
    if not _NAME.fullmatch(numbered[1] if numbered else name):
        yield f"{table} needs another name: small letters, digits and _, a letter first, at most 40"
    if (kind, name) in _TAKEN:
        yield f"{table} needs another name: {_TAKEN[kind, name]}"
    for (other_kind, other), file in sources.items():
        if (other_kind, other) == (kind, name):
            yield f"{table} is defined twice, in {file} too; rename one of them"
        elif other_kind == kind and other.replace("_", "") == name.replace("_", ""):
            yield (
                f"{table} needs another name: from [{kind}.{other}] in {file} it differs in _ only, which names of "
                "resources do not hold"
            )


def _mistakes(kind: Any, value: Any, path: list[str], *, complete: bool = True) -> Iterator[str]:
    """The mistakes in ``value`` as ``kind``; ``complete`` where all required keys must be present."""
    bare = _bare(kind, value)
    if isinstance(value, dict) and isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        yield from _struct_mistakes(bare, value, path, complete=complete)
    elif isinstance(value, dict) and get_origin(bare) is dict:
        for key, entry in value.items():
            yield from _mistakes(get_args(bare)[1], entry, [*path, key])
    elif isinstance(value, list) and get_origin(bare) is list:
        for entry in value:
            yield from _mistakes(get_args(bare)[0], entry, path)
    else:
        yield from _value_mistakes(kind, value, path)


def _bare(kind: Any, value: Any) -> Any:
    """The type without bounds and description; of several, the one that ``value`` may be."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(bare) not in (UnionType, Union):
        return bare
    parts = [part for part in get_args(bare) if part not in (type(None), msgspec.UnsetType)]
    tables = [part for part in parts if isinstance(part, type) and issubclass(part, msgspec.Struct)]
    if tables:
        parts = tables if isinstance(value, dict) else [part for part in parts if part not in tables]
    return _bare(parts[0], value) if len(parts) == 1 else bare


def _struct_mistakes(
    kind: type[msgspec.Struct], value: Mapping[str, Any], path: list[str], *, complete: bool
) -> Iterator[str]:
    fields = _fields(kind)
    slips = set()
    for key, entry in value.items():
        if key in fields:
            yield from _mistakes(fields[key].type, entry, [*path, key])
        else:
            slips.add(nearest(key, fields))
            yield _told([*path, key], f"is not a known key; {alike(key, fields)}")
    for key, info in fields.items():
        if complete and info.required and key not in value and key not in slips:
            yield _told([*path, key], "is required and missing")


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """The fields of a type by name, kept: msgspec evaluates its annotations at each call."""
    return {info.name: info for info in msgspec.structs.fields(kind)}


def _value_mistakes(kind: Any, value: Any, path: list[str]) -> Iterator[str]:
    shown = shortened(repr(value)) if isinstance(value, str) else shortened(str(value))
    bare = _bare(kind, value)
    if get_origin(bare) is Literal and value not in get_args(bare):
        yield _told(path, f"cannot be {shown}; it can be {', '.join(get_args(bare))}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield _told(path, f"cannot be {shown}; write a finite number")
    else:
        try:
            msgspec.convert(value, kind, dec_hook=read_duration)
        except msgspec.ValidationError as error:
            yield _told(path, f"cannot be {shown}: {error}; see docs/reference/definitions.md")


def _told(path: list[str], says: str) -> str:
    *table, key = path
    where = f"[{'.'.join(table)}] {key}" if table else f"[{key}]"
    return f"{shortened(where)} {says}"
