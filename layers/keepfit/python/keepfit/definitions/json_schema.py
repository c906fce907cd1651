"""The JSON Schema of `models/*.toml`, for editors that complete and check TOML."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from keepfit.definitions.model import Catalogue, write_duration
from keepfit.instants import Duration


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a `models/*.toml` file, for editors that complete and check TOML."""
    return msgspec.json.schema(_spelled(Catalogue))


def _spelled(kind: Any) -> Any:
    """``kind`` with every Duration as the text in a file, which a JSON Schema can hold."""
    if kind is Duration:
        return Annotated[str, msgspec.Meta(pattern=r"^[0-9]+[smhd]$")]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _spelled_struct(kind)
    if get_origin(kind) in (None, Literal):
        return kind
    parts = tuple(_spelled(part) for part in get_args(kind))
    return reduce(or_, parts) if get_origin(kind) is UnionType else get_origin(kind)[parts]


@cache
def _spelled_struct(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """One type for each, wherever it stands: a schema has no two of one name."""
    fields = [(f.name, _spelled(f.type), _default(f)) for f in msgspec.structs.fields(kind)]
    namespace = {"__doc__": kind.__doc__}
    return msgspec.defstruct(
        kind.__name__, fields, namespace=namespace, kw_only=True, forbid_unknown_fields=True
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.required:
        return msgspec.NODEFAULT
    default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if default is msgspec.UNSET:
        return default
    written = msgspec.to_builtins(default, enc_hook=write_duration)
    return msgspec.field(default_factory=lambda: written) if isinstance(written, dict | list) else written
