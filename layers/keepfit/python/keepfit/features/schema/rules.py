"""What a good value is: the same rules for uploaded rows and for instances in requests.

A number is finite and fits a float32, an int also fits 64 bits; an instant lies between 1900 and 2199, ISO 8601, and
is UTC where it has no offset; categories are text of at most 1,000 characters, or what would be such a text in a file.
Empty text is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from keepfit.features.schema.categories import category_of
from keepfit.features.schema.definition import Field
from keepfit.instants import from_iso

Problem = tuple[int, str]
FieldProblem = tuple[int, str, str]

# The greatest float32: beyond it a model's input would be infinite.
MAX_NUMBER = 3.4028234663852886e38
MAX_INT = 2**63 - 1
MAX_CATEGORY_LENGTH = 1000
_UTC = " UTC"
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

NULL = "is null, and the field is not nullable"
NOT_A_NUMBER = "is not a number"
NOT_FINITE = "is not a finite number of at most 3.4e38"
NOT_AN_INT = "is not a whole number"
INT_TOO_LARGE = "does not fit a 64-bit integer"
NOT_A_BOOL = "is not true or false"
NOT_TEXT = "is not text"
TOO_LONG = f"is longer than {MAX_CATEGORY_LENGTH} characters"
NOT_AN_INSTANT = "is not an ISO 8601 instant such as 2013-01-31T09:30:00-05:00"
OUTSIDE_TIME = "is not between the years 1900 and 2199"


def number_range(field: Field) -> tuple[float, float]:
    """The least and the greatest value a number of this field may have."""
    low = -MAX_NUMBER if field.min is None else max(field.min, -MAX_NUMBER)
    high = MAX_NUMBER if field.max is None else min(field.max, MAX_NUMBER)
    return low, high


def out_of_bounds(field: Field) -> str:
    """The message for a number outside the field's own bounds."""
    if field.max is None:
        return f"is below the minimum {field.min:g}"
    if field.min is None:
        return f"is above the maximum {field.max:g}"
    return f"is not between {field.min:g} and {field.max:g}"


def check_column(field: Field, values: Sequence[Any]) -> list[Problem]:
    """The problems of a column of JSON values: (row, message), rows counted from 0; empty where all is well.

    >>> check_column(Field(type="float", min=0), [3, -1.5, None, "x"])
    [(1, 'is below the minimum 0'), (2, 'is null, and the field is not nullable'), (3, 'is not a number')]
    """
    if _plainly_good(field, values):
        return []
    check = _CHECKS[field.type]
    problems: list[Problem] = []
    for row, value in enumerate(values):
        missing = value is None or value == ""
        message = (None if field.nullable else NULL) if missing else check(field, value)
        if message:
            problems.append((row, message))
    return problems


def check_instances(fields: Mapping[str, Field], instances: Sequence[Any]) -> list[FieldProblem]:
    """The problems of whole instances: (row, field, message), by row; names unknown and missing fields too."""
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
    """Checked values as expressions and the encoder read them: categories text, instants aware UTC datetimes."""
    read = _READ.get(field.type)
    return [None if value is None or value == "" else read(value) if read else value for value in values]


def _plainly_good(field: Field, values: Sequence[Any]) -> bool:
    """Whether a quick look finds nothing to complain about: the way of nearly all requests."""
    kinds = set(map(type, values))
    if field.nullable:
        kinds.discard(type(None))
    if field.type == "float" and kinds <= {float, int}:
        low, high = number_range(field)
        return all(low <= value <= high for value in _present(values))
    if field.type == "category" and kinds <= {str}:
        return all(0 < len(value) <= MAX_CATEGORY_LENGTH for value in _present(values))
    return field.type == "bool" and kinds <= {bool}


def _present(values: Iterable[Any]) -> Iterable[Any]:
    return (value for value in values if value is not None)


def _check_float(field: Field, value: Any) -> str | None:
    if type(value) not in (float, int):
        return NOT_A_NUMBER
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        return NOT_FINITE
    low, high = number_range(field)
    return None if low <= value <= high else out_of_bounds(field)


def _check_int(field: Field, value: Any) -> str | None:
    if type(value) not in (float, int):
        return NOT_A_NUMBER
    if type(value) is float and not value.is_integer():
        return NOT_AN_INT
    if not -MAX_INT <= value <= MAX_INT:
        return INT_TOO_LARGE
    return _check_float(field, value)


def _check_bool(_field: Field, value: Any) -> str | None:
    return None if type(value) is bool else NOT_A_BOOL


def _check_category(_field: Field, value: Any) -> str | None:
    if not isinstance(value, (str, int, float)):
        return NOT_TEXT
    return None if len(category_of(value)) <= MAX_CATEGORY_LENGTH else TOO_LONG


def _check_timestamp(_field: Field, value: Any) -> str | None:
    if not isinstance(value, (str, datetime)):
        return NOT_AN_INSTANT
    try:
        at = _instant(value)
    except OverflowError:
        return OUTSIDE_TIME
    except ValueError:
        return NOT_AN_INSTANT
    return None if EARLIEST <= at < LATEST else OUTSIDE_TIME


def _instant(value: str | datetime) -> datetime:
    if isinstance(value, str):
        return from_iso(f"{value[: -len(_UTC)]}Z" if value.endswith(_UTC) else value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_READ: dict[str, Callable[[Any], Any]] = {"category": category_of, "timestamp": _instant}
_CHECKS: dict[str, Callable[[Field, Any], str | None]] = {
    "float": _check_float,
    "int": _check_int,
    "bool": _check_bool,
    "category": _check_category,
    "timestamp": _check_timestamp,
}
