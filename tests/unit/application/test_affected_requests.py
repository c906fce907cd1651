"""Who is affected by drift: counted as the monitor counts, told by what they have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.application.affected_requests import AffectedRequests, affected_requests
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.profiles.bins import Binned, CategoryBins
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.window import WindowRows
from keepfit.monitoring.reports.report import ColumnDrift
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY

RANDOM = np.random.default_rng(0)
TYPES: dict[str, Any] = {"pressure": "float", "origin": "category"}


def _reference(pressure: Any, origin: Any) -> ReferenceProfile:
    return profile_of({"pressure": pressure, "origin": origin}, TYPES)


def _parts(reference: ReferenceProfile, rows: dict[str, Any], size: int = 10_000) -> list[WindowRows]:
    """The rows as they are read of a window, in parts: a category as the bin of each row."""
    columns: dict[str, Any] = {"pressure": np.array(rows["pressure"], float)}
    origin = reference.columns["origin"].bins
    assert isinstance(origin, CategoryBins)
    columns["origin"] = Binned(np.array([_bin(origin, value) for value in rows["origin"]], dtype=np.int64))
    count = len(rows["origin"])
    return [
        WindowRows(
            versions=np.ones(min(size, count - start), np.int64),
            columns={
                name: Binned(values.bins[start : start + size])
                if isinstance(values, Binned)
                else values[start : start + size]
                for name, values in columns.items()
            },
            outputs={},
        )
        for start in range(0, count, size)
    ]


def _bin(bins: CategoryBins, value: str | None) -> int:
    return bins.count([value]).index(1)


def _drifts(reference: ReferenceProfile, rows: dict[str, Any]) -> list[ColumnDrift]:
    report = compare(reference, reference.counts_of(rows), Threshold(limit=0.0, minimum_rows=1))
    return report.columns


def _found(
    reference: ReferenceProfile, rows: dict[str, Any], size: int = 10_000
) -> dict[str, AffectedRequests]:
    found = affected_requests(_parts(reference, rows, size), reference, _drifts(reference, rows))
    return {each.column: each for each in found}


@pytest.fixture
def reference() -> ReferenceProfile:
    return _reference(RANDOM.normal(size=2000), RANDOM.choice(["JFK", "EWR", "LGA"], size=2000))


@pytest.fixture
def moved() -> dict[str, Any]:
    """The pressure has risen at one airport alone."""
    origin = RANDOM.choice(["JFK", "EWR", "LGA"], size=1000)
    pressure = RANDOM.uniform(-1, 1, size=1000) + 9 * (origin == "JFK")
    return {"pressure": pressure, "origin": origin}


def test_who_moved_is_told_by_what_they_have_in_common(
    reference: ReferenceProfile, moved: dict[str, Any]
) -> None:
    found = _found(reference, moved)["pressure"]
    assert found.value.startswith("> ")
    assert found.rows == np.count_nonzero(moved["origin"] == "JFK")
    [telling] = found.slices
    assert (telling.column, telling.value, telling.share, telling.others) == ("origin", "JFK", 1.0, 0.0)
    assert len(found.examples) == 3
    assert all(each["origin"] == "JFK" and each["pressure"] > 4 for each in found.examples)


def test_parts_are_the_same_rows_as_the_whole(reference: ReferenceProfile, moved: dict[str, Any]) -> None:
    assert _found(reference, moved, size=77) == _found(reference, moved)


def test_what_moved_everywhere_is_no_more_common_anywhere(reference: ReferenceProfile) -> None:
    origin = RANDOM.choice(["JFK", "EWR", "LGA"], size=1000)
    assert (
        _found(reference, {"pressure": RANDOM.normal(1.0, size=1000), "origin": origin})["pressure"].slices
        == []
    )


def test_of_few_requests_nothing_is_said_to_be_common(reference: ReferenceProfile) -> None:
    rows = {"pressure": np.array([9.0] * 19 + [0.0] * 19), "origin": ["JFK"] * 19 + ["EWR"] * 19}
    assert _found(reference, rows)["pressure"].slices == []


def test_a_missing_and_an_unseen_value_are_told_as_such(reference: ReferenceProfile) -> None:
    rows = {"pressure": np.array([np.nan] * 40), "origin": ["BOS"] * 40}
    found = _found(reference, rows)
    assert (found["pressure"].value, found["pressure"].examples[0]) == (
        "missing",
        {"pressure": None, "origin": "unseen"},
    )
    assert (found["origin"].value, found["origin"].rows) == ("unseen", 40)


def test_what_is_predicted_is_looked_into_too() -> None:
    reference = _reference(RANDOM.normal(size=500), ["JFK", "EWR"] * 250)
    reference = reference.with_outputs(task_of(BINARY), RANDOM.uniform(size=500))
    drift = ColumnDrift(
        column="predicted probability",
        value=1.0,
        drift_score=1.0,
        drifted=True,
        ignored=False,
        rows=100,
        labels=reference.outputs["probability"].bins.labels,
        reference=reference.outputs["probability"].counts,
        current=reference.outputs["probability"].bins.count(np.full(100, 2.0)),
    )
    rows = {"pressure": np.zeros(100), "origin": ["JFK"] * 100}
    [part] = _parts(reference, rows)
    part = WindowRows(
        versions=part.versions, columns=part.columns, outputs={"probability": np.full(100, 2.0)}
    )
    [found] = affected_requests([part], reference, [drift])
    assert (found.rows, found.examples[0]["predicted probability"]) == (100, 2.0)


def test_all_inputs_together_are_no_column_of_a_request(
    reference: ReferenceProfile, moved: dict[str, Any]
) -> None:
    together = ColumnDrift(
        column="all inputs",
        value=0.9,
        drift_score=0.9,
        drifted=True,
        ignored=False,
        rows=100,
        labels=[],
        reference=[],
        current=[],
    )
    assert affected_requests(_parts(reference, moved), reference, [together]) == []


values = st.lists(st.integers(0, 300).map(str) | st.just("x"), min_size=40, max_size=400)


@given(before=values, now=values)
def test_as_many_requests_are_affected_as_the_report_counts(before: list[str], now: list[str]) -> None:
    # Each value twice: what came once is no better known than one that never came, and of many some are rarer.
    reference = _reference([0.0] * (2 * len(before)), before * 2)
    rows = {"pressure": np.zeros(len(now)), "origin": now}
    drift = next(each for each in _drifts(reference, rows) if each.column == "origin")
    found = _found(reference, rows)["origin"]
    assert found.rows == drift.current[drift.labels.index(found.value)]
    assert found.now == pytest.approx(found.rows / len(now), abs=1e-4)
