"""Queries by Amazon Athena, in one workgroup and one database of the Glue Data Catalog."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import InvalidRequest, NotFound, ServiceUnavailable
from keepfit.features.catalogue.query import Answer, Column

_FIRST_POLL_S: Final = 0.05
_LAST_POLL_S: Final = 2.0
_PAGE: Final = 1000
_FINAL: Final = ("SUCCEEDED", "FAILED", "CANCELLED")
_READ: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": lambda text: text == "true",
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "float": float,
    "real": float,
    "double": float,
}
"""How a value is read, by the type of its column; others are texts."""
# What Athena says, and what to do then.
_ADVICE: Final = (
    (
        re.compile(r"TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|does not exist", re.IGNORECASE),
        "`keepfit catalogue` lists the datasets; one without a version yet has no table",
    ),
    (
        re.compile(r"COLUMN_NOT_FOUND|cannot be resolved", re.IGNORECASE),
        "`keepfit catalogue show NAME` lists the columns of a dataset",
    ),
    (
        re.compile(r"bytes scanned limit", re.IGNORECASE),
        "read fewer columns, or fewer uploads by WHERE _day >= DATE '…'; the limit is the workgroup's",
    ),
    (
        re.compile(r"access.?denied|not authorized|permission", re.IGNORECASE),
        "attach the managed policy that the platform's output QueryPolicy names to your role",
    ),
)
_NEXT: Final = "mend the query, which is written as Athena takes it (Trino's SQL), and ask again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AthenaQueries:
    """See ``features.catalogue.query.Queries``; the workgroup bounds what a query reads."""

    workgroup: str
    database: str
    sleep: Callable[[float], None] = time.sleep

    def ask(self, sql: str, *, limit: int, tell: Callable[[str], None]) -> Answer:
        query = self._start(sql)
        try:
            found = self._ended(query, tell)
        except BaseException:
            # Nobody waits any longer: what is read from now on would be paid for nothing.
            client("athena").stop_query_execution(QueryExecutionId=query)
            raise
        _refuse_failed(query, found["Status"])
        columns, rows = self._read(query, limit + 1)
        said = found.get("Statistics", {})
        return Answer(
            query_id=query,
            columns=columns,
            rows=rows[:limit],
            more=len(rows) > limit,
            scanned_bytes=said.get("DataScannedInBytes", 0),
            seconds=said.get("TotalExecutionTimeInMillis", 0) / 1000,
            results=found.get("ResultConfiguration", {}).get("OutputLocation", ""),
        )

    def _start(self, sql: str) -> str:
        athena = client("athena")
        try:
            with translated(f"the workgroup {self.workgroup}"):
                started = athena.start_query_execution(
                    QueryString=sql,
                    QueryExecutionContext={"Catalog": "AwsDataCatalog", "Database": self.database},
                    WorkGroup=self.workgroup,
                )
        except athena.exceptions.InvalidRequestException as error:
            said = error.response["Error"]["Message"]
            if "WorkGroup" in said:
                raise NotFound(f"{said} It comes with the platform's stack: deploy it again") from error
            raise _not_answered(said) from error
        return str(started["QueryExecutionId"])

    def _ended(self, query: str, tell: Callable[[str], None]) -> dict[str, Any]:
        wait = _FIRST_POLL_S
        while True:
            with translated(f"the query {query}"):
                found: dict[str, Any] = client("athena").get_query_execution(QueryExecutionId=query)[
                    "QueryExecution"
                ]
            state = found["Status"]["State"]
            if state in _FINAL:
                return found
            tell(f"{state.lower()}: {found.get('Statistics', {}).get('DataScannedInBytes', 0):,} bytes read")
            self.sleep(wait)
            wait = min(2 * wait, _LAST_POLL_S)

    def _read(self, query: str, limit: int) -> tuple[list[Column], list[list[Any]]]:
        columns: list[Column] = []

        def lines() -> Iterator[dict[str, Any]]:
            pages = client("athena").get_paginator("get_query_results")
            for page in pages.paginate(QueryExecutionId=query, PaginationConfig={"PageSize": _PAGE}):
                found, rows = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"], page["ResultSet"]["Rows"]
                if not columns:
                    columns.extend(Column(name=one["Name"], type=one["Type"]) for one in found)
                    rows = rows[1:]  # the first is the names
                yield from rows

        with translated(f"the results of the query {query}"):
            read = [*islice(lines(), limit)]
        return columns, [
            [_value(cell, column.type) for cell, column in zip(row["Data"], columns, strict=True)]
            for row in read
        ]


def _refuse_failed(query: str, status: dict[str, Any]) -> None:
    if status["State"] == "SUCCEEDED":
        return
    why = status.get("StateChangeReason") or status["State"].lower()
    if status.get("AthenaError", {}).get("Retryable"):
        raise ServiceUnavailable(f"the query {query}: {why}; ask again")
    raise _not_answered(why)


def _value(cell: dict[str, str], kind: str) -> Any:
    text = cell.get("VarCharValue")
    return None if text is None else _READ.get(kind, str)(text)


def _not_answered(said: str) -> InvalidRequest:
    advice = next((next_ for found, next_ in _ADVICE if found.search(said)), _NEXT)
    return InvalidRequest(f"Athena did not answer: {said.strip().rstrip('.')}; {advice}", code="not_answered")
