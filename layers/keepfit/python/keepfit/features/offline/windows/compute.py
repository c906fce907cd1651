"""Computes the aggregates of a view for the rows of a spine, from all events of their entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from keepfit.features.offline.columns import Values, concatenated_values
from keepfit.features.offline.windows.asking_rows import AskingRows
from keepfit.features.offline.windows.column import Column
from keepfit.features.offline.windows.events import Events
from keepfit.features.offline.windows.parts import parts_of
from keepfit.features.offline.windows.registry import COMPUTES
from keepfit.features.offline.windows.windows import Windows


@dataclass(frozen=True, slots=True)
class Wanted:
    """An aggregate of a column, by its place among those of events, in a window of so many microseconds."""

    aggregate: str
    column: int
    window: int
    parameter: Any = None


def compute(rows: AskingRows, events: Events, wanted: Sequence[Wanted]) -> list[Values]:
    """The values of each aggregate, (rows,) in the order in which the rows ask.

    All of them share what is sorted and searched; columns are dealt with one after another.
    """
    parts = [
        _of_part(rows.of_entities(first, end), some, wanted)
        for first, end, some in parts_of(events.holding(), rows.entities + 1)
    ]
    return [concatenated_values(values) for values in zip(*parts, strict=True)]


def _of_part(rows: AskingRows, events: Events, wanted: Sequence[Wanted]) -> list[Values]:
    windows = Windows(rows, events)
    found: dict[int, Values] = {}
    by_column = sorted(range(len(wanted)), key=lambda place: wanted[place].column)
    for number, places in groupby(by_column, key=lambda place: wanted[place].column):
        column = Column(events.columns[number], windows)
        for (aggregate, parameter), alike in _alike([*places], wanted).items():
            lengths = [wanted[place].window for place in alike]
            found |= zip(alike, COMPUTES[aggregate](column, lengths, parameter), strict=True)
    return [found[place] for place in range(len(wanted))]


def _alike(places: Sequence[int], wanted: Sequence[Wanted]) -> dict[tuple[str, Any], list[int]]:
    """Those that differ in their windows only."""
    found: dict[tuple[str, Any], list[int]] = {}
    for place in places:
        found.setdefault((wanted[place].aggregate, wanted[place].parameter), []).append(place)
    return found
