"""Profiles of columns: one pass of DuckDB over the texts of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from keepfit.definitions.drafting.cells import values_sql
from keepfit.definitions.drafting.field_types import FieldFit
from keepfit.definitions.drafting.free_text import is_text as is_text_of
from keepfit.definitions.drafting.table import Column, Table, Words
from keepfit.definitions.drafting.texts import Texts
from keepfit.features.schema.types.base import type_of

MAX_COMMON = 501
"""Of a column's values so many are counted one by one: one more than a model may have classes."""
_MAX_TEXTS = 2000
_FEW_VALUES = 20
# Between blanks and punctuation two letters or more and nothing else; of scripts that part no words, one sign.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|(?<!\S)[^\w\s]*([^\W\d_]{2,})[^\w\s]*(?!\S)")


def profile(connection: Any, texts: Texts) -> Table:
    """Every column of a file that can be a field, each read as its texts are written."""
    unusable = _unusable(texts.columns)
    places = {name: place for place, name in enumerate(texts.columns) if name not in unusable}
    columns = {name: _Profiling(connection, texts, place).column(name) for name, place in places.items()}
    return Table(
        rows=texts.rows,
        unreadable=texts.unreadable,
        columns=columns,
        unusable=unusable,
        encoding=texts.encoding,
    )


def _unusable(names: Sequence[str]) -> dict[str, str]:
    """Columns that no field can name, with the reason."""
    plain = Counter(name.strip().casefold() for name in names)
    reasons = {}
    for name in names:
        if not name.strip():
            reasons[name] = "has no name in the header"
        elif plain[name.strip().casefold()] > 1:
            reasons[name] = "has the name of another column, but for capitals"
        elif name.startswith("_"):
            reasons[name] = "begins with _, as the columns that keepfit adds to each row; rename it"
    return reasons


class _Profiling:
    """One column of a file, counted value by value into a table of its own."""

    def __init__(self, connection: Any, texts: Texts, place: int) -> None:
        self._connection = connection
        self._texts = texts
        self._place = place
        self._fit = FieldFit(connection, texts.sql, f"c{place}").fit(texts.columns[place], texts.delimiter)
        self._field = self._fit.field
        self._values = values_sql({f"c{place}": self._field}, f"FROM {texts.sql}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE counted AS SELECT c{place} AS v, count(*) AS n FROM {self._values} "  # noqa: S608
            "WHERE v IS NOT NULL GROUP BY v"
        )

    def column(self, name: str) -> Column:
        """All that is known of the column."""
        number = self._number_sql()
        bounds = f"min({number}), max({number})" if number else "NULL, NULL"
        [(present, distinct, least, most)] = self._ask(
            f"SELECT coalesce(sum(n), 0), count(*), {bounds} FROM counted"  # noqa: S608
        )
        common = self._ask(f"SELECT CAST(v AS VARCHAR), n FROM counted ORDER BY n DESC, v LIMIT {MAX_COMMON}")  # noqa: S608
        unique = present == distinct == self._texts.rows
        words = self._words(distinct)
        is_text = is_text_of(words, present=int(present), distinct=distinct)
        return Column(
            place=self._place,
            name=name,
            field=msgspec.structs.replace(self._field, type="text") if is_text else self._field,
            rows=self._texts.rows,
            present=int(present),
            distinct=distinct,
            least=least,
            most=most,
            common=tuple((str(shown), int(count)) for shown, count in common),
            counts=unique and self._field.type == "int" and self._rises(most - least + 1),
            words=words,
            note=self._fit.note,
            doubt=self._fit.doubt,
        )

    def _number_sql(self) -> str | None:
        if type_of(self._field.type).is_instant:
            return "epoch(v)"
        return "CAST(v AS DOUBLE)" if type_of(self._field.type).is_number else None

    def _rises(self, length: float) -> bool:
        """Whether different whole numbers leave no gap between the least and the most, or go up row by row."""
        if length == self._texts.rows:
            return True
        [(rises,)] = self._ask(
            f"SELECT bool_and(v > before) FROM (SELECT c{self._place} AS v, lag(v) OVER (ORDER BY _row) AS before "  # noqa: S608
            f"FROM {self._values})"
        )
        return bool(rises)

    def _words(self, distinct: int) -> Words | None:
        if self._field.type != "category" or distinct <= _FEW_VALUES:
            return None
        sampled = self._ask(f"SELECT v FROM counted ORDER BY hash(v), v LIMIT {_MAX_TEXTS}")  # noqa: S608
        [(longest,)] = self._ask("SELECT max(length(v)) FROM counted")
        return words_of([text for (text,) in sampled], longest=longest)

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return rows


def words_of(texts: Sequence[str], *, longest: int) -> Words:
    """What texts are made of; codes, numbers and addresses of mail hold no words.

    >>> words_of(["The red car!", "the blue car", "the car", "AB-2 x@y.org 7"], longest=14)
    Words(per_text=2.0, letters_per_text=11.25, longest=14, new=0.25)
    """
    parted = [[match[1] or match[0] for match in _WORD.finditer(text.lower())] for text in texts]
    counted = Counter(word for words in parted for word in set(words))
    total = sum(len(words) for words in parted)
    once = sum(1 for count in counted.values() if count == 1)
    return Words(
        per_text=total / len(texts),
        letters_per_text=sum(map(len, texts)) / len(texts),
        longest=longest,
        new=once / total if total else 1.0,
    )
