"""Validation rules of field values, for uploaded rows and for instances in requests alike.

A number is finite and fits a float32, an int also fits 64 bits; an instant lies between 1900 and 2199, ISO 8601 where
nothing else is declared, and is UTC where it has no offset; categories are text of at most 1,000 characters, or what
would be such a text in a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.types.base import BadCell, ReadCell

_NONE: Mapping[str, Any] = {}

Problem = tuple[int, str]
FieldProblem = tuple[int, str, str]


def check_column(form: CellForm, values: Sequence[Any]) -> list[Problem]:
    """The problems of a column of JSON values: (row, message), rows counted from 0.

    >>> check_column(CellForm(type="float", min=0), [3, -1.5, None, "x"])
    [(1, 'is below the minimum 0'), (2, 'is null, and the field is not nullable'), (3, 'is not a number')]
    """
    return _read(cell_reader(form), values)[1]


def read_column(form: CellForm, values: Sequence[Any]) -> list[Any]:
    """Converts valid cells for expressions and the encoder.

    Categories become texts, instants aware UTC datetimes.
    """
    return list(map(cell_reader(form), values))


def check_instances(forms: Mapping[str, CellForm], instances: Sequence[Any]) -> list[FieldProblem]:
    """The problems of whole instances: (row, field, message), by row.

    Unknown and missing fields are problems too.
    """
    return read_instances({name: cell_reader(form) for name, form in forms.items()}, instances)[1]


def read_instances(
    readers: Mapping[str, ReadCell], instances: Sequence[Any], *, optional: Mapping[str, Any] = _NONE
) -> tuple[list[list[Any]], list[FieldProblem]]:
    """The columns of whole instances by ``readers``, as ``read_column`` gives them, and their problems.

    What an instance lacks is as ``optional`` has it: a cell, or UNSET, which stays. With a problem, the columns are of
    no use.
    """
    problems: list[FieldProblem] = []
    whole: list[tuple[int, Mapping[str, Any]]] = []
    for row, instance in enumerate(instances):
        if isinstance(instance, dict):
            whole.append((row, instance))
            problems += [
                (row, str(name), "is not a field of this model") for name in instance.keys() - readers.keys()
            ]
        else:
            problems.append((row, "", "is not an object of fields"))
    columns = []
    for name, read in readers.items():
        if name in optional:
            holders = [(row, instance.get(name, optional[name])) for row, instance in whole]
        else:
            holders = [(row, instance[name]) for row, instance in whole if name in instance]
            problems += [(row, name, "is missing") for row, instance in whole if name not in instance]
        column, flaws = _read(read, [value for _, value in holders])
        problems += [(holders[position][0], name, message) for position, message in flaws]
        columns.append(column)
    return columns, sorted(problems)


def _read(read: ReadCell, cells: Sequence[Any]) -> tuple[list[Any], list[Problem]]:
    column, problems = [], []
    for row, cell in enumerate(cells):
        try:
            column.append(cell if cell is UNSET else read(cell))
        except BadCell as flaw:
            problems.append((row, str(flaw)))
    return column, problems
