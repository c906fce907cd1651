"""Profiles count a reference in its own bins, and later windows in the same ones."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import EmptyWindow, NotFound
from keepfit.features.schema.cell_form import FieldType
from keepfit.monitoring.profiles.bins import MAX_KNOWN_BYTES, Binned, CategoryBins, NumericBins
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.window_profile import WindowProfile
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY

TASK = task_of(BINARY)

TYPES: dict[str, FieldType] = {"distance": "float", "stops": "int", "carrier": "category", "late": "bool"}

numbers = st.none() | st.floats(allow_infinity=False, width=32)
rows = st.lists(
    st.tuples(
        numbers,
        st.none() | st.integers(-3, 3),
        st.none() | st.sampled_from("ABCDE"),
        st.none() | st.booleans(),
    ),
    max_size=60,
)


def _columns(table: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in table] for i, name in enumerate(TYPES)}


@given(rows.filter(bool), rows, rows)
def test_profiles_of_parts_add_up_to_the_profile_of_the_whole(
    reference: list[tuple[Any, ...]], first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]
) -> None:
    profile = profile_of(_columns(reference), TYPES).with_outputs(TASK, np.array([0.1, 0.5, 0.9]))
    parts = [
        profile.counts_of(_columns(part), {"probability": [0.4] * len(part)}) for part in (first, second)
    ]
    assert parts[0] + parts[1] == profile.counts_of(
        _columns(first + second), {"probability": [0.4] * len(first + second)}
    )


@given(rows.filter(bool))
def test_every_row_falls_into_exactly_one_bin_of_every_column(table: list[tuple[Any, ...]]) -> None:
    profile = profile_of(_columns(table), TYPES)
    assert {sum(column.counts) for column in profile.columns.values()} == {len(table)}
    window = profile.counts_of(_columns(table)).columns
    assert {sum(counts) for counts in window.values()} == {len(table)}
    exact = ["distance", "stops", "late"]
    assert {name: profile.columns[name].counts for name in exact} == {name: window[name] for name in exact}


@given(rows.filter(bool))
def test_a_profile_survives_json(table: list[tuple[Any, ...]]) -> None:
    profile = profile_of(_columns(table), TYPES).with_outputs(TASK, np.array([0.25, 0.75]))
    assert ReferenceProfile.from_json(profile.to_json()) == profile


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_numeric_bins_have_ascending_edges_and_a_label_each(values: list[float]) -> None:
    bins = NumericBins.of(values)
    assert bins.edges == sorted(set(bins.edges))
    assert len(bins.labels) == len(bins.count(values)) == len(bins.edges) + 2


def test_ten_quantile_bins_hold_a_tenth_of_the_reference_each() -> None:
    values = np.random.default_rng(0).normal(size=5000)
    assert NumericBins.of(values).count(values) == [0, *[500] * 10, 0, 0]


def test_values_outside_the_range_of_the_reference_have_bins_of_their_own() -> None:
    bins = NumericBins.of(np.arange(100))
    assert bins.count([-1e9, 0.0, 99.0, math.inf]) == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=200))
def test_a_grid_has_the_edges_of_the_bins_and_every_number_once(values: list[float]) -> None:
    profile = profile_of({"x": values}, {"x": "float"}).columns["x"]
    if not profile.bins.edges:  # no number of 32 bits lies around them
        assert profile.grid is None
        return
    grid = profile.grid
    assert grid is not None
    assert set(profile.bins.edges) <= set(grid.edges)
    assert grid.edges == sorted(set(grid.edges))
    assert (len(grid.counts), sum(grid.counts)) == (len(grid.edges) + 1, len(values))
    assert 0 < grid.spread < math.inf


def test_a_grid_is_fine_where_numbers_are_many_and_reaches_far_outside() -> None:
    values = np.random.default_rng(0).normal(size=50_000)
    grid = profile_of({"x": values}, {"x": "float"}).columns["x"].grid
    assert grid is not None
    assert max(grid.counts) <= 510
    assert (grid.edges[0], grid.edges[-1]) < (-30, 30)
    assert grid.edges[-1] > 30


def test_numbers_that_32_bits_cannot_tell_apart_share_a_cell_of_the_grid() -> None:
    profile = profile_of({"x": [0.1, 0.2] * 50}, {"x": "float"})
    assert profile.counts_of({"x": [float(np.float32(0.1))]}).grids == profile.counts_of({"x": [0.1]}).grids


def test_a_repeated_value_has_one_bin_only() -> None:
    bins = NumericBins.of([0.0] * 90 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    assert bins.count([-1.0, 0.0, 0.0, 3.0, 10.0, 11.0]) == [1, 2, 2, 1, 0]


def test_each_of_few_numbers_has_a_bin_and_so_has_what_lies_between() -> None:
    bins = NumericBins.of([0, 1, 1, 2])
    assert bins.count([-1, 0, 0.5, 1, 1.5, 2, 3]) == [1, 1, 1, 1, 1, 1, 1, 0]


def test_a_number_that_went_through_32_bits_is_the_same_number() -> None:
    bins = NumericBins.of([0.1, 0.2])
    assert bins.count([float(np.float32(0.1)), 0.1]) == bins.count([0.1, 0.1])


def test_a_constant_reference_sees_values_below_and_above_it() -> None:
    bins = NumericBins.of([5.0] * 20)
    assert bins.count([4.9, 5.0, 5.0, 5.1]) == [1, 2, 1, 0]


def test_a_reference_that_is_nearly_always_at_its_maximum_sees_values_below() -> None:
    bins = NumericBins.of([1.0] + [10.0] * 99)
    assert bins.count([1.0, 9.0, 10.0]) == [0, 1, 1, 1, 0, 0]


def test_a_column_that_was_always_missing_sees_the_first_value() -> None:
    bins = NumericBins.of([None, math.nan])
    assert bins.count([None, 3.0]) == [1, 1]
    assert CategoryBins.of([None]).count([None, "A"]) == [1, 1]


def test_rare_values_are_known_and_unseen_ones_are_told_from_them() -> None:
    bins, counts = CategoryBins.reference_of(["UA"] * 600 + ["AA"] * 395 + ["HA"] * 4 + ["once"])
    assert (bins.values, counts) == (["UA", "AA", "HA"], [600, 395, 4, 1, 0])
    assert bins.count(["AA", "HA", "once", "never seen", None, math.nan]) == [0, 1, 1, 2, 2]


def test_the_known_values_of_a_column_take_bounded_bytes() -> None:
    values = [f"station {n:06}" for n in range(50_000) for _ in range(2 + n % 5)]
    profile = profile_of({"x": values}, {"x": "category"})
    assert len(profile.to_json()) < 1.5 * MAX_KNOWN_BYTES
    assert sum(profile.columns["x"].counts) == len(values)


def test_a_profile_of_the_first_schema_is_still_read_and_counted() -> None:
    old = b'{"rows":10,"columns":{"x":{"bins":{"type":"category","values":["A"]},"counts":[8,2,0]}},"score":null}'
    profile = ReferenceProfile.from_json(old)
    assert profile.schema == 1
    assert profile.counts_of({"x": ["A", "B", "C", None]}).columns == {"x": [1, 2, 1]}
    assert profile.columns["x"].bins.labels == ["A", "other", "missing"]


def test_a_profile_that_called_the_probability_the_score_is_still_read_and_counted() -> None:
    now = profile_of({"x": [1.0, 2.0]}, {"x": "float"}).with_outputs(TASK, np.array([0.25, 0.75]))
    written = msgspec.json.decode(now.to_json())
    written["score"] = written.pop("outputs")["probability"]
    read = ReferenceProfile.from_json(msgspec.json.encode({**written, "schema": 2}))
    assert read.outputs == now.outputs
    assert (
        read.counts_of({}, {"probability": [0.25]}).outputs
        == now.counts_of({}, {"probability": [0.25]}).outputs
    )


def test_a_profile_of_before_there_were_grids_is_still_read_and_counted_without_them() -> None:
    now = profile_of({"x": [1.0, 2.0, None]}, {"x": "float"})
    written = msgspec.json.decode(now.to_json())
    del written["columns"]["x"]["grid"]
    read = ReferenceProfile.from_json(msgspec.json.encode({**written, "schema": 3}))
    window = read.counts_of({"x": [1.0, 9.0]})
    assert (window.columns, window.grids) == (now.counts_of({"x": [1.0, 9.0]}).columns, {})


def test_a_profile_of_a_schema_to_come_is_refused() -> None:
    profile = profile_of({"x": [1.0]}, {"x": "float"})
    newer = msgspec.structs.replace(profile, schema=5)
    with pytest.raises(msgspec.ValidationError, match="newer than 4"):
        ReferenceProfile.from_json(newer.to_json())


def test_none_nan_and_masked_values_are_missing_alike() -> None:
    masked = np.ma.MaskedArray([1.0, 2.0], mask=[True, False])
    words = np.ma.MaskedArray(np.array(["A", "B"], dtype=object), mask=[True, False])
    assert NumericBins(edges=[1.5]).count(masked) == [0, 1, 1]
    assert (
        NumericBins(edges=[1.5]).count([None, 2.0])
        == NumericBins(edges=[1.5]).count([math.nan, 2.0])
        == [0, 1, 1]
    )
    assert CategoryBins(values=["B"]).count(words) == [1, 0, 1]


def test_a_masked_integer_column_is_counted_without_its_fill_values() -> None:
    assert NumericBins(edges=[1.0]).count(np.ma.MaskedArray([1, 999999], mask=[False, True])) == [1, 0, 1]


def test_bools_are_categories_whatever_holds_them() -> None:
    bins = profile_of({"late": np.array([True, True, True])}, {"late": "bool"}).columns["late"].bins
    assert (
        bins.count([True, None, False])
        == bins.count(np.array([np.True_, None, np.False_], dtype=object))
        == [1, 1, 0, 1]
    )


def test_timestamps_are_not_profiled() -> None:
    profile = profile_of({"departure": ["2013-01-01"], "x": [1.0]}, {"departure": "timestamp", "x": "float"})
    assert list(profile.columns) == ["x"]


def test_a_model_of_times_and_texts_alone_is_watched_by_what_it_predicts() -> None:
    columns = {"departure": ["2013-01-01", "2013-01-02"], "said": ["late", None]}
    profile = profile_of(columns, {"departure": "timestamp", "said": "text"})
    profile = profile.with_outputs(TASK, np.array([0.25, 0.75]))
    window = profile.counts_of({}, {"probability": np.array([0.1, 0.2, 0.9])})
    assert (profile.rows, profile.columns, window.rows) == (2, {}, 3)
    assert list(window.outputs) == ["probability"]


def test_a_column_that_the_window_lacks_is_left_out_of_its_profile() -> None:
    profile = profile_of({"x": [1.0], "y": [2.0]}, {"x": "float", "y": "float"})
    window = profile.counts_of({"x": [1.0, 3.0]})
    assert (window.rows, list(window.columns), window.outputs) == (2, ["x"], {})


def test_parts_that_know_different_columns_add_up_per_column() -> None:
    parts = [
        WindowProfile(rows=1, columns={"x": [1, 0]}),
        WindowProfile(rows=1, columns={"y": [0, 1]}, outputs={"probability": [1]}),
    ]
    assert parts[0] + parts[1] == WindowProfile(
        rows=2, columns={"x": [1, 0], "y": [0, 1]}, outputs={"probability": [1]}
    )


def test_no_row_and_no_such_column_are_errors_that_say_so() -> None:
    with pytest.raises(EmptyWindow, match="at least one row"):
        profile_of({"x": []}, {"x": "float"})
    with pytest.raises(NotFound, match="no column 'y'"):
        profile_of({"x": [1.0]}, {"y": "float"})


@given(rows.filter(bool), st.lists(st.none() | st.sampled_from("ABCDEFG"), max_size=30))
def test_rows_that_come_as_their_bins_count_the_same(
    table: list[tuple[Any, ...]], window: list[str | None]
) -> None:
    profile = profile_of(_columns(table), TYPES)
    known = list(profile.columns["carrier"].bins.labels[:-2])
    bins = [len(known) + 1 if v is None else known.index(v) if v in known else len(known) for v in window]
    binned = Binned(np.array(bins, dtype=np.int64))
    assert profile.counts_of({"carrier": binned}) == profile.counts_of({"carrier": window})


def test_rows_that_come_as_their_bins_can_be_chosen_from() -> None:
    chosen = Binned(np.array([0, 1, 2]))[np.array([True, False, True])]
    assert (len(chosen), chosen.bins.tolist()) == (2, [0, 2])
