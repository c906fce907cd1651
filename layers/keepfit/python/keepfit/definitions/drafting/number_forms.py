"""The ways in which people write numbers, as the fields that read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keepfit.definitions.drafting.cell_form import Form
from keepfit.features.schema.definition import Field

_INT, _FLOAT = Field(type="int", nullable=True), Field(type="float", nullable=True)
_COMMA_THOUSANDS = Field(type="int", nullable=True, thousands=",")
_POINT_THOUSANDS = Field(type="int", nullable=True, decimal=",", thousands=".")
_COMMA_DECIMAL = Field(type="float", nullable=True, decimal=",")
_AMERICAN = (
    Form(_FLOAT),
    Form(_COMMA_THOUSANDS, _COMMA_DECIMAL),
    Form(Field(type="float", nullable=True, thousands=",")),
)
_EUROPEAN = (
    Form(_POINT_THOUSANDS, _FLOAT),
    Form(_COMMA_DECIMAL, _COMMA_THOUSANDS),
    Form(Field(type="float", nullable=True, decimal=",", thousands=".")),
    Form(Field(type="float", nullable=True, decimal=",", thousands=" ")),
)
_OTHER = (
    Form(Field(type="int", nullable=True, thousands=" ")),
    Form(Field(type="float", nullable=True, thousands=" ")),
    Form(Field(type="int", nullable=True, thousands="'")),
    Form(Field(type="float", nullable=True, thousands="'")),
)
# Fractions of one, which no thousands have.
_is_comma_fraction = re.compile(r"[^0-9]*0,[0-9]").match
_is_point_fraction = re.compile(r"[^0-9]*0?\.[0-9]").match


def number_forms(texts: Sequence[str], delimiter: str) -> Iterator[Form]:
    """The forms that may read a column of numbers, the likeliest first.

    Args:
        texts: some of the column's texts.
        delimiter: what parts the columns of the file; people who part them by semicolons write decimal commas.

    >>> [form.field.decimal for form in number_forms(["1,250", "0,500"], ",")][2]
    ','
    """
    commas = any(map(_is_comma_fraction, texts))
    is_european = commas or (delimiter == ";" and not any(map(_is_point_fraction, texts)))
    # Where short numbers are written without it and long ones with it, a sign parts thousands.
    is_certain = not all("," in text or "." in text for text in texts)
    yield Form(_INT)
    for form in (*_EUROPEAN, *_AMERICAN) if is_european else (*_AMERICAN, *_EUROPEAN):
        yield Form(form.field) if is_certain else form
    yield from _OTHER
