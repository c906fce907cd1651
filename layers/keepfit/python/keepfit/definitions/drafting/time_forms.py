"""The ways in which people write times, as the fields that read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.cell_form import Form
from keepfit.features.schema.definition import Field
from keepfit.features.schema.time_formats import (
    CLOCKS,
    DATES,
    DAY_OR_MONTH_FIRST,
    DIGITS_ALONE,
    EPOCHS,
    MONTHS,
    OF_PROGRAMS,
)

_MAX_LENGTH = 45


def time_forms(texts: Sequence[str]) -> Iterator[Form]:
    """The forms that may read a column of times, the likeliest first.

    >>> forms = [form.field.format for form in time_forms(["12/03/2024"])]
    >>> forms.index("%d.%m.%Y") < forms.index("%d/%m/%Y") < forms.index("%m/%d/%Y")
    True
    """
    yield Form(Field(type="timestamp", nullable=True))
    if not texts or len(texts[0]) > _MAX_LENGTH or not any(map(str.isdigit, texts[0])):
        return
    for date, clock in product(DATES, CLOCKS):
        yield Form(_field(date + clock))
    for (day_first, month_first), clock in product(DAY_OR_MONTH_FIRST, CLOCKS):
        yield Form(_field(day_first + clock), _field(month_first + clock))
        yield Form(_field(month_first + clock))
    yield from map(Form, map(_field, (*OF_PROGRAMS, *MONTHS)))


def forms_of_digits(name: str, texts: Sequence[str]) -> Iterator[Form]:
    """The forms that may read a column of whole numbers as times, where its name says that it holds some."""
    if not column_names.is_time(name) or not all(map(str.isdigit, texts)):
        return
    lengths = {len(text) for text in texts}
    # From 2001 to 2286 seconds have ten digits; few other numbers beside a time do.
    epochs = [epoch for epoch, (_, digits) in EPOCHS.items() if lengths == {digits}]
    yield from map(Form, map(_field, (*DIGITS_ALONE, *epochs)))


def _field(written: str) -> Field:
    return Field(type="timestamp", nullable=True, format=written)
