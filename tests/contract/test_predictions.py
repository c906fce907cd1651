"""The contract of stores of collected predictions."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb import parquet_predictions, prediction_window
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.monitoring import MemoryPredictions
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.monitoring.prediction_log.parse import Prediction, Value
from keepfit.monitoring.profiles.bins import Binned, CategoryBins, NumericBins
from keepfit.monitoring.profiles.ports import Predictions
from keepfit.monitoring.profiles.window import Columns, WindowColumns, WindowRows

FIRST = datetime(2013, 2, 1, tzinfo=UTC)
NUMBER, CARRIERS = NumericBins(edges=[0.0]), CategoryBins(values=["UA", "AA"])
COLUMNS: Columns = {"distance": NUMBER, "carrier": CARRIERS}
UA, AA, OTHER, MISSING = range(4)


@pytest.fixture(params=["memory", "parquet in memory", "parquet in s3"])
def store(request: pytest.FixtureRequest) -> Predictions:
    if request.param == "memory":
        return MemoryPredictions()
    if request.param == "parquet in memory":
        return ParquetPredictions(files=MemoryArtifacts(), model="m")
    request.getfixturevalue("aws")
    client("s3").create_bucket(Bucket="lake")
    return ParquetPredictions(files=S3Artifacts(bucket="lake"), model="m")


def _prediction(number: int, version: int = 1, **inputs: Value) -> Prediction:
    return Prediction(
        prediction_id=f"p{number}",
        version=version,
        at=FIRST + timedelta(days=9000),
        event_time=FIRST + timedelta(hours=number),
        inputs=inputs,
        outputs={"probability": number / 100},
    )


def _hours(first: int, last: int) -> tuple[datetime, datetime]:
    return FIRST + timedelta(hours=first), FIRST + timedelta(hours=last)


def _window(columns: Columns) -> WindowColumns:
    return WindowColumns(inputs=columns, outputs={"probability": NUMBER})


def _rows(parts: list[WindowRows]) -> list[tuple[Any, ...]]:
    """Sorted by probability: (probability, version, value of each column...), None where missing."""
    rows: list[tuple[Any, ...]] = []
    for part in parts:
        columns = [_values(column) for column in [*part.outputs.values(), *part.columns.values()]]
        rows += [(row[1], row[0], *row[2:]) for row in zip(part.versions.tolist(), *columns, strict=True)]
    return sorted(rows, key=lambda row: row[0])


def _values(column: NDArray[Any] | Binned) -> list[Any]:
    if isinstance(column, Binned):
        return list(column.bins.tolist())
    return [None if value is None or math.isnan(value) else value for value in np.ma.asarray(column).tolist()]


def test_both_ends_of_the_window_belong_to_it(store: Predictions) -> None:
    store.add("a", [_prediction(n, carrier="UA") for n in range(10)])
    found = _rows(list(store.between(*_hours(3, 5), _window({"carrier": CARRIERS}))))
    assert found == [(0.03, 1, UA), (0.04, 1, UA), (0.05, 1, UA)]


def test_the_batches_that_are_kept_are_known_by_name(store: Predictions) -> None:
    assert store.batches() == set()
    store.add("a", [_prediction(1, carrier="UA")])
    store.add("b", [_prediction(2, carrier="UA"), _prediction(9, carrier="UA")])
    store.add("b", [_prediction(2, carrier="UA"), _prediction(9, carrier="UA")])
    assert store.batches() == {"a", "b"}


def test_batches_are_read_together_and_a_prediction_counts_once(store: Predictions) -> None:
    store.add("a", [_prediction(1, distance=1.5, carrier="UA"), _prediction(2, distance=2, carrier="AA")])
    store.add(
        "b",
        [_prediction(2, distance=2, carrier="AA"), _prediction(3, version=2, distance=None, carrier=None)],
    )
    found = _rows(list(store.between(*_hours(0, 9), _window(COLUMNS))))
    assert found == [(0.01, 1, 1.5, UA), (0.02, 1, 2.0, AA), (0.03, 2, None, MISSING)]


def test_the_same_batch_again_replaces_it(store: Predictions) -> None:
    for _ in range(2):
        store.add("a", [_prediction(1, carrier="UA")])
    assert len(_rows(list(store.between(*_hours(0, 9), _window(COLUMNS))))) == 1


def test_a_window_without_predictions_has_no_part(store: Predictions) -> None:
    assert list(store.between(*_hours(0, 9), _window(COLUMNS))) == []
    store.add("a", [_prediction(1, carrier="UA"), _prediction(20, carrier="UA")])
    assert _rows(list(store.between(*_hours(5, 9), _window(COLUMNS)))) == []


def test_moments_of_events_come_where_they_are_wanted(store: Predictions) -> None:
    store.add("a", [_prediction(n, carrier="UA") for n in (3, 1, 2)])
    [without] = store.between(*_hours(0, 9), _window({"carrier": CARRIERS}))
    assert without.seconds is None
    wanted = WindowColumns(inputs={"carrier": CARRIERS}, outputs={}, times=True)
    [part] = store.between(*_hours(2, 9), wanted)
    assert part.seconds is not None
    assert sorted(part.seconds.tolist()) == [int(FIRST.timestamp()) + 3600 * hour for hour in (2, 3)]


def test_answers_come_where_they_are_wanted_with_as_many_numbers(store: Predictions) -> None:
    answers = [[0.25], [0.5, 0.125, 0.375], [], [0.0625, 0.9375]]
    given = [
        msgspec.structs.replace(_prediction(n, carrier="UA"), answer=answer)
        for n, answer in enumerate(answers)
    ]
    store.add("a", given)
    [without] = store.between(*_hours(0, 9), _window({"carrier": CARRIERS}))
    assert without.answers is None
    wanted = WindowColumns(inputs={}, outputs={"probability": NUMBER}, answers=2)
    [part] = store.between(*_hours(0, 9), wanted)
    assert part.answers is not None
    order = np.argsort(np.asarray(part.outputs["probability"]))
    nan = math.nan
    expected = [[0.25, nan], [0.5, 0.125], [nan, nan], [0.0625, 0.9375]]
    assert np.array_equal(part.answers[order], expected, equal_nan=True)


def test_a_column_that_no_prediction_has_is_left_out(store: Predictions) -> None:
    store.add("a", [_prediction(1, carrier="UA")])
    [part] = store.between(*_hours(0, 9), _window(COLUMNS))
    assert list(part.columns) == ["carrier"]


def test_a_column_that_only_some_batches_have_is_missing_in_the_others(store: Predictions) -> None:
    store.add("a", [_prediction(1, carrier="UA")])
    store.add("b", [_prediction(2, carrier="AA", distance=5)])
    found = _rows(list(store.between(*_hours(0, 9), _window(COLUMNS))))
    assert found == [(0.01, 1, None, UA), (0.02, 1, 5.0, AA)]


def test_rare_and_never_seen_categories_are_other(store: Predictions) -> None:
    store.add("a", [_prediction(1, carrier="ZZ"), _prediction(2, carrier=""), _prediction(3, carrier=7)])
    found = _rows(list(store.between(*_hours(0, 9), _window({"carrier": CARRIERS}))))
    assert [row[2] for row in found] == [OTHER, OTHER, OTHER]


def test_known_categories_may_be_any_text_and_thousands(store: Predictions) -> None:
    values = ["it's", "", "ü\\", 'a"b', "\n", *(f"station {n:04}" for n in range(3000))]
    sent = [values[place] for place in (0, 1, 2, 3, 4, 5, 3004)]
    store.add("a", [_prediction(n, carrier=value) for n, value in enumerate(sent)])
    found = _rows(list(store.between(*_hours(0, 9), _window({"carrier": CategoryBins(values=values)}))))
    assert [row[2] for row in found] == [0, 1, 2, 3, 4, 5, 3004]


def test_a_category_without_any_known_value_is_other_or_missing(store: Predictions) -> None:
    store.add("a", [_prediction(1, carrier="ZZ"), _prediction(2, carrier=None)])
    found = _rows(list(store.between(*_hours(0, 9), _window({"carrier": CategoryBins(values=[])}))))
    assert [row[2] for row in found] == [0, 1]


def test_bools_are_categories_and_texts_that_are_no_numbers_are_missing(store: Predictions) -> None:
    store.add(
        "a", [_prediction(1, carrier=True, distance="far"), _prediction(2, carrier=False, distance="7")]
    )
    columns: Columns = {"distance": NUMBER, "carrier": CategoryBins(values=["false", "true"])}
    assert _rows(list(store.between(*_hours(0, 9), _window(columns)))) == [
        (0.01, 1, None, 1),
        (0.02, 1, 7.0, 0),
    ]


def test_a_column_whose_kind_changed_between_batches_is_still_read(store: Predictions) -> None:
    store.add("a", [_prediction(1, distance=5)])
    store.add("b", [_prediction(2, distance="6")])
    store.add("c", [_prediction(3, distance=None)])
    found = _rows(list(store.between(*_hours(0, 9), _window({"distance": NUMBER}))))
    assert found == [(0.01, 1, 5.0), (0.02, 1, 6.0), (0.03, 1, None)]


def test_what_was_predicted_is_binned_as_it_is_watched_and_missing_where_a_version_has_none(
    store: Predictions,
) -> None:
    watched = CategoryBins(values=["setosa", "virginica"], unseen=1)
    store.add("a", [msgspec.structs.replace(_prediction(1), outputs={"class": "virginica"})])
    store.add("b", [_prediction(2), msgspec.structs.replace(_prediction(3), outputs={"class": "new"})])
    parts = list(store.between(*_hours(0, 9), WindowColumns(inputs={}, outputs={"class": watched})))
    bins = [
        column.bins.tolist()
        for part in parts
        for column in part.outputs.values()
        if isinstance(column, Binned)
    ]
    assert sorted(bins[0]) == [1, 2, 3]


def test_names_with_quotes_and_spaces_are_only_names(store: Predictions) -> None:
    odd: dict[str, Any] = {'a "b" c\'d': "x"}
    store.add("a", [_prediction(1, **odd)])
    assert _rows(
        list(store.between(*_hours(0, 9), _window({'a "b" c\'d': CategoryBins(values=["it's", "x"])})))
    ) == [(0.01, 1, 1)]


def test_a_window_in_another_time_zone_is_the_same_window(store: Predictions) -> None:
    store.add("a", [_prediction(n, carrier="UA") for n in range(4)])
    start, end = (datetime.fromisoformat(f"2013-01-31T{hour}:00:00-05:00") for hour in (20, 21))
    assert [row[0] for row in _rows(list(store.between(start, end, _window(COLUMNS))))] == [0.01, 0.02]


def test_a_large_window_comes_in_parts_that_hold_each_prediction_once(
    store: Predictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_window, "_PART_ROWS", 10)
    store.add("a", [_prediction(n, carrier="UA") for n in range(40)])
    store.add("b", [_prediction(n, carrier="UA") for n in range(20, 60)])
    found = _rows(list(store.between(*_hours(0, 99), _window(COLUMNS))))
    assert [round(100 * row[0]) for row in found] == list(range(60))


def test_unseen_categories_share_bins_by_their_hash_in_every_store_alike(store: Predictions) -> None:
    bins = CategoryBins(values=["UA"], unseen=16)
    names = ["UA", "Zürich", "", "a'b", *(f"v{n}" for n in range(30))]
    store.add("a", [_prediction(n, carrier=name) for n, name in enumerate(names)])
    found = _rows(list(store.between(*_hours(0, 99), _window({"carrier": bins}))))
    assert [row[2] for row in found] == [0, *(1 + bins.place_of_unseen(name) for name in names[1:])]


def test_a_window_of_any_number_of_rows_stands_in_the_folder_in_small_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = ParquetPredictions(files=MemoryArtifacts(), model="m")
    for batch in range(60):
        store.add(
            f"b{batch}", [_prediction(10 * batch + n, carrier="UA") for n in range(20)]
        )  # half come twice
    most, copied = 0, parquet_predictions._MAX_COPIES
    standing: set[Path] = set()
    get_file, unlink = MemoryArtifacts.get_file, Path.unlink

    def getting(self: MemoryArtifacts, key: str, path: Path) -> None:
        nonlocal most
        get_file(self, key, path)
        standing.add(path)
        most = max(most, len(standing))

    def unlinking(self: Path, *, missing_ok: bool = False) -> None:
        standing.discard(self)
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(MemoryArtifacts, "get_file", getting)
    monkeypatch.setattr(Path, "unlink", unlinking)
    monkeypatch.setattr(parquet_predictions, "_MAX_COPIED_BYTES", 1)
    found = _rows(list(store.between(*_hours(0, 9999), _window({"carrier": CARRIERS}))))
    assert [round(100 * row[0]) for row in found] == list(range(610))
    assert most == copied


def test_several_windows_are_read_at_once_each_prediction_once(store: Predictions) -> None:
    store.add("a", [_prediction(n, carrier="UA") for n in range(10)])
    store.add("b", [_prediction(n, carrier="UA") for n in range(4, 20)])
    wanted = [_hours(0, 1), _hours(5, 6), _hours(18, 30)]
    found = _rows(list(store.among(wanted, _window({"carrier": CARRIERS}))))
    assert found == [(n / 100, 1, UA) for n in (0, 1, 5, 6, 18, 19)]
    assert list(store.among([_hours(40, 50), _hours(60, 70)], _window({"carrier": CARRIERS}))) == []


def test_moments_are_the_seconds_that_have_begun(store: Predictions) -> None:
    almost = [
        FIRST + timedelta(hours=1, microseconds=-1),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    store.add(
        "a", [msgspec.structs.replace(_prediction(n), event_time=moment) for n, moment in enumerate(almost)]
    )
    columns = WindowColumns(inputs={}, outputs={}, times=True)
    [part] = store.between(datetime(1969, 1, 1, tzinfo=UTC), FIRST + timedelta(days=1), columns)
    assert part.seconds is not None
    assert sorted(part.seconds.tolist()) == [-1, int(FIRST.timestamp()) + 3599]
