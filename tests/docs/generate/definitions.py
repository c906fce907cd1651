"""The tables of a definition file, from the structs that read them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from keepfit.definitions.model import Catalogue, write_duration
from keepfit.instants import Duration
from tests.docs.generate.markdown import code, table

_WORDS = {str: "text", float: "number", int: "whole number", bool: "`true` or `false`", Duration: "duration"}
_PLURALS = {str: "texts", float: "numbers"}


def definitions() -> str:
    """One section per table of a definition file: what it is, and each key with type, default and meaning."""
    return "\n".join(_section(path, struct) for path, struct in tables(Catalogue, ()))


def tables(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[msgspec.Struct]]]:
    """Every table that a definition file may hold, by its path, from the outermost inwards."""
    for field in msgspec.structs.fields(kind):
        bare = _given(_parts(field.type)[0])
        inner = (*path, field.name)
        if get_origin(bare) is list:
            bare = get_args(bare)[0]
        if get_origin(bare) is dict:
            bare = get_args(bare)[1]
            inner = (*inner, f"<{field.name.rstrip('s')}>" if path else "<name>")
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            yield inner, bare
            yield from tables(bare, inner)


def _given(kind: Any) -> Any:
    """The type of a key that may be left out, where it is given."""
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part not in (NoneType, msgspec.UnsetType)]
        return parts[0] if len(parts) == 1 else kind
    return kind


def _section(path: tuple[str, ...], struct: type[msgspec.Struct]) -> str:
    rows = [
        [f"`{field.name}`", _kind(field.type), _default(field), _meaning(field)]
        for field in msgspec.structs.fields(struct)
    ]
    intro = code(inspect.cleandoc(struct.__doc__ or "").split("\n\n")[0])
    return f"## `[{'.'.join(path)}]`\n\n{intro}\n\n{table(['key', 'type', 'default', 'meaning'], rows)}"


def _parts(kind: Any) -> tuple[Any, list[msgspec.Meta]]:
    """The type itself, and what is said about it."""
    if get_origin(kind) is Annotated:
        bare, *about = get_args(kind)
        return bare, about
    return kind, []


def _kind(kind: Any) -> str:
    bare, about = _parts(kind)
    return _word(bare) + "".join(_bounds(meta) for meta in about)


def _word(kind: Any) -> str:
    if get_origin(kind) is Literal:
        *others, last = (f"`{option}`" for option in get_args(kind))
        return f"{', '.join(others)} or {last}" if others else last
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part not in (NoneType, msgspec.UnsetType)]
        return " or ".join(map(_kind, parts))
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        inner = _parts(inner)[0]
        return f"list of {_PLURALS.get(inner) or _word(inner).replace('table', 'tables')}"
    if get_origin(kind) is dict:
        inner = _PLURALS.get(get_args(kind)[1])
        return f"table of {inner}" if inner else "table"
    return _WORDS.get(kind, "table")


def _bounds(meta: msgspec.Meta) -> str:
    if meta.ge is not None and meta.le is not None:
        return f", {meta.ge} to {meta.le}"
    lower = f", at least {meta.ge}" if meta.ge is not None else ""
    lower = f", above {meta.gt}" if meta.gt is not None else lower
    upper = f", at most {meta.le}" if meta.le is not None else ""
    return lower + (f", below {meta.lt}" if meta.lt is not None else upper)


def _default(field: msgspec.structs.FieldInfo) -> str:
    """A default as TOML writes it; tables have none of their own."""
    if field.required:
        return "required"
    if field.default is msgspec.UNSET:
        return ""
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    written = msgspec.to_builtins(value, enc_hook=write_duration)
    if written is None or isinstance(written, dict):
        return ""
    return f"`{msgspec.json.encode(written).decode().replace(',', ', ')}`"


def _meaning(field: msgspec.structs.FieldInfo) -> str:
    _, about = _parts(field.type)
    return next((meta.description for meta in about if meta.description), "")
