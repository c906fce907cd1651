"""Made-up tables, and what is drafted of them."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keepfit.definitions.drafting.draft import Draft, DraftedColumn, Wishes
from keepfit.definitions.drafting.from_file import draft

AT = datetime(2026, 1, 1, tzinfo=UTC)
Columns = Mapping[str, Sequence[Any]]


def write(folder: Path, columns: Columns) -> Path:
    """A CSV with these columns; None is an empty value."""
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def drafted(folder: Path, columns: Columns, label: str, **wishes: Any) -> Draft:
    return draft(write(folder, columns), "trips", Wishes(label=label, **wishes), at=AT, threads=1)


def column(draft: Draft, name: str) -> DraftedColumn:
    return next(column for column in draft.columns if column.name == name)


def left_out(draft: Draft) -> dict[str, str]:
    """Columns that are no inputs, with the reason."""
    return {column.name: column.reason for column in draft.columns if column.use in ("left out", "field")}


def chosen(draft: Draft, key: str) -> Any:
    """What a key is in the draft; None where it says nothing of it."""
    return next((choice.value for choice in draft.choices if choice.key == key), None)


def noisy(rows: int, seed: int = 0) -> dict[str, list[Any]]:
    """A label that two columns tell something of, and neither much."""
    draw = random.Random(seed)
    distance = [round(draw.gauss(10, 3), 2) for _ in range(rows)]
    station = [draw.choice(["north", "south", "east"]) for _ in range(rows)]
    late = [
        "yes" if far + 2 * (where == "north") + draw.gauss(0, 3) > 13 else "no"
        for far, where in zip(distance, station, strict=True)
    ]
    return {"distance": distance, "station": station, "late": late}


def days(rows: int, first: datetime = datetime(2024, 1, 1, tzinfo=UTC)) -> list[str]:
    """A day for each row, one after the other."""
    return [f"{first + timedelta(days=row):%Y-%m-%d}" for row in range(rows)]
