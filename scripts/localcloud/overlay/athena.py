"""Answers Athena's queries by DuckDB over what Glue says: a table is its partitions.

The stock emulator reads the table's own folder alone, in which nothing lies where partitions have places of their own;
it gives DuckDB Trino's SQL as it is written, with the whole file system; it changes tables, knows no workgroup that is
missing, disabled or has a limit, and lets a stopped query succeed.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import duckdb
from ministack.core import responses
from ministack.services import athena, glue, s3

from localcloud.overlay.athena_sql import Refused, prepare, refusal
from localcloud.overlay.athena_tables import make_views, read_rows
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace

_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(slots=True)
class _Query:
    """A query under way: its connection can be interrupted from another thread."""

    folder: Path
    connection: Any
    stopped: bool = False
    task: asyncio.Task[None] | None = None


_running: dict[str, _Query] = {}


def install(cloud: CloudContext) -> None:
    """Replaces how queries start, run, end and are read."""
    expect(s3, "_get_object_data", params="bucket_name,key,version_id")
    expect(glue, "_tables")
    expect(glue, "_partitions")
    expect(athena, "_execution_out", params="ex")
    replace(athena, "_start_query_execution", _start, params="data", contains=("_execute_query",))
    replace(athena, "_stop_query_execution", _stop, params="data", contains=('"CANCELLED"',))
    replace(athena, "_get_query_results", _results, params="data", contains=("NextToken",))


def _invalid(message: str, code: str = "INVALID_INPUT") -> Any:
    return responses.error_response_json(
        "InvalidRequestException", message, 400, extra={"AthenaErrorCode": code}
    )


def _start(data: dict[str, Any]) -> Any:
    name = data.get("WorkGroup") or "primary"
    workgroup = athena._workgroups.get(name)
    if workgroup is None:
        return _invalid(f"WorkGroup {name} is not found.")
    if workgroup.get("State") == "DISABLED":
        return _invalid(f"WorkGroup {name} is disabled.")
    configuration = workgroup.get("Configuration") or {}
    location = _location(data, configuration)
    if not location:
        return _invalid(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    context = data.get("QueryExecutionContext") or {}
    database = context.get("Database") or "default"
    try:
        statement = prepare(data.get("QueryString") or "")
    except Refused as refused:
        return _invalid(str(refused), "MALFORMED_QUERY")
    execution = _execution(data, name, f"{location.rstrip('/')}/", database)
    query = execution["QueryExecutionId"]
    athena._executions[query] = execution
    limit = configuration.get("BytesScannedCutoffPerQuery")
    running = _Query(folder=Path(tempfile.mkdtemp(prefix="athena-")), connection=duckdb.connect())
    _running[query] = running
    task = asyncio.create_task(_run(execution, running, statement, int(limit) if limit else None))
    running.task = task  # the loop itself would forget it
    return responses.json_response({"QueryExecutionId": query})


def _location(data: dict[str, Any], configuration: dict[str, Any]) -> str:
    """Where the result goes; a workgroup that enforces its configuration hears no client."""
    own = (configuration.get("ResultConfiguration") or {}).get("OutputLocation") or ""
    asked = (data.get("ResultConfiguration") or {}).get("OutputLocation") or ""
    enforced = str(configuration.get("EnforceWorkGroupConfiguration", "true")).lower() == "true"
    return str(own if own and enforced else asked or own)


def _execution(data: dict[str, Any], workgroup: str, location: str, database: str) -> dict[str, Any]:
    query = responses.new_uuid()
    engine = "Athena engine version 3"
    return {
        "QueryExecutionId": query,
        "Query": data["QueryString"],
        "StatementType": "DML",
        "ResultConfiguration": {"OutputLocation": f"{location}{query}.csv"},
        "QueryExecutionContext": {"Database": database, "Catalog": "awsdatacatalog"},
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {"DataScannedInBytes": 0, "TotalExecutionTimeInMillis": 0},
        "WorkGroup": workgroup,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": engine},
        "_results": None,
        "_column_types": None,
    }


async def _run(execution: dict[str, Any], running: _Query, statement: Any, limit: int | None) -> None:
    started, reason = time.monotonic(), None
    execution["Status"]["State"] = "RUNNING"
    try:
        state, reason = await asyncio.to_thread(_work, execution, running, statement, limit)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is this query's)
        state, reason = "FAILED", refusal(error)
        execution["Status"]["AthenaError"] = {"ErrorCategory": 2, "ErrorType": 1006, "Retryable": False}
    finally:
        _running.pop(execution["QueryExecutionId"], None)
        running.connection.close()
        shutil.rmtree(running.folder, ignore_errors=True)
    if running.stopped:
        return
    took = int((time.monotonic() - started) * 1000)
    execution["Statistics"] |= {"TotalExecutionTimeInMillis": took, "EngineExecutionTimeInMillis": took}
    execution["Status"] |= {"State": state, "CompletionDateTime": time.time()}
    if reason:
        execution["Status"]["StateChangeReason"] = reason


def _work(
    execution: dict[str, Any], running: _Query, statement: Any, limit: int | None
) -> tuple[str, str | None]:
    """Answers the query; the state in which that ends, and why."""
    database = execution["QueryExecutionContext"]["Database"]
    running.connection.execute("SET TimeZone = 'UTC'")
    sql, scanned = make_views(running.connection, statement, database, running.folder)
    execution["Statistics"]["DataScannedInBytes"] = scanned
    if limit is not None and scanned > limit:
        return "CANCELLED", "Bytes scanned limit was exceeded"
    if not running.stopped:
        execution["_results"], execution["_column_types"] = read_rows(running.connection, sql)
        _save(execution)
    return "SUCCEEDED", None


def _save(execution: dict[str, Any]) -> None:
    """The rows as CSV, every cell in quotes and missing ones without, as Athena writes them."""
    place = urlparse(execution["ResultConfiguration"]["OutputLocation"])
    written = io.StringIO()
    lines = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines.writerow(execution["_results"]["columns"])
    for row in execution["_results"]["rows"]:
        cells = ["" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row]
        written.write(",".join(cells) + "\n")
    body = written.getvalue().encode()
    headers = {"content-type": "application/octet-stream", "content-length": str(len(body))}
    answer = s3._put_object(place.netloc, place.path.lstrip("/"), body, headers)
    if answer[0] >= 300:
        where = execution["ResultConfiguration"]["OutputLocation"]
        raise Refused(f"Unable to write the results to {where}: HTTP {answer[0]}")


def _stop(data: dict[str, Any]) -> Any:
    query = data.get("QueryExecutionId")
    execution = athena._executions.get(query)
    if execution is None:
        return _invalid(f"QueryExecution {query} was not found")
    if execution["Status"]["State"] not in _FINAL:
        reason = {"StateChangeReason": "Query cancelled by user", "CompletionDateTime": time.time()}
        execution["Status"] |= {"State": "CANCELLED", **reason}
        if (running := _running.get(str(query))) is not None:
            running.stopped = True
            running.connection.interrupt()
    return responses.json_response({})


def _results(data: dict[str, Any]) -> Any:
    query = data.get("QueryExecutionId")
    execution = athena._executions.get(query)
    if execution is None:
        return _invalid(f"QueryExecution {query} was not found")
    state = execution["Status"]["State"]
    if state in ("FAILED", "CANCELLED"):
        return _invalid(f"Query did not finish successfully. Final query state: {state}")
    if state != "SUCCEEDED":
        return _invalid(f"Query has not yet finished. Current state: {state}")
    size = int(data.get("MaxResults") or 1000)
    if not 1 <= size <= 1000:
        return _invalid("MaxResults is more than maximum allowed length 1000")
    names, kinds = execution["_results"]["columns"], execution["_column_types"]
    # The names are the first row, and count as one.
    lines = [names, *execution["_results"]["rows"]]
    first = int(json.loads(data.get("NextToken") or "0"))
    page = [
        {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in line]}
        for line in lines[first : first + size]
    ]
    columns = [_column(name, kind) for name, kind in zip(names, kinds, strict=True)]
    answer = {"ResultSet": {"Rows": page, "ResultSetMetadata": {"ColumnInfo": columns}}, "UpdateCount": 0}
    more = {"NextToken": str(first + size)} if first + size < len(lines) else {}
    return responses.json_response(answer | more)


def _column(name: str, kind: str) -> dict[str, Any]:
    precision, scale = athena._type_precision_scale(kind)
    of = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind}
    return of | {
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind == "varchar",
    }
