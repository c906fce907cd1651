"""Drift by segment: what moved in one store is found, and what hundreds show by chance is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from keepfit.monitoring.drift.segments import compare_segments
from keepfit.monitoring.profiles.bins import Binned, CategoryBins, NumericBins
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.segments import coarse, count_segments, places
from keepfit.monitoring.reports.report import SegmentsDrift

STORES = 120


def world(rows: int, *, seed: int, moved: str = "") -> dict[str, NDArray[np.object_ | np.float64]]:
    """Sales of many stores; in ``moved`` prices rise and another colour sells."""
    random = np.random.default_rng(seed)
    stores = np.array([f"s{number:03}" for number in random.integers(0, STORES, rows)], dtype=object)
    there = stores == moved
    colours = np.array([f"c{number:02}" for number in random.zipf(1.5, rows).clip(0, 30)], dtype=object)
    return {
        "store": stores,
        "price": random.normal(0, 1, rows) + 2.0 * there,
        "colour": np.where(there, "c29", colours),
    }


def reference() -> ReferenceProfile:
    columns = world(24_000, seed=1)
    types = {"store": "category", "price": "float", "colour": "category"}
    return profile_of(columns, types).with_segments("store", columns)  # type: ignore[arg-type]


REFERENCE = reference()


def drift(rows: int, *, moved: str = "", ignore: tuple[str, ...] = ()) -> SegmentsDrift:
    assert REFERENCE.segments is not None
    window = count_segments(
        "store", REFERENCE.segments.segments, world(rows, seed=4, moved=moved), REFERENCE.bins
    )
    return compare_segments(REFERENCE.segments, window, REFERENCE.bins, limit=0.25, ignore=ignore)


@pytest.mark.parametrize("rows", [6_000, 24_000])
def test_where_nothing_moved_no_segment_has_drifted(rows: int) -> None:
    found = drift(rows)
    assert (found.compared, found.too_few, found.drifted) == (STORES, 0, [])


def test_the_one_segment_that_moved_is_found_with_its_column() -> None:
    found = drift(12_000, moved="s017")
    assert found.drifted == ["s017"]
    assert found.segments[0].segment == "s017"
    assert found.segments[0].drift_score > 0.25
    assert drift(12_000, moved="s017", ignore=("colour", "price")).drifted == []


def test_segments_with_few_requests_are_counted_and_not_compared() -> None:
    found = drift(1_200)
    assert found.compared < 5
    assert found.compared + found.too_few == STORES


def test_parts_of_a_window_are_counted_as_the_whole_and_rows_as_their_bins_are() -> None:
    assert REFERENCE.segments is not None
    columns, bins = world(3_000, seed=3), REFERENCE.bins
    names = REFERENCE.segments.segments
    whole = count_segments("store", names, columns, bins)
    halves = [
        count_segments("store", names, {name: values[half] for name, values in columns.items()}, bins)
        for half in (slice(0, 1_000), slice(1_000, 3_000))
    ]
    binned = {
        name: Binned(places(values, bins[name])) if isinstance(bins[name], CategoryBins) else values
        for name, values in columns.items()
    }
    for name in ("price", "colour"):
        assert (whole[name] == halves[0][name] + halves[1][name]).all()
        assert (whole[name] == count_segments("store", names, binned, bins)[name]).all()
        assert whole[name].sum() == 3_000
    assert len(coarse(bins["colour"]).labels) == 12


def test_places_are_those_that_counts_are_made_of() -> None:
    numeric = NumericBins.of([1.0, 2.0, 3.0])
    values = [0.0, 1.0, 2.5, 3.0, None, 9.0]
    assert np.bincount(places(values, numeric), minlength=9).tolist()[
        : len(numeric.count(values))
    ] == numeric.count(values)
