from __future__ import annotations

from datetime import UTC, datetime

from keepfit.views.datasets import DatasetChange, DatasetSummary, read_dataset
from keepfit.views.stores import DatasetStores
from tests.unit.views.support import history


def test_a_dataset_without_data_has_no_version(flights: DatasetStores) -> None:
    assert read_dataset(flights) == DatasetSummary(dataset="flights", version=None, rows=0)


def test_the_newest_version_is_told_in_a_few_words(flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=2, counted=60)
    assert read_dataset(flights) == DatasetSummary(
        dataset="flights",
        version=1,
        rows=60,
        stored_rows=100,
        files=1,
        bad_rows=2,
        first_event=datetime(2013, 1, 1, tzinfo=UTC),
        last_event=datetime(2013, 1, 31, tzinfo=UTC),
        last_change=DatasetChange(at=history.AT, key="flights/jan.csv", what="taken"),
    )


def test_rows_that_nobody_counted_are_not_made_up(flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", counted=None)
    summary = read_dataset(flights)
    assert (summary.rows, summary.stored_rows) == (None, 100)
