"""The interface of field types, for all that read, store, encode or monitor their values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, Literal

from keepfit.features.schema.blanks import stripped
from keepfit.features.schema.cell_form import CellForm, FieldType
from keepfit.features.schema.missing_values import MISSING
from keepfit.features.schema.registry import MODULES
from keepfit.features.schema.words import listed_sql, word, word_sql, words

Storage = Literal["DOUBLE", "BIGINT", "BOOLEAN", "VARCHAR", "TIMESTAMPTZ", "DOUBLE[]"]
ReadText = Callable[[str], Any]
ReadCell = Callable[[Any], Any]
# Of decoded instances and the name of their attribute: whether each could be read, or else ``reader`` must decide.
Finish = Callable[[Iterable[Any], str], bool]

NULL = "is null, and the field is not nullable"


class BadCell(ValueError):
    """A cell that holds no good value; the message goes on after the name of its field."""


class ValueType(ABC):
    """One type of a field; a cell is a text of a file, or a JSON value of a request.

    What it says in Python of cells it says in SQL of columns of texts, and a property test holds it to that. There a
    text is read in two steps, so that nothing is computed twice: ``parsed_sql``, and of what that gives ``value_sql``.

    Attributes:
        storage: the type of a column in DuckDB.
        expression: how it is typed in expressions, in which all numbers are one type.
        encoding: what a value becomes in a model's row; None for what only feeds derived columns.
        profile: the bins that its drift is measured in; None for what is not watched.
        keys: what a field of it may declare, of what not every field may.
        usual_missing: the words that hold no value in a field that may be empty and declares none.
    """

    storage: Storage
    expression: Literal["number", "bool", "text", "timestamp", "vector"]
    encoding: Literal["number", "code", "text", "calendar", "vector"] | None
    profile: Literal["numbers", "truths", "categories"] | None
    keys: frozenset[str] = frozenset()
    usual_missing: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether values have an order, bounds and a distance."""
        return self.expression == "number"

    @property
    def is_instant(self) -> bool:
        """Whether values are instants."""
        return self.expression == "timestamp"

    @property
    def is_list(self) -> bool:
        """Whether a value is a list in JSON and in Parquet."""
        return self.expression == "vector"

    def width(self, form: CellForm) -> int:
        """How many numbers a value is."""
        return 1

    def made_by(self, form: CellForm) -> str | None:
        """The digest of what makes its values of something else; None where nothing does."""
        return None

    def mistakes(self, form: CellForm) -> Iterator[str]:
        """What is wrong with the ``keys`` that a field declares."""
        yield from ()

    def reader(self, form: CellForm) -> ReadCell:
        """A function of a cell, text or JSON, to its value, None where missing; it raises BadCell."""
        read_text, read_value, is_missing = (
            self.text_reader(form),
            self.value_reader(form),
            self.missing_test(form),
        )
        declared, nullable = bool(words(form.missing)), form.nullable

        def read(cell: Any) -> Any:
            if isinstance(cell, str):
                text = stripped(cell)
                if text and not is_missing(text):
                    return read_text(text)
            elif cell is not None and not (declared and is_missing(self.spelled(form, cell))):
                return read_value(cell)
            if nullable:
                return None
            raise BadCell(NULL)

        return read

    @abstractmethod
    def text_reader(self, form: CellForm) -> ReadText:
        """A function of a text, without blanks around it and not missing, to its value. It raises BadCell."""

    def value_reader(self, form: CellForm) -> ReadCell:
        """A function of a JSON value that is no text, and not null, to its value. It raises BadCell."""
        read = self.text_reader(form)
        return lambda value: read(self.spelled(form, value))

    def missing_test(self, form: CellForm) -> Callable[[str], bool]:
        """Whether a text, without blanks around it and not empty, says that there is no value."""
        held = self._missing_words(form)
        return lambda text: word(text) in held

    def spelled(self, form: CellForm, value: Any) -> str:
        """A JSON value that is no text as the text that a file of this form would hold."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return repr(value)

    def spelled_sql(self, form: CellForm, column: str, kind: str) -> str:
        """A column of the DuckDB type ``kind`` as texts of this form; a number that is none is NULL."""
        if kind in ("FLOAT", "DOUBLE"):
            return f"CASE WHEN NOT isnan({column}) THEN CAST({column} AS VARCHAR) END"
        return f"CAST({column} AS VARCHAR)"

    def parsed_sql(self, form: CellForm, text: str) -> str:
        """What a text is before anything is checked, as an SQL expression of any type."""
        return text

    def native_sql(self, form: CellForm, column: str, kind: str) -> str | None:
        """What ``parsed_sql`` gives of a column of the DuckDB type ``kind``, without texts.

        None where only the texts of its values, by ``spelled_sql``, say what they mean.
        """
        return None

    @abstractmethod
    def value_sql(self, form: CellForm, parsed: str) -> str:
        """The value as an SQL expression of type ``storage``; NULL where there is none."""

    def good_sql(self, form: CellForm, value: str) -> str:
        """A quick condition under which a value has no flaw; it may miss some that have none."""
        return "false"

    @abstractmethod
    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        """Conditions in SQL under which a text is not good, the first that holds counts, and the messages."""

    def missing_sql(self, form: CellForm, text: str, parsed: str) -> str:
        """The condition in SQL under which a text that gives no value says that there is none."""
        return f"{word_sql(text)} IN {listed_sql(['', *sorted(self._missing_words(form))])}"

    def _missing_words(self, form: CellForm) -> set[str]:
        return {*MISSING, *map(word, words(form.missing))}

    def kept_sql(self, form: CellForm, value: str) -> str:
        """SQL for the value in a part that may have been written under another definition."""
        return value

    def sent_sql(self, value: str) -> str:
        """SQL for the value as a client would send it in JSON, whatever the form."""
        return value

    @abstractmethod
    def request_type(self, form: CellForm) -> Any:
        """The msgspec type of the usual value in a request; ``reader`` decides on all others."""

    def finisher(self, form: CellForm) -> Finish | None:
        """Converts in place what ``request_type`` accepts; None where there is nothing to convert."""
        return None

    def is_kept_as_sent(self, form: CellForm) -> bool:
        """Whether what the ``finisher`` accepts may be logged as it was sent: it changes nothing."""
        return self.finisher(form) is None

    def finish_each(self, form: CellForm) -> Finish:
        """A ``finisher`` that reads every cell as ``reader`` does."""
        read = self.reader(form)

        def finish(instances: Iterable[Any], name: str) -> bool:
            try:
                for instance in instances:
                    setattr(instance, name, read(getattr(instance, name)))
            except BadCell:
                return False
            return True

        return finish


@cache
def type_of(name: FieldType) -> ValueType:
    """The type listed under ``name``. Raises KeyError for an unknown name."""
    found: ValueType = import_module(MODULES[name]).TYPE
    return found
