from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from localcloud.endpoint import Endpoint

Ask = Callable[..., Any]

_PARQUET = {
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
}
_COLUMNS = [
    {"Name": "moment", "Type": "timestamp"},
    {"Name": "late", "Type": "boolean"},
    {"Name": "distance", "Type": "double"},
    {"Name": "gate", "Type": "bigint"},
    {"Name": "place", "Type": "string"},
]
_KEYS = [{"Name": "_day", "Type": "date"}, {"Name": "_upload", "Type": "string"}]


def parquet(**columns: Any) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


@pytest.fixture(scope="module")
def lake(cloud: Endpoint) -> Iterator[str]:
    """A bucket with a table of two partitions, neither of them in the table's folder, and workgroups."""
    name = f"asked-{uuid.uuid4().hex[:8]}"
    s3, glue, athena = (cloud.client(service) for service in ("s3", "glue", "athena"))
    s3.create_bucket(Bucket=name)
    moments = pa.array([datetime(2026, 1, 5, 8, tzinfo=UTC), None], pa.timestamp("us", tz="UTC"))
    old = parquet(moment=moments, late=[True, False], distance=[1.5, 2.5])
    new = parquet(late=[None, True], distance=[4.0, None], gate=pa.array([7, 8]), place=['a "b", c', ""])
    for upload, body in {"aa": old, "bb": new}.items():
        s3.put_object(Bucket=name, Key=f"parts/{upload}/rows.parquet", Body=body)
    glue.create_database(DatabaseInput={"Name": name})
    storage = {**_PARQUET, "Columns": _COLUMNS, "Location": f"s3://{name}/table/"}
    table = {"Name": "trips", "PartitionKeys": _KEYS, "StorageDescriptor": storage}
    glue.create_table(DatabaseName=name, TableInput=table)
    glue.create_table(DatabaseName=name, TableInput={**table, "Name": "empty"})
    much = {"Columns": [_COLUMNS[3]], "Location": f"s3://{name}/much/", **_PARQUET}
    glue.create_table(DatabaseName=name, TableInput={"Name": "much", "StorageDescriptor": much})
    numbers = np.random.default_rng(1).integers(0, 2**62, 1_300_000)
    s3.put_object(Bucket=name, Key="much/rows.parquet", Body=parquet(gate=numbers))
    for day, upload in (("2026-01-05", "aa"), ("2026-01-06", "bb")):
        there = {**storage, "Location": f"s3://{name}/parts/{upload}/"}
        one = {"Values": [day, upload], "StorageDescriptor": there}
        glue.create_partition(DatabaseName=name, TableName="trips", PartitionInput=one)
    results = {"OutputLocation": f"s3://{name}/results/"}
    made = {"ResultConfiguration": results, "EnforceWorkGroupConfiguration": True}
    athena.create_work_group(Name=name, Configuration=made)
    athena.create_work_group(
        Name=f"{name}-few", Configuration={**made, "BytesScannedCutoffPerQuery": 10_000_000}
    )
    yield name
    for workgroup in (name, f"{name}-few"):
        athena.delete_work_group(WorkGroup=workgroup)


@pytest.fixture
def ask(cloud: Endpoint, lake: str) -> Ask:
    """Asks, waits, and gives the execution."""

    def asked(sql: str, workgroup: str = lake) -> dict[str, Any]:
        athena = cloud.client("athena")
        query = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": lake},
            WorkGroup=workgroup,
            ResultConfiguration={"OutputLocation": "s3://elsewhere/"},
        )["QueryExecutionId"]
        deadline = time.monotonic() + 30
        while True:
            found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if found["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return dict(found)
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return asked


@pytest.fixture
def rows(cloud: Endpoint, ask: Ask) -> Ask:
    def read(sql: str, **options: Any) -> list[list[Any]]:
        execution = ask(sql)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        pages = cloud.client("athena").get_paginator("get_query_results")
        asked = pages.paginate(QueryExecutionId=execution["QueryExecutionId"], PaginationConfig=options)
        return [
            [cell.get("VarCharValue") for cell in row["Data"]]
            for page in asked
            for row in page["ResultSet"]["Rows"]
        ]

    return read


def test_a_table_is_its_partitions_with_the_types_of_glue(rows: Ask) -> None:
    assert rows("SELECT * FROM trips ORDER BY distance NULLS LAST") == [
        ["moment", "late", "distance", "gate", "place", "_day", "_upload"],
        ["2026-01-05 08:00:00.000", "true", "1.5", None, None, "2026-01-05", "aa"],
        [None, "false", "2.5", None, None, "2026-01-05", "aa"],
        [None, None, "4.0", "7", 'a "b", c', "2026-01-06", "bb"],
        [None, "true", None, "8", "", "2026-01-06", "bb"],
    ]
    assert rows("SELECT count(*) AS n FROM empty") == [["n"], ["0"]]


def test_it_is_athena_s_sql_that_is_understood(rows: Ask, lake: str) -> None:
    asked = (
        f'WITH one AS (SELECT "{lake}".trips.distance AS d FROM "{lake}".trips '
        "WHERE _day >= DATE '2026-01-05') "
        "SELECT approx_distinct(d) AS n, date_diff('day', DATE '2026-01-01', DATE '2026-01-03') AS days, "
        "date_trunc('month', TIMESTAMP '2026-01-05 08:00:00') AS month FROM one"
    )
    assert rows(asked) == [["n", "days", "month"], ["3", "2", "2026-01-01 00:00:00.000"]]


def test_many_rows_come_in_pages_of_which_the_first_has_the_names(rows: Ask) -> None:
    found = rows("SELECT n FROM UNNEST(sequence(1, 25)) AS t (n)", PageSize=10)
    assert found == [["n"], *([str(n)] for n in range(1, 26))]


def test_results_lie_where_the_workgroup_says_whatever_the_client_asks(
    cloud: Endpoint, ask: Ask, lake: str
) -> None:
    execution = ask("SELECT place, gate FROM trips WHERE gate IS NOT NULL ORDER BY gate")
    where = execution["ResultConfiguration"]["OutputLocation"]
    assert where == f"s3://{lake}/results/{execution['QueryExecutionId']}.csv"
    body = cloud.client("s3").get_object(Bucket=lake, Key=where.removeprefix(f"s3://{lake}/"))["Body"].read()
    assert body.decode() == '"place","gate"\n"a ""b"", c","7"\n"","8"\n'
    assert execution["Statistics"]["DataScannedInBytes"] > 100


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT 1 FROM nope",
            "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{lake}.nope' does not exist",
        ),
        ("SELECT nope FROM trips", "COLUMN_NOT_FOUND: line 1:1: Column 'nope' cannot be resolved"),
        ("SELECT nope(1) FROM trips", "SYNTAX_ERROR: "),
        ("SELECT CAST(place AS bigint) FROM trips", "GENERIC_USER_ERROR: "),
        ("SELECT * FROM read_csv('/etc/passwd')", "FUNCTION_NOT_FOUND: "),
        ('SELECT * FROM "/etc/passwd"', "TABLE_NOT_FOUND: "),
    ],
)
def test_a_query_that_cannot_be_answered_fails_with_the_reason(
    cloud: Endpoint, ask: Ask, lake: str, sql: str, reason: str
) -> None:
    execution = ask(sql)
    assert execution["Status"]["State"] == "FAILED"
    assert execution["Status"]["StateChangeReason"].startswith(reason.format(lake=lake))
    with pytest.raises(ClientError, match=r"Query did not finish successfully\. Final query state: FAILED"):
        cloud.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])


def test_a_query_that_reads_too_much_is_cancelled(ask: Ask, lake: str) -> None:
    few = f"{lake}-few"
    assert ask("SELECT count(*) FROM trips", few)["Status"]["State"] == "SUCCEEDED"
    status = ask("SELECT count(*) FROM much", few)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DROP TABLE trips", "SELECT only"),
        ("INSERT INTO trips SELECT * FROM trips", "SELECT only"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed"),
        ("SELEC 1", "line 1:1"),
        ("COPY trips TO '/tmp/x'", "SELECT only"),
    ],
)
def test_what_is_no_query_is_refused_at_once(
    cloud: Endpoint, ask: Ask, lake: str, sql: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        ask(sql)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    assert cloud.client("glue").get_table(DatabaseName=lake, Name="trips")


def test_a_workgroup_that_is_not_there_answers_nothing(ask: Ask) -> None:
    with pytest.raises(ClientError, match="WorkGroup nope is not found"):
        ask("SELECT 1", "nope")


def test_a_query_that_was_stopped_stays_so(cloud: Endpoint, lake: str) -> None:
    athena = cloud.client("athena")
    # Would take hours.
    numbers = "UNNEST(sequence(1, 10000000))"
    sql = f"SELECT count(*) FROM {numbers} AS a (x) CROSS JOIN {numbers} AS b (y) WHERE x * y % 7 = 3"
    query = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": lake}, WorkGroup=lake
    )["QueryExecutionId"]
    with pytest.raises(ClientError, match=r"Query has not yet finished\. Current state: (QUEUED|RUNNING)"):
        athena.get_query_results(QueryExecutionId=query)
    for _ in range(2):
        athena.stop_query_execution(QueryExecutionId=query)
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        assert status["State"] == "CANCELLED"
        time.sleep(0.1)
