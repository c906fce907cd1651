"""A training set is signed with the columns that its model reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from msgspec import UNSET

from keepfit.application.make_signature import sign
from keepfit.application.ports import TrainingRows
from keepfit.definitions.compiling import compile_model, load
from keepfit.evaluation.tasks.registry import specify, training_task_of
from keepfit.features.encoding.numbers import row_numbers

TRIPS = """
[dataset.outings]
event_time = "at"
[dataset.outings.fields]
at     = { type = "timestamp" }
booked = { type = "timestamp", nullable = true }
late   = { type = "bool" }
[model.outing]
dataset = "outings"
label = "late"
inputs = ["at", "booked"]
"""
START = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = np.array([False, True, False])


class Rows:
    """Three rows of a training part."""

    def __init__(self, **columns: list[datetime | None]) -> None:
        self._columns = columns

    def column(self, part: str, name: str) -> list[Any]:
        assert part == "train"
        return list(self._columns[name])


@pytest.mark.parametrize(("days", "named"), [(80, []), (800, ["at (day)"])])
def test_an_instant_has_a_day_of_the_month_where_training_rows_have_seen_a_year(
    tmp_path: Path, days: int, named: list[str]
) -> None:
    (tmp_path / "outing.toml").write_text(TRIPS)
    compiled = compile_model(load(tmp_path), "outing")
    at: list[datetime | None] = [START, START + timedelta(days=days), START]
    rows = cast(TrainingRows, Rows(at=at, booked=[None, START, START]))
    signature = sign(compiled, rows, training_task_of(specify(compiled.task, LABELS)), LABELS)
    assert [number.name for number in row_numbers(signature) if "(day)" in number.name] == named
    unset = {column.name: column.parts is UNSET for column in signature.columns if column.calendar}
    assert unset == {"at": bool(named), "booked": False}
