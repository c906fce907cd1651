"""Booleans: true, t, yes, y, on or 1, and their opposites, or the words a field declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import BadCell, ReadText, ValueType
from keepfit.features.schema.words import listed_sql, word, word_sql, words

NOT_A_BOOL = "is not true or false"

_TRUE, _FALSE = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")


class Boolean(ValueType):
    """See ``base.ValueType``."""

    storage = "BOOLEAN"
    expression = "bool"
    encoding = "number"
    profile = "truths"
    keys = frozenset({"true", "false"})

    def mistakes(self, form: CellForm) -> Iterator[str]:
        if bool(words(form.true)) != bool(words(form.false)):
            yield "true and false must both be declared, or neither"
        both = _words_of(form)[0] & _words_of(form)[1]
        if both:
            yield f"{min(both)!r} cannot be both true and false"
        always = {"true", "false"} & {*map(word, words(form.missing))}
        if always:
            yield f"missing: {min(always)!r} is a value of every bool"

    def text_reader(self, form: CellForm) -> ReadText:
        true, false = _words_of(form)

        def read(text: str) -> bool:
            said = word(text)
            if said in true or said in false:
                return said in true
            raise BadCell(NOT_A_BOOL)

        return read

    def request_type(self, form: CellForm) -> Any:
        return bool

    def parsed_sql(self, form: CellForm, text: str) -> str:
        return word_sql(text)

    def native_sql(self, form: CellForm, column: str, kind: str) -> str | None:
        return (
            f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"
            if kind == "BOOLEAN"
            else None
        )

    def value_sql(self, form: CellForm, parsed: str) -> str:
        missing = {*map(word, words(form.missing))}
        true, false = (listed_sql(sorted(said - missing)) for said in _words_of(form))
        return f"CASE WHEN {parsed} IN {true} THEN true WHEN {parsed} IN {false} THEN false END"

    def good_sql(self, form: CellForm, value: str) -> str:
        return f"{value} IS NOT NULL"

    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        return [(f"{value} IS NULL", NOT_A_BOOL)]


def _words_of(form: CellForm) -> tuple[set[str], set[str]]:
    """The words for true and for false; what JSON and Parquet hold as truths is always understood."""
    return (
        {"true", *map(word, words(form.true) or _TRUE)},
        {"false", *map(word, words(form.false) or _FALSE)},
    )


TYPE = Boolean()
