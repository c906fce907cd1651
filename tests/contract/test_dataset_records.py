"""The contract of DatasetRecords."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.memory.features import MemoryDatasets
from keepfit.errors import Conflict
from keepfit.features.datasets.manifest import Cause, Source, Upload
from keepfit.features.datasets.ports import DatasetRecords
from keepfit.features.datasets.records import Discarded, FileRecord, Refusal


@pytest.fixture(params=["memory", "dynamodb"])
def records(request: pytest.FixtureRequest) -> DatasetRecords:
    if request.param == "memory":
        return MemoryDatasets()
    request.getfixturevalue("aws")
    keys = ("pk", "HASH"), ("sk", "RANGE")
    client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoDatasets(table="registry")


def taken(version: int, sha256: str) -> FileRecord:
    source = Source(bucket="intake", key=f"flights/{sha256}.csv", version_id="v", sha256=sha256)
    return FileRecord(
        status="taken", version=version, source=source, rows=9, bad_rows=1, ignored_columns=["tailnum"]
    )


def test_a_dataset_without_uploads_has_no_version(records: DatasetRecords) -> None:
    assert records.newest("flights") is None
    assert records.file("flights", "aa") is None


def test_taking_a_file_moves_the_newest_version_and_keeps_the_record(records: DatasetRecords) -> None:
    records.take("flights", taken(1, "aa"))
    records.take("flights", taken(2, "bb"))
    assert records.newest("flights") == 2
    assert records.file("flights", "aa") == taken(1, "aa")
    assert records.newest("weather") is None


@pytest.mark.parametrize("version", [1, 3])
def test_a_version_that_does_not_follow_the_newest_changes_nothing(
    records: DatasetRecords, version: int
) -> None:
    records.take("flights", taken(1, "aa"))
    with pytest.raises(Conflict):
        records.take("flights", taken(version, "bb"))
    assert records.newest("flights") == 1
    assert records.file("flights", "bb") is None


def test_the_first_version_is_number_one(records: DatasetRecords) -> None:
    with pytest.raises(Conflict):
        records.take("flights", taken(2, "aa"))


def test_a_file_is_announced_once_and_for_all(records: DatasetRecords) -> None:
    records.take("flights", taken(1, "aa"))
    records.announce("flights", taken(1, "aa"))
    records.announce("flights", taken(1, "aa"))
    assert records.file("flights", "aa") == msgspec.structs.replace(taken(1, "aa"), status="announced")


def test_a_file_that_was_never_taken_cannot_be_announced(records: DatasetRecords) -> None:
    with pytest.raises(Conflict):
        records.announce("flights", taken(1, "aa"))
    assert records.file("flights", "aa") is None


def test_what_became_of_a_file_since_is_not_announced_by_what_it_was(records: DatasetRecords) -> None:
    withdrawn = msgspec.structs.replace(
        taken(2, "aa"),
        cause=Cause(kind="withdrawal", who="ada", why="the wrong month"),
        changed_at="2013-01-02T00:00:00.000000Z",
    )
    records.take("flights", taken(1, "aa"))
    records.take("flights", withdrawn)
    with pytest.raises(Conflict):
        records.announce("flights", taken(1, "aa"))
    assert records.file("flights", "aa") == withdrawn
    records.announce("flights", withdrawn)
    assert records.file("flights", "aa") == msgspec.structs.replace(withdrawn, status="announced")


def test_all_files_are_listed_the_latest_changed_first(records: DatasetRecords) -> None:
    assert records.files("flights") == []
    for version, sha256 in enumerate(("bb", "aa", "cc"), start=1):
        records.take("flights", taken(version, sha256))
    records.take("weather", taken(1, "dd"))
    records.refuse(
        "flights",
        Refusal(
            at=datetime(2013, 1, 1, tzinfo=UTC),
            reason="empty",
            source=Upload(bucket="intake", key="flights/e.csv", version_id="1"),
        ),
    )
    assert [record.source.sha256 for record in records.files("flights")] == ["cc", "aa", "bb"]


def test_refusals_are_kept_once_the_latest_first(records: DatasetRecords) -> None:
    refusals = [
        Refusal(
            at=datetime(2013, 1, day, tzinfo=UTC),
            reason=f"reason {day}",
            source=Upload(bucket="intake", key="flights/a.csv", version_id=str(day)),
            rows=10,
        )
        for day in (1, 2, 3)
    ]
    for refusal in (*refusals, refusals[0]):
        records.refuse("flights", refusal)
    assert records.refusals("flights", 2) == [refusals[2], refusals[1]]
    assert len(records.refusals("flights", 10)) == 3
    assert records.refusals("weather", 10) == []


def test_what_is_held_and_discarded_stays_so_however_often_it_is_refused(records: DatasetRecords) -> None:
    upload = Upload(bucket="intake", key="flights/a.csv", version_id="1")
    held = Refusal(at=datetime(2013, 1, 1, tzinfo=UTC), reason="stands out", source=upload, held=True)
    decision = Discarded(who="ada", why="a test file", at="2013-01-02T00:00:00.000000Z")
    with pytest.raises(Conflict):
        records.discard("flights", upload, held.at, decision)
    records.refuse("flights", held)
    records.discard("flights", upload, held.at, decision)
    records.refuse("flights", held)
    assert records.refusals("flights", 10) == [msgspec.structs.replace(held, discarded=decision)]


def test_refusals_are_counted_and_read_however_many_there_are(records: DatasetRecords) -> None:
    for number in range(3):
        source = Upload(bucket="intake", key="flights/a.csv", version_id=str(number))
        at = datetime(2013, 1, 1 + number, tzinfo=UTC)
        records.refuse("flights", Refusal(at=at, reason="x" * 350_000, source=source))  # a page holds two
    assert records.count_refusals("flights") == 3
    assert [one.source.version_id for one in records.refusals("flights", 3)] == ["2", "1", "0"]
    assert records.count_refusals("weather") == 0
