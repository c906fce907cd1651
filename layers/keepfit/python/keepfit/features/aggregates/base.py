"""The interface of aggregates: the values of a window become one value of a feature.

A window's state is merged of the states of its parts, in any order, so that a store may keep it in pieces. States are
lists, dicts, numbers and texts, which JSON holds as they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

State = TypeVar("State")
# How a value is typed in expressions; see ``schema.types.base.ValueType.expression``.
Kind = Literal["number", "bool", "text", "timestamp"]

ANY: Final[frozenset[Kind]] = frozenset({"number", "bool", "text", "timestamp"})
NUMBERS: Final[frozenset[Kind]] = frozenset({"number"})
SUMMABLE: Final[frozenset[Kind]] = frozenset({"number", "bool"})
ORDERED: Final[frozenset[Kind]] = frozenset({"number", "bool", "timestamp"})


class Event(NamedTuple):
    """A row of a view: a value that is there, and when it happened and was known.

    Instants are microseconds since 1970, those of a value of type timestamp too.
    """

    value: Any
    happened: int = 0
    known: int = 0


class Events(NamedTuple):
    """Rows in columns: their values, and when each happened and was known; see ``Event``."""

    values: list[Any]
    happened: list[int]
    known: list[int]


class Aggregate(ABC, Generic[State]):
    """One aggregate; rows whose value is missing are left out before.

    Attributes:
        takes: how the values of the field may be typed.
        gives: the type of the feature; None for that of the field.
        optional_of: whether it may be of rows, without naming a field.
        parameter: the key of the definition that it needs beside these, which is passed on to it.
        kept_as: the name of the aggregate whose states it finishes, where that is not its own.
        exact: whether a merged state gives what the whole would, to the bit; else within the bound that it states.
    """

    takes: frozenset[Kind] = ANY
    gives: str | None = None
    optional_of: bool = False
    parameter: Literal["q", "value"] | None = None
    kept_as: str | None = None
    exact: bool = True

    @abstractmethod
    def zero(self) -> State:
        """The state of a window without rows."""

    @abstractmethod
    def add(self, state: State, event: Event, parameter: Any = None) -> State:
        """The state with one more row; the one that is given may change."""

    @abstractmethod
    def merge(self, one: State, other: State) -> State:
        """The state of both windows together; ``one`` may change, and ``other`` stays as it is."""

    def together(self, states: Iterable[State], events: Events, parameter: Any = None) -> State:
        """The state of some windows and rows together, to be finished and not to be kept."""
        total = self.zero()
        for state in states:
            total = self.merge(total, state)
        for event in map(Event, *events):
            total = self.add(total, event, parameter)
        return total

    @abstractmethod
    def finish(self, state: State, parameter: Any = None) -> Any:
        """The value of the feature, None where it is missing."""
