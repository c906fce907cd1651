"""The ways in which people write times, as the fields that read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.cell_form import Form
from keepfit.features.schema.definition import Field

_DATES = (
    *(
        "%d.%m.%Y",
        "%d.%m.%y",
        "%Y.%m.%d",
        "%Y/%m/%d",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%d %b %Y",
        "%d %b %y",
        "%d%b%Y",
    ),
    *(
        "%b %d, %Y",
        "%b %d %Y",
        "%B %d, %Y",
        "%B %d %Y",
        "%d %B %Y",
        "%d. %B %Y",
        "%d %B, %Y",
        "%A, %B %d, %Y",
    ),
    *("%a, %d %b %Y", "%a %d %b %Y", "%a %b %d %Y"),
)
# Of each pair the one takes what the other writes, in the first twelve days of a month.
_DAY_OR_MONTH_FIRST = (
    ("%d/%m/%Y", "%m/%d/%Y"),
    ("%d/%m/%y", "%m/%d/%y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%d-%m-%y", "%m-%d-%y"),
)
_CLOCKS = ("", *(" " + clock for clock in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")))
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y", "%Y-%b")
_OF_PROGRAMS = (
    *("%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S +0000 %Y", "%a %b %d %H:%M:%S %Y %z"),
    *("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z"),
    *("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p"),
)
_DIGITS_ALONE = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M")
_EPOCHS = ("epoch_s", "epoch_ms", "epoch_us")
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
    for date, clock in product(_DATES, _CLOCKS):
        yield Form(_field(date + clock))
    for (day_first, month_first), clock in product(_DAY_OR_MONTH_FIRST, _CLOCKS):
        yield Form(_field(day_first + clock), _field(month_first + clock))
        yield Form(_field(month_first + clock))
    yield from map(Form, map(_field, (*_OF_PROGRAMS, *_MONTHS)))


def forms_of_digits(name: str, texts: Sequence[str]) -> Iterator[Form]:
    """The forms that may read a column of whole numbers as times, where its name says that it holds some."""
    if not column_names.is_time(name) or not all(map(str.isdigit, texts)):
        return
    lengths = {len(text) for text in texts}
    # From 2001 to 2286 seconds have ten digits; few other numbers beside a time do.
    epochs = [epoch for epoch, digits in zip(_EPOCHS, (10, 13, 16), strict=True) if lengths == {digits}]
    yield from map(Form, map(_field, (*_DIGITS_ALONE, *epochs)))


def _field(written: str) -> Field:
    return Field(type="timestamp", nullable=True, format=written)
