"""Rows that clients write in real time: read, checked, and as lines of a file for ingest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.rules import FieldProblem, read_instances

TypedRow = Mapping[str, Any]
"""A value for each field of the dataset, None where it is missing."""
_LEEWAY: Final = timedelta(days=1)
_NOT_YET: Final = "is later than now, and what is not known yet cannot be written"


class ReadRows(NamedTuple):
    """The good rows, typed and with their numbers, and the problems of the others."""

    good: list[tuple[int, TypedRow]]
    problems: list[FieldProblem]


def read_rows(dataset: DatasetDefinition, rows: Sequence[Any], at: datetime) -> ReadRows:
    """Reads rows that are written at an instant, by the readers of requests."""
    forms = cells_of(dataset)
    required = {*filter(None, (dataset.event_time,))}
    readers = {
        name: cell_reader(msgspec.structs.replace(form, nullable=False) if name in required else form)
        for name, form in forms.items()
    }
    optional = {name: None for name, form in forms.items() if form.nullable and name not in required}
    found = ReadRows([], [])
    for number, row in enumerate(rows):
        columns, flaws = read_instances(readers, [row], optional=optional)
        typed = {name: column[0] for name, column in zip(readers, columns, strict=True) if column}
        known = typed.get(dataset.known_column)
        if not flaws and known is not None and known > at + _LEEWAY:
            flaws = [(0, dataset.known_column, _NOT_YET)]
        found.problems.extend((number, field, _of_dataset(why)) for _, field, why in flaws)
        if not flaws:
            found.good.append((number, typed))
    return found


def to_lines(dataset: DatasetDefinition, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as a file of the dataset, with the columns that its fields are read from."""
    fields = dataset.fields
    objects = [{f.column or name: row.get(name) for name, f in fields.items()} for row in rows]
    return b"".join(msgspec.json.encode(one) + b"\n" for one in objects)


def from_lines(dataset: DatasetDefinition, body: bytes, at: datetime) -> list[TypedRow]:
    """The rows of a file that ``to_lines`` made."""
    names = {f.column or name: name for name, f in dataset.fields.items()}
    objects = [msgspec.json.decode(line) for line in body.splitlines()]
    rows = [{names[column]: value for column, value in one.items()} for one in objects]
    return [row for _, row in read_rows(dataset, rows, at).good]


def _of_dataset(why: str) -> str:
    return "is not a field of the dataset" if why == "is not a field of this model" else why
