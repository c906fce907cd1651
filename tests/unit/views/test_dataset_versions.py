from __future__ import annotations

from datetime import timedelta

import pytest

from keepfit.errors import NotFound
from keepfit.views.dataset_versions import read_version, withdrawn_since
from keepfit.views.datasets import DatasetChange, read_dataset
from keepfit.views.stores import DatasetStores
from tests.unit.views.support import history

WITHDRAWN = DatasetChange(
    at=history.AT + timedelta(hours=1),
    key="flights/jan.csv",
    what="withdrawn",
    who="arn:aws:iam::1:user/ada",
    why="the wrong month",
)


def test_a_version_has_its_uploads_and_what_made_it(flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=3)
    found = read_version(flights, None, limit=10)
    assert (found.version, found.newest, found.rows, found.stored_rows) == (1, 1, 100, 100)
    [upload] = found.uploads
    assert (upload.sha256, upload.rows, upload.bad_rows, upload.since_then) == ("aa", 100, 3, None)
    assert [change.what for change in found.versions.values()] == ["taken"]


def test_what_is_withdrawn_is_in_older_versions_still(flights: DatasetStores) -> None:
    history.withdraw_first(flights, history.take_file(flights, "aa", version_id="v"))
    now, before = (read_version(flights, version, limit=10) for version in (2, 1))
    assert (now.uploads, now.first_event, now.rows) == ([], None, None)
    assert [(upload.key, upload.version, upload.why) for upload in now.withdrawn] == [
        ("flights/jan.csv", 2, "the wrong month")
    ]
    assert list(now.versions) == [2, 1]
    assert now.versions[2] == WITHDRAWN == read_dataset(flights).last_change
    assert [upload.since_then for upload in before.uploads] == ["withdrawn in version 2"]
    assert before.withdrawn == []


def test_no_more_versions_are_told_of_than_asked_for(flights: DatasetStores) -> None:
    history.withdraw_first(flights, history.take_file(flights, "aa", version_id="v"))
    assert list(read_version(flights, None, limit=1).versions) == [2]


def test_data_that_was_withdrawn_since_is_told_of_those_versions_that_hold_it(flights: DatasetStores) -> None:
    first = history.take_file(flights, "aa", version_id="v")
    second = history.take_more(flights, first, "bb", version_id="w")
    history.withdraw_first(flights, second)
    for version, held in ((1, ["aa"]), (2, ["aa"]), (3, [])):
        assert [upload.sha256 for upload in withdrawn_since([flights], {"flights": version})] == held


@pytest.mark.parametrize("version", [None, 1])
def test_a_version_that_does_not_exist_is_not_found(flights: DatasetStores, version: int | None) -> None:
    with pytest.raises(NotFound, match="has no version yet"):
        read_version(flights, version, limit=1)
    history.take_file(flights, "aa", version_id="v")
    with pytest.raises(NotFound, match="has no version 7; the newest is 1"):
        read_version(flights, 7, limit=1)
