"""What a type of a field has to say of its values, once for all who read, keep, encode or watch them."""

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
    """One type of a field. A cell is a text of a file, or a JSON value of a request.

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
        """Whether a value says when something was."""
        return self.expression == "timestamp"

    @abstractmethod
    def flaw(self, field: Field, value: Any) -> str | None:
        """Why a JSON value, which is not missing, is not good; None where it is."""

    def plainly_good(self, field: Field, values: Sequence[Any], kinds: set[type]) -> bool:
        """Whether a quick look finds all well. ``kinds`` are the values' Python types, but for missing ones."""
        return False

    def read(self, value: Any) -> Any:
        """A good JSON value as expressions and the encoder read it."""
        return value

    @abstractmethod
    def request_type(self, field: Field) -> Any:
        """What msgspec accepts for the usual value of a request; what it refuses, ``flaw`` decides."""

    def finisher(self, field: Field) -> Finish | None:
        """Reads in place what ``request_type`` accepts; None where that is the value already."""
        return None

    def finish_each(self, field: Field) -> Finish:
        """A ``finisher`` that looks at every value once more."""

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
        """The value of a file's text, as an SQL expression of type ``storage``; NULL where there is none."""

    @abstractmethod
    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        """Conditions in SQL under which a text is not good, the first that holds counts, and the messages."""

    def missing_sql(self, text: str, value: str) -> str | None:
        """The condition in SQL under which a text is as good as none, beside being NULL."""
        return None

    def kept_sql(self, value: str) -> str:
        """The value of a part that may have been written by an older release."""
        return value

    def sent_sql(self, value: str) -> str:
        """A value as a client would send it in JSON."""
        return value


@cache
def type_of(name: FieldType) -> ValueType:
    """The type that is listed under this name; raises KeyError for a name that is not."""
    found: ValueType = import_module(MODULES[name]).TYPE
    return found


def present(values: Iterable[Any]) -> Iterable[Any]:
    """The values that are not missing."""
    return (value for value in values if value is not None)
