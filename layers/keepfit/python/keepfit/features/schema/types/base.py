"""The interface of field types, for all that read, store, encode or monitor their values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Literal

from keepfit.features.schema.definition import Field, FieldType
from keepfit.features.schema.registry import MODULES

Storage = Literal["DOUBLE", "BIGINT", "BOOLEAN", "VARCHAR", "TIMESTAMPTZ"]

# Of decoded instances and the name of their attribute: whether each value could be read, or else ``flaw`` must decide.
Finish = Callable[[Iterable[Any], str], bool]

NULL = "is null, and the field is not nullable"


class ValueType(ABC):
    """One type of a field; a cell is a text of a file, or a JSON value of a request.

    Attributes:
        storage: the type of a column in DuckDB.
        expression: how it is typed in expressions, in which all numbers are one type.
        encoding: what a value becomes in a model's row; None for what only feeds derived columns.
        profile: the bins that its drift is measured in; None for what is not watched.
    """

    storage: Storage
    expression: Literal["number", "bool", "text", "timestamp"]
    encoding: Literal["number", "code", "text", "calendar"] | None
    profile: Literal["numbers", "truths", "categories"] | None

    @property
    def is_number(self) -> bool:
        """Whether values have an order, bounds and a distance."""
        return self.expression == "number"

    @property
    def is_instant(self) -> bool:
        """Whether values are instants."""
        return self.expression == "timestamp"

    @abstractmethod
    def flaw(self, field: Field, value: Any) -> str | None:
        """The reason why a JSON value, which is not missing, is invalid; None where it is valid."""

    def plainly_good(self, field: Field, values: Sequence[Any], kinds: set[type]) -> bool:
        """Whether a quick check passes all values; ``kinds`` are the Python types of present ones."""
        return False

    def read(self, value: Any) -> Any:
        """A valid JSON value as expressions and the encoder read it."""
        return value

    @abstractmethod
    def request_type(self, field: Field) -> Any:
        """The msgspec type of the usual value in a request; ``flaw`` decides on all others."""

    def finisher(self, field: Field) -> Finish | None:
        """Converts in place what ``request_type`` accepts; None where there is nothing to convert."""
        return None

    def finish_each(self, field: Field) -> Finish:
        """A ``finisher`` that checks every value once more."""

        def finish(instances: Iterable[Any], name: str) -> bool:
            for instance in instances:
                value = getattr(instance, name)
                if value is not None:
                    if self.flaw(field, value):
                        return False
                    setattr(instance, name, self.read(value))
            return True

        return finish

    @abstractmethod
    def value_sql(self, text: str) -> str:
        """SQL for the value of a file's text, of type ``storage``; NULL where there is none."""

    @abstractmethod
    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        """SQL conditions of invalid texts with their messages; the first that holds counts."""

    def missing_sql(self, text: str, value: str) -> str | None:
        """The SQL condition for a text that means missing, besides NULL."""
        return None

    def kept_sql(self, value: str) -> str:
        """SQL for the value in a part that an older release may have written."""
        return value

    def sent_sql(self, value: str) -> str:
        """SQL for the value as a client would send it in JSON."""
        return value


@cache
def type_of(name: FieldType) -> ValueType:
    """The type listed under ``name``. Raises KeyError for an unknown name."""
    found: ValueType = import_module(MODULES[name]).TYPE
    return found


def present(values: Iterable[Any]) -> Iterable[Any]:
    """The values that are not missing."""
    return (value for value in values if value is not None)
