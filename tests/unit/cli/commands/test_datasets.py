from __future__ import annotations

from keepfit.views.stores import DatasetStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history


def test_a_dataset_without_data_is_listed_all_the_same(keepfit: Keepfit, flights: DatasetStores) -> None:
    [flights] = keepfit("datasets", "--json").json
    assert (flights["dataset"], flights["version"], flights["rows"]) == ("flights", None, 0)


def test_the_newest_version_of_a_dataset_is_described(keepfit: Keepfit, flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=2)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["version"], flights["rows"], flights["files"], flights["bad_rows"]) == (1, 100, 1, 2)
    assert flights["last_event"] == "2013-01-31T00:00:00.000000Z"


def test_rows_that_count_are_told_beside_those_that_are_stored(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.take_file(flights, "aa", version_id="v", counted=60)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["rows"], flights["stored_rows"]) == (60, 100)


def test_of_rows_that_were_never_counted_it_is_told_how_many_there_may_be(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.take_file(flights, "aa", version_id="v", counted=None)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["rows"], flights["stored_rows"]) == (None, 100)
    assert "at most 100" in " ".join(keepfit("datasets").stdout.split())
