"""The common part of numeric types: finite, float32-compatible, within the field's bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from keepfit.features.schema.blanks import stripped
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.missing_values import MISSING
from keepfit.features.schema.types.base import BadCell, Finish, ValueType
from keepfit.features.schema.types.number_form import number_form
from keepfit.features.schema.words import word, words

# The greatest float32: beyond it a model's input would be infinite.
MAX_NUMBER = 3.4028234663852886e38

# DuckDB's types of whole numbers that 64 bits with a sign hold.
WHOLE_KINDS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})

NOT_A_NUMBER = "is not a number"
NOT_FINITE = "is not a finite number of at most 3.4e38"


class NumberType(ValueType, ABC):
    """The base of numeric types."""

    expression = "number"
    encoding = "number"
    profile = "numbers"
    keys = frozenset({"min", "max", "decimal", "thousands"})

    def mistakes(self, form: CellForm) -> Iterator[str]:
        if form.min is not None and form.max is not None and form.min > form.max:
            yield f"min {form.min:g} is above max {form.max:g}"
        if (form.decimal or ".") == form.thousands:
            other = "," if form.thousands == "." else "."
            yield f"decimal and thousands are both {form.thousands!r}; write decimal = {other!r}"

    def spelled(self, form: CellForm, value: Any) -> str:
        return super().spelled(form, value).replace(".", form.decimal or ".")

    def spelled_sql(self, form: CellForm, column: str, kind: str) -> str:
        text = super().spelled_sql(form, column, kind)
        return f"replace({text}, '.', '{form.decimal}')" if form.decimal else text

    def missing_test(self, form: CellForm) -> Callable[[str], bool]:
        is_word, numbers = super().missing_test(form), missing_numbers(form)
        if not numbers:
            return is_word
        return lambda text: is_word(text) or self._value(form, text) in numbers

    def _value(self, form: CellForm, text: str) -> float | None:
        """The number that a text is read as; None where it is none."""
        return _number(form, text)

    def missing_sql(self, form: CellForm, text: str, parsed: str) -> str:
        is_word, numbers = super().missing_sql(form, text, parsed), missing_numbers(form)
        return f"({is_word} OR {parsed} IN {_listed(numbers)})" if numbers else is_word

    def _missing_words(self, form: CellForm) -> set[str]:
        return {*MISSING, *(word(text) for text in words(form.missing) if _declared(form, text) is None)}

    def value_sql(self, form: CellForm, parsed: str) -> str:
        numbers = missing_numbers(form)
        return f"CASE WHEN {parsed} NOT IN {_listed(numbers)} THEN {parsed} END" if numbers else parsed

    def kept_sql(self, form: CellForm, value: str) -> str:
        return NumberType.value_sql(self, form, value)

    def good_sql(self, form: CellForm, value: str) -> str:
        low, high = number_range(form)
        if (low, high) == (-MAX_NUMBER, MAX_NUMBER):
            return f"abs({value}) <= CAST({high!r} AS DOUBLE)"
        return f"{value} BETWEEN CAST({low!r} AS DOUBLE) AND CAST({high!r} AS DOUBLE)"

    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        low, high = (f"CAST({bound!r} AS DOUBLE)" for bound in number_range(form))
        bounded = form.min is not None or form.max is not None
        return [
            *self._form_sql(form, text, value),
            *([(f"NOT {value} BETWEEN {low} AND {high}", out_of_bounds(form))] if bounded else []),
        ]

    @abstractmethod
    def _form_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        """``flaws_sql`` whatever the bounds."""

    def is_kept_as_sent(self, form: CellForm) -> bool:
        return True

    def finisher(self, form: CellForm) -> Finish | None:
        return _finish_unless(missing_numbers(form)) if missing_numbers(form) else None


def number_range(form: CellForm) -> tuple[float, float]:
    """The least and the greatest valid number of this field."""
    low = -MAX_NUMBER if form.min is None else max(form.min, -MAX_NUMBER)
    high = MAX_NUMBER if form.max is None else min(form.max, MAX_NUMBER)
    return low, high


def within(form: CellForm) -> Callable[[float], None]:
    """A function that raises BadCell for a number outside float32 or the field's own bounds."""
    low, high = number_range(form)

    def check(value: float) -> None:
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise BadCell(NOT_FINITE)
        if not low <= value <= high:
            raise BadCell(out_of_bounds(form))

    return check


def out_of_bounds(form: CellForm) -> str:
    """The message for a number outside the field's own bounds."""
    if form.max is None:
        return f"is below the minimum {form.min:g}"
    if form.min is None:
        return f"is above the maximum {form.max:g}"
    return f"is not between {form.min:g} and {form.max:g}"


def missing_numbers(form: CellForm) -> frozenset[float]:
    """The declared words for no value that are numbers, and so hold for however such a number is written."""
    found = (_declared(form, text) for text in words(form.missing))
    return frozenset(number for number in found if number is not None)


def _declared(form: CellForm, text: str) -> float | None:
    """The number of a declared word, which may have a point whatever the form."""
    number = _number(form, stripped(text))
    return _number(CellForm(type=form.type), stripped(text)) if number is None else number


def _number(form: CellForm, text: str) -> float | None:
    plain = number_form(form).plain(text)
    return float(plain[0]) if plain and not plain[1] else None


def _listed(numbers: frozenset[float]) -> str:
    return f"({', '.join(f'CAST({number!r} AS DOUBLE)' for number in sorted(numbers))})"


def _finish_unless(numbers: frozenset[float]) -> Finish:
    return lambda instances, name: all(getattr(instance, name) not in numbers for instance in instances)
