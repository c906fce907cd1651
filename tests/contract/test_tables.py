"""The contract of Tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.glue_tables import GlueTables
from keepfit.adapters.memory.features import MemoryTables
from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.features.catalogue.ports import Tables
from keepfit.features.catalogue.table import Column, Partition, Table

TABLE = Table(
    name="flights",
    folder="datasets/flights/table/",
    columns=[
        Column(name="late", type="boolean"),
        Column(name="distance", type="double", comment="how far, in miles"),
    ],
    version=1,
    digest="d1",
    description="flights out of New York",
    owner="travel",
    tags=["public", "hourly"],
)


@pytest.fixture(params=["memory", "glue"])
def tables(request: pytest.FixtureRequest) -> Tables:
    if request.param == "memory":
        return MemoryTables()
    request.getfixturevalue("aws")
    client("glue").create_database(DatabaseInput={"Name": "keepfit"})
    return GlueTables(database="keepfit", bucket="lake")


def partition(upload: str, *, day: int = 1, version: int = 1, rows: int = 10) -> Partition:
    return Partition(
        day=date(2013, 1, day),
        upload=upload,
        folder=f"datasets/flights/parts/{upload}-{rows}/",
        rows=rows,
        bytes=1000,
        version=version,
    )


def test_a_table_is_what_was_put_last(tables: Tables) -> None:
    assert tables.table("flights") is None
    tables.put_table(TABLE)
    assert tables.table("flights") == TABLE
    more = msgspec.structs.replace(
        TABLE, columns=[*TABLE.columns, Column(name="dest", type="string")], version=2, owner="", tags=[]
    )
    tables.put_table(more)
    assert tables.table("flights") == more


def test_partitions_come_back_by_day_and_upload(tables: Tables) -> None:
    assert tables.partitions("flights") == []
    tables.put_table(TABLE)
    assert tables.partitions("flights") == []
    put = [partition("b"), partition("c", day=2), partition("a", day=2)]
    tables.put_partitions("flights", put)
    assert tables.partitions("flights") == [put[0], put[2], put[1]]


def test_a_partition_that_is_put_again_takes_the_place_of_the_one_before(tables: Tables) -> None:
    tables.put_table(TABLE)
    tables.put_partitions("flights", [partition("a"), partition("b")])
    tables.put_partitions("flights", [partition("b", rows=9, version=2), partition("c", version=2)])
    assert tables.partitions("flights") == [
        partition("a"),
        partition("b", rows=9, version=2),
        partition("c", version=2),
    ]


def test_a_partition_is_taken_away_once_or_twice(tables: Tables) -> None:
    tables.put_table(TABLE)
    tables.put_partitions("flights", [partition("a"), partition("b")])
    for _ in range(2):
        tables.remove_partition("flights", partition("a"))
    assert tables.partitions("flights") == [partition("b")]


def test_what_is_said_of_a_table_leaves_its_partitions(tables: Tables) -> None:
    tables.put_table(TABLE)
    tables.put_partitions("flights", [partition("a")])
    tables.put_table(msgspec.structs.replace(TABLE, version=2))
    assert tables.partitions("flights") == [partition("a")]


def test_more_partitions_than_fit_one_call_are_put(tables: Tables) -> None:
    tables.put_table(TABLE)
    tables.put_partitions("flights", [partition(f"{n:03}") for n in range(205)])
    assert len(tables.partitions("flights")) == 205


def test_a_table_that_is_not_there_takes_no_partition(tables: Tables) -> None:
    with pytest.raises(NotFound, match="flights"):
        tables.put_partitions("flights", [partition("a")])


def test_a_partition_that_glue_refuses_in_a_good_answer_is_an_error_to_try_again(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client("glue").create_database(DatabaseInput={"Name": "keepfit"})
    tables = GlueTables(database="keepfit", bucket="lake")
    tables.put_table(TABLE)
    why = {"ErrorCode": "InternalServiceException", "ErrorMessage": "try again"}
    answer = {"Errors": [{"PartitionValues": ["2013-01-01", "a"], "ErrorDetail": why}]}
    refusing: Callable[..., Any] = lambda **_: answer  # noqa: E731
    monkeypatch.setattr(client("glue"), "batch_create_partition", refusing)
    with pytest.raises(ServiceUnavailable, match="InternalServiceException: try again"):
        tables.put_partitions("flights", [partition("a")])
