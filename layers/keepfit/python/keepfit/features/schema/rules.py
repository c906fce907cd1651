"""Validation rules of field values, for uploaded rows and for instances in requests alike.

A number is finite and fits a float32, an int also fits 64 bits; an instant lies between 1900 and 2199, ISO 8601, and
is UTC where it has no offset; categories are text of at most 1,000 characters, or what would be such a text in a file.
Empty text is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import NULL, type_of

Problem = tuple[int, str]
FieldProblem = tuple[int, str, str]


def check_column(field: Field, values: Sequence[Any]) -> list[Problem]:
    """The problems of a column of JSON values: (row, message), rows counted from 0.

    >>> check_column(Field(type="float", min=0), [3, -1.5, None, "x"])
    [(1, 'is below the minimum 0'), (2, 'is null, and the field is not nullable'), (3, 'is not a number')]
    """
    rules, kinds = type_of(field.type), set(map(type, values))
    if field.nullable:
        kinds.discard(type(None))
    if rules.plainly_good(field, values, kinds):  # the way of nearly all requests
        return []
    problems: list[Problem] = []
    for row, value in enumerate(values):
        missing = value is None or value == ""
        message = (None if field.nullable else NULL) if missing else rules.flaw(field, value)
        if message:
            problems.append((row, message))
    return problems


def check_instances(fields: Mapping[str, Field], instances: Sequence[Any]) -> list[FieldProblem]:
    """The problems of whole instances: (row, field, message), by row.

    Unknown and missing fields are problems too.
    """
    problems: list[FieldProblem] = []
    whole: list[tuple[int, Mapping[str, Any]]] = []
    for row, instance in enumerate(instances):
        if isinstance(instance, dict):
            whole.append((row, instance))
            problems += [
                (row, str(name), "is not a field of this model") for name in instance.keys() - fields.keys()
            ]
        else:
            problems.append((row, "", "is not an object of fields"))
    for name, field in fields.items():
        holders = [(row, instance[name]) for row, instance in whole if name in instance]
        problems += [(row, name, "is missing") for row, instance in whole if name not in instance]
        found = check_column(field, [value for _, value in holders])
        problems += [(holders[position][0], name, message) for position, message in found]
    return sorted(problems)


def read_column(field: Field, values: Sequence[Any]) -> Sequence[Any]:
    """Converts valid values for expressions and the encoder.

    Categories become texts, instants aware UTC datetimes.
    """
    read = type_of(field.type).read
    return [None if value is None or value == "" else read(value) for value in values]
