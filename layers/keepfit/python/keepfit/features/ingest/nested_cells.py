"""DuckDB functions from the cells of a column to the texts of a field: nested values, pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from keepfit.features.ingest.picture_cells import picture_taker_of
from keepfit.features.io.named_files import NamedFiles
from keepfit.features.io.reductions import NoValue
from keepfit.features.schema.definition import Field
from keepfit.features.schema.nested import taker_of

_TAKEN = "STRUCT(t VARCHAR, flaw VARCHAR)"
Take = Callable[[str], str | None]


def make_takers(connection: Any, fields: Iterable[Field], files: NamedFiles | None) -> Iterator[int]:
    """Makes a function for each of the ``fields`` that needs one, and yields its position among them."""
    for number, field in enumerate(fields):
        steps = [take for take in (taker_of(field), picture_taker_of(field, files)) if take]
        if steps:
            connection.create_function(taker(number), _told(steps), ["VARCHAR"], _TAKEN)
            yield number


def taker(number: int) -> str:
    """The name of the function of a field; it gives the text, or the cell and what is wrong with it."""
    return f"_take{number}"


def _told(steps: list[Take]) -> Callable[[str], dict[str, str | None]]:
    def taken(cell: str) -> dict[str, str | None]:
        found: str | None = cell
        try:
            for take in steps:
                found = None if found is None else take(found)
        except NoValue as flaw:
            return {"t": cell, "flaw": str(flaw)}
        return {"t": found, "flaw": None}

    return taken
