"""Functions in DuckDB that take the values of nested fields out of the cells of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from keepfit.features.io.reductions import NoValue
from keepfit.features.schema.definition import Field
from keepfit.features.schema.nested import taker_of

_TAKEN = "STRUCT(t VARCHAR, flaw VARCHAR)"


def make_takers(connection: Any, fields: Iterable[Field]) -> Iterator[int]:
    """Makes a function for each of the ``fields`` that is nested, and yields its position among them."""
    for number, field in enumerate(fields):
        take = taker_of(field)
        if take is not None:
            connection.create_function(taker(number), _told(take), ["VARCHAR"], _TAKEN)
            yield number


def taker(number: int) -> str:
    """The name of the function of a field; it gives the text, or the cell and what is wrong with it."""
    return f"_take{number}"


def _told(take: Callable[[str], str | None]) -> Callable[[str], dict[str, str | None]]:
    def taken(cell: str) -> dict[str, str | None]:
        try:
            return {"t": take(cell), "flaw": None}
        except NoValue as flaw:
            return {"t": cell, "flaw": str(flaw)}

    return taken
