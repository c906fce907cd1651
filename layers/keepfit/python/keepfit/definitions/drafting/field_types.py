"""Finds the field that reads a column's texts: the first that takes each for a value, or for none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from keepfit.definitions.drafting.cell_form import Fit, Form, written
from keepfit.definitions.drafting.cells import bad_texts_sql, falls_sql, flaws_sql
from keepfit.definitions.drafting.number_forms import number_forms
from keepfit.definitions.drafting.time_forms import forms_of_digits, time_forms
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import BadCell, type_of

_CATEGORY = Field(type="category", nullable=True)
_BOOL = Field(type="bool", nullable=True)
_SAMPLED_ROWS = 2000
# A column of numbers may have a few words for no value, that nobody could mean as a number.
_MAX_WORDS, _MAX_WORD_LENGTH = 5, 24
_MIN_GOOD_OF_SAMPLE, _MIN_DISTINCT = 0.5, 10


class FieldFit:
    """Tries fields on one column of a relation of texts."""

    def __init__(self, connection: Any, texts: str, column: str) -> None:
        self._connection = connection
        self._texts = texts
        self._column = column
        rows = f"SELECT {column} FROM {texts} WHERE {column} IS NOT NULL LIMIT {_SAMPLED_ROWS}"  # noqa: S608
        self._sampled = [text for (text,) in self._ask(f"SELECT DISTINCT {column} FROM ({rows}) ORDER BY 1")]  # noqa: S608

    def fit(self, name: str, delimiter: str) -> Fit:
        """The field that takes every text; nullable where a value is missing.

        Args:
            name: what the header calls the column; whole numbers may be times where it says so.
            delimiter: what parts the columns of the file.
        """
        forms = list(self._forms(name, delimiter))
        # Most fields are ruled out by a few texts, which is quicker than asking all.
        for form in forms:
            if self._share_read(form.field) == 1 and (field := self._read_by(form.field)):
                return self._without_doubt(field, form.otherwise)
        nearly = [form.field for form in forms if self._may_have_words(form.field)]
        fits = (self._with_words(field) for field in nearly)
        return next(filter(None, fits), None) or Fit(self._category())

    def _category(self) -> Field:
        """What takes any text that is not too long; what is too long is free text."""
        [(_, missing, _)] = self._ask(flaws_sql(_CATEGORY, self._texts, self._column))
        return msgspec.structs.replace(_CATEGORY, nullable=missing > 0)

    def _forms(self, name: str, delimiter: str) -> Iterator[Form]:
        yield from forms_of_digits(name, self._sampled)
        yield from number_forms(self._sampled, delimiter)
        yield Form(_BOOL)
        yield from time_forms(self._sampled)

    def _share_read(self, field: Field) -> float:
        """Of the sampled texts, the share that the field reads; 0 as soon as too many are bad."""
        read, bad = cell_reader(field), 0
        for text in self._sampled:
            try:
                read(text)
            except BadCell:
                bad += 1
                if bad > _MAX_WORDS:
                    return 0.0
        return 1 - bad / len(self._sampled) if self._sampled else 0.0

    def _read_by(self, field: Field) -> Field | None:
        """The field, nullable only where it has to be; None where it does not read every text."""
        [(present, missing, bad)] = self._ask(flaws_sql(field, self._texts, self._column))
        return None if bad or not present else msgspec.structs.replace(field, nullable=missing > 0)

    def _without_doubt(self, field: Field, otherwise: Field | None) -> Fit:
        """The field, or the other where that one's values alone go along the file in order."""
        other = self._read_by(otherwise) if otherwise else None
        if other is None:
            return Fit(field)
        if other.type == "timestamp" and self._falls(field) and not self._falls(other):
            field, other = other, field
        return Fit(
            field,
            doubt=f"every cell fits {written(field)}, as drafted, and {written(other)} too, which gives other values",
        )

    def _falls(self, field: Field) -> bool:
        [(falls,)] = self._ask(falls_sql(field, self._texts, self._column))
        return bool(falls)

    def _may_have_words(self, field: Field) -> bool:
        kind = type_of(field.type)
        share = self._share_read(field) if kind.is_number or kind.is_instant else 0.0
        return share >= _MIN_GOOD_OF_SAMPLE and share * len(self._sampled) >= _MIN_DISTINCT

    def _with_words(self, field: Field) -> Fit | None:
        """The field with words for no value, where all that it cannot read are few words without a digit."""
        query = bad_texts_sql(field, self._texts, self._column)
        words = [(text.strip(), rows) for text, rows in self._ask(f"{query} LIMIT {_MAX_WORDS + 1}")]
        if len(words) > _MAX_WORDS or not all(_is_word(text) for text, _ in words):
            return None
        wordy = msgspec.structs.replace(field, missing=[text for text, _ in words])
        fitted = self._read_by(wordy)
        counted = ", ".join(f"{text!r} in {rows:,} rows" for text, rows in words)
        return Fit(fitted, note=f"no value: {counted}") if fitted else None

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return rows


def _is_word(text: str) -> bool:
    return bool(text) and len(text) <= _MAX_WORD_LENGTH and not any(map(str.isdigit, text))
