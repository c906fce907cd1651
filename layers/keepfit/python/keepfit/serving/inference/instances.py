"""Decodes request bodies into validated instances."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.errors import InvalidRequest
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.rules import FieldProblem, read_instances
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import Finish, type_of
from keepfit.features.schema.types.number import NOT_FINITE
from keepfit.tasks.base import MAX_ROWS

if TYPE_CHECKING:  # imported by requests of columns alone
    from keepfit.serving.inference.instance_columns import InstanceColumns

MAX_DETAILS = 20

# No backtick before the path: between those stand names that a client chose, and they may look like a path.
_PATH = re.compile(r"^([^`]*) - at `\$\.instances\[(\d+)\]\.(.+)`$", re.DOTALL)
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)


class DecodedRequest(msgspec.Struct, gc=False):
    """What a client asks: ``instances`` in order, and whether to ``explain`` the answer.

    Instances are structs with attributes f0, f1 ...; values are as in their columns, times aware UTC. ``body`` is the
    JSON object that was sent, where each value in it may be logged as it is. ``columns`` are the same instances, where
    they came so. ``nodes`` says of each which nodes of a graph answered it, once they have.
    """

    instances: list[Any]
    explain: bool = False
    body: bytes | str | None = None
    nodes: list[int] | UnsetType = UNSET
    columns: Mapping[str, list[Any]] | None = None


class InstanceDecoder:
    """Decodes and validates request bodies against a signature; make one and keep it.

    The usual body is checked in C while it is parsed, by types made from the signature. What those do not accept is
    looked at again by the readers of ``features.schema``, which decide: they name every problem, or accept a form that
    the types are too narrow for (an int written 1.0, a truth written "yes", an empty text that is missing).
    """

    __slots__ = (
        "_finishers",
        "_instance",
        "_is_kept_as_sent",
        "_loose",
        "_of_columns",
        "_optional",
        "_readers",
        "_request",
        "_sensitive",
        "columns",
        "left_out",
        "max_rows",
    )

    def __init__(self, signature: Signature, max_rows: int = MAX_ROWS, *, lookups: bool = False) -> None:
        """With ``lookups`` an instance may leave out what is looked up: it is UNSET then, and to be filled in.

        After the columns of whole instances come the keys of entities that are not among those, UNSET where the
        instance has none.
        """
        columns = (*signature.instance_columns, *(_keys_beside(signature) if lookups else ()))
        left_out = {column.name for column in columns[len(signature.instance_columns) :]}
        for lookup in (signature.lookups or ()) if lookups else ():
            left_out |= {*lookup.features}
        self.columns, self.left_out = columns, frozenset(left_out)
        """The columns by their attributes, and the names of those that may be UNSET."""
        self.max_rows = max_rows
        self._readers = {column.name: cell_reader(column) for column in columns}
        self._optional = {column.name: None for column in columns if column.optional}
        self._optional |= dict.fromkeys(left_out, UNSET)
        finishers = [(f"f{n}", column.name, _finisher(column)) for n, column in enumerate(columns)]
        self._finishers = [
            (place, _of_those_set(finish) if name in left_out else finish)
            for place, name, finish in finishers
            if finish
        ]
        self._instance = _instance_type(columns, self.left_out)
        self._is_kept_as_sent = not lookups and all(
            type_of(column.type).is_kept_as_sent(column) and not column.sensitive for column in columns
        )
        self._sensitive = tuple(f"f{n}" for n, column in enumerate(columns) if column.sensitive)
        self._request = _request_decoder(self._instance)
        self._loose = _request_decoder(Any)
        self._of_columns: InstanceColumns | None = None

    def decode(self, body: bytes | str) -> DecodedRequest:
        """What a body asks.

        Raises:
            InvalidRequest: names what is wrong by row and field, the first 20 problems.
        """
        try:
            sent = self._request(body)
        except _UNREADABLE as error:
            return self._look_again(body, error)
        instances = sent.instances
        if not 0 < len(instances) <= self.max_rows:
            raise _wrong_length(len(instances), self.max_rows)
        for name, finish in self._finishers:
            if not finish(instances, name):
                return self._look_again(body)
        return DecodedRequest(instances, sent.explain, body if self._is_kept_as_sent else None)

    def _look_again(self, body: bytes | str, first: Exception | None = None) -> DecodedRequest:
        try:
            sent = self._loose(body)
        except _UNREADABLE as error:
            raise _unreadable(body, error, first) from error
        return DecodedRequest(self.read(sent.instances), sent.explain)

    def loggable(self, instances: list[Any]) -> list[Any]:
        """Takes out of instances that are answered, in place, what no log may hold."""
        for attribute in self._sensitive:
            for instance in instances:
                setattr(instance, attribute, UNSET)
        return instances

    def convert(self, cells: Mapping[str, list[Any]], rows: int, *, explain: bool = False) -> DecodedRequest:
        """Makes a request of columns of so many ``rows`` JSON values.

        Raises:
            InvalidRequest: names what is wrong by row and field, the first 20 problems.
        """
        if not 0 < rows <= self.max_rows:
            raise _wrong_length(rows, self.max_rows)
        if self._of_columns is None:
            from keepfit.serving.inference.instance_columns import InstanceColumns  # noqa: PLC0415  few send them

            self._of_columns = InstanceColumns(self.columns, self.left_out, _type)
        of_columns = self._of_columns
        found = of_columns.read(cells, rows)
        if found is None or not all(finish(found[0], name) for name, finish in self._finishers):
            by_row = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
            return DecodedRequest(self.read(by_row), explain)
        instances, columns = found
        if self.left_out:  # what is looked up goes into instances
            return DecodedRequest(instances, explain)
        body = of_columns.body(instances) if self._is_kept_as_sent else None
        return DecodedRequest(instances, explain, body, columns=of_columns.finished(columns, instances))

    def read(self, instances: Sequence[Any]) -> list[Any]:
        """The same of instances as mappings of names to JSON values, or to texts of a file.

        Raises:
            InvalidRequest: names what is wrong by row and field, the first 20 problems.
        """
        if not 0 < len(instances) <= self.max_rows:
            raise _wrong_length(len(instances), self.max_rows)
        columns, problems = read_instances(self._readers, instances, optional=self._optional)
        if problems:
            raise invalid_instances(problems)
        names = self._instance.__struct_fields__
        return [self._instance(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def invalid_instances(problems: Sequence[FieldProblem]) -> InvalidRequest:
    """The refusal of instances, with the first problems of them."""
    return InvalidRequest(
        "instances are not what this model was trained on: see the errors",
        code="invalid_instances",
        details=list(problems[:MAX_DETAILS]),
    )


def _wrong_length(rows: int, max_rows: int) -> InvalidRequest:
    if not rows:
        return InvalidRequest("'instances' is empty: send at least one", code="no_instances")
    return InvalidRequest(
        f"{rows} instances are more than a request may hold: send up to {max_rows} at a time",
        code="too_many_instances",
    )


def _unreadable(body: bytes | str, error: Exception, first: Exception | None) -> InvalidRequest:
    """The message for a body that is not JSON, with the field where parsing failed if known."""
    if isinstance(error, RecursionError):
        return InvalidRequest("the body is nested too deeply", code="invalid_json")
    match = _PATH.match(str(first or error))
    details = [(int(match[2]), match[3], match[1])] if match else _not_finite(body)
    return InvalidRequest(f"the body cannot be read: {error}", code="invalid_json", details=details)


def _not_finite(body: bytes | str) -> list[tuple[int, str, str]]:
    """The position of NaN or Infinity in a body: JSON has neither, and many clients write both."""
    import json  # noqa: PLC0415  for clients to blame, not before the first answer

    spelled = object()
    try:
        instances = json.loads(body, parse_constant=lambda _name: spelled)["instances"]
        cells = [
            (row, field, value) for row, instance in enumerate(instances) for field, value in instance.items()
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []
    return [(row, field, NOT_FINITE) for row, field, value in cells if value is spelled][:MAX_DETAILS]


def _request_decoder(instance: Any) -> Callable[[bytes | str], Any]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        ("instances", list[instance]),
        ("explain", bool, False),
    ]
    request = msgspec.defstruct("Request", fields, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(request).decode


def _keys_beside(signature: Signature) -> list[Column]:
    """The keys of entities that are no columns of whole instances."""
    own = {column.name for column in signature.instance_columns}
    keys = {key.name: key for lookup in signature.lookups or () for key in lookup.entity}
    return [key for name, key in keys.items() if name not in own]


def _finisher(column: Column) -> Finish | None:
    return type_of(column.type).finisher(column)


def _of_those_set(finish: Finish) -> Finish:
    """The same, of the instances that have a value or null."""
    return lambda instances, name: finish((i for i in instances if getattr(i, name) is not UNSET), name)


def _instance_type(columns: Sequence[Column], left_out: frozenset[str]) -> type[msgspec.Struct]:
    """A struct type per signature; attributes are f0, f1 ..., as field names may be any text."""
    fields = [
        (f"f{position}", _type(column) | UnsetType, UNSET)
        if column.name in left_out
        else (f"f{position}", _type(column), *_default(column))
        for position, column in enumerate(columns)
    ]
    names = {f"f{position}": column.name for position, column in enumerate(columns)}
    return msgspec.defstruct(
        "Instance", fields, rename=names, forbid_unknown_fields=True, gc=False, kw_only=True
    )


def _default(column: Column) -> tuple[None, ...]:
    return (None,) if column.optional else ()


def _type(column: Column) -> Any:
    accepted = type_of(column.type).request_type(column)
    return accepted | None if column.nullable else accepted
