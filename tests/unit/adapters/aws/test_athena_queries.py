"""Athena as far as it is not played by the embedded cloud: states, errors and pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from keepfit.adapters.aws import athena_queries
from keepfit.adapters.aws.athena_queries import AthenaQueries
from keepfit.errors import InvalidRequest, NotFound, ServiceUnavailable

QUERIES = AthenaQueries(workgroup="keepfit", database="keepfit", sleep=lambda seconds: None)


@pytest.fixture
def athena(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("athena", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(athena_queries, "client", lambda service: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def start(athena: Stubber) -> None:
    context = {"Catalog": "AwsDataCatalog", "Database": "keepfit"}
    asked = {"QueryString": "SELECT 1", "QueryExecutionContext": context, "WorkGroup": "keepfit"}
    athena.add_response("start_query_execution", {"QueryExecutionId": "q"}, asked)


def state(athena: Stubber, state: str, reason: str = "", **more: Any) -> None:
    status = {"State": state, "StateChangeReason": reason, **more}
    statistics = {"DataScannedInBytes": 12, "TotalExecutionTimeInMillis": 1500}
    result = {"OutputLocation": "s3://lake/query-results/q.csv"}
    found = {"Status": status, "Statistics": statistics, "ResultConfiguration": result}
    athena.add_response("get_query_execution", {"QueryExecution": found}, {"QueryExecutionId": "q"})


def page(
    athena: Stubber, *rows: list[str | None], token: str | None = None, after: str | None = None
) -> None:
    kinds = {"n": "bigint", "share": "double", "late": "boolean", "day": "date"}
    cells = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
    columns = {"ColumnInfo": [{"Name": name, "Type": kind} for name, kind in kinds.items()]}
    answer = {"ResultSet": {"Rows": cells, "ResultSetMetadata": columns}, "UpdateCount": 0}
    asked = {"QueryExecutionId": "q", "MaxResults": 1000} | ({"NextToken": after} if after else {})
    athena.add_response("get_query_results", answer | ({"NextToken": token} if token else {}), asked)


def test_values_have_the_types_of_their_columns_and_missing_ones_are_none(athena: Stubber) -> None:
    start(athena)
    for each in ("QUEUED", "RUNNING", "SUCCEEDED"):
        state(athena, each)
    names: list[str | None] = ["n", "share", "late", "day"]
    page(athena, names, ["3", "0.5", "true", "2026-01-05"], [None, "NaN", "false", None], token="more")
    page(athena, ["4", None, None, ""], after="more")
    told: list[str] = []
    answer = QUERIES.ask("SELECT 1", limit=3, tell=told.append)
    assert [column.name for column in answer.columns] == names
    assert answer.rows[0] == [3, 0.5, True, "2026-01-05"]
    assert answer.rows[1][::2] == [None, False]
    assert answer.rows[1][1] != answer.rows[1][1]
    assert answer.rows[2] == [4, None, None, ""]
    assert (answer.more, answer.scanned_bytes, answer.seconds) == (False, 12, 1.5)
    assert told == ["queued: 12 bytes read", "running: 12 bytes read"]


def test_no_more_pages_are_read_than_rows_are_wanted(athena: Stubber) -> None:
    start(athena)
    state(athena, "SUCCEEDED")
    page(athena, ["n", "share", "late", "day"], ["1"] * 4, ["2"] * 4, token="more")
    answer = QUERIES.ask("SELECT 1", limit=1, tell=lambda text: None)
    assert (len(answer.rows), answer.more) == (1, True)
    assert answer.results == "s3://lake/query-results/q.csv"


@pytest.mark.parametrize(
    ("ended", "reason", "advice"),
    [
        (
            "FAILED",
            "TABLE_NOT_FOUND: line 1:15: Table 'a.keepfit.x' does not exist",
            "`keepfit catalogue` lists",
        ),
        ("FAILED", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved", "keepfit catalogue show"),
        ("FAILED", "Access denied when writing to location", "QueryPolicy"),
        ("CANCELLED", "Bytes scanned limit was exceeded", "WHERE _day"),
        ("FAILED", "DIVISION_BY_ZERO: Division by zero", "ask again"),
    ],
)
def test_a_query_that_failed_says_why_and_what_to_do(
    athena: Stubber, ended: str, reason: str, advice: str
) -> None:
    start(athena)
    state(athena, ended, reason)
    with pytest.raises(InvalidRequest) as failed:
        QUERIES.ask("SELECT 1", limit=1, tell=lambda text: None)
    assert reason in str(failed.value)
    assert advice in str(failed.value)


def test_a_failure_that_athena_calls_passing_is_one_to_try_again(athena: Stubber) -> None:
    start(athena)
    state(athena, "FAILED", "no capacity", AthenaError={"Retryable": True})
    with pytest.raises(ServiceUnavailable, match="no capacity; ask again"):
        QUERIES.ask("SELECT 1", limit=1, tell=lambda text: None)


def test_a_query_that_nobody_waits_for_is_stopped(athena: Stubber) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    start(athena)
    state(athena, "RUNNING")
    athena.add_response("stop_query_execution", {}, {"QueryExecutionId": "q"})
    with pytest.raises(KeyboardInterrupt):
        QUERIES.ask("SELECT 1", limit=1, tell=interrupt)


def test_a_workgroup_that_is_missing_and_a_query_that_is_refused_are_told_apart(athena: Stubber) -> None:
    for message in ("WorkGroup keepfit is not found.", "line 1:3: mismatched input 'x'"):
        athena.add_client_error("start_query_execution", "InvalidRequestException", message, 400)
    with pytest.raises(NotFound, match="comes with the platform"):
        QUERIES.ask("SELECT 1", limit=1, tell=lambda text: None)
    with pytest.raises(InvalidRequest, match="mismatched input 'x'; mend the query"):
        QUERIES.ask("SELECT x", limit=1, tell=lambda text: None)
