"""A model that joins on Spark, in an embedded cloud: which states its first run went through."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb

from localcloud.cloud import Cloud
from proofs.own_product import OwnProduct
from proofs.proof import Tell
from proofs.spark.events import DEFINITIONS, write_datasets

_NAME = "prove-spark"
_EVENTS, _ROWS = 20_000, 3_000
_PATIENCE_S, _POLL_S = 900.0, 2.0
# So much earlier than they are made up: what is not yet known cannot be uploaded.
_EARLIER = {"rides": ("began", "told"), "states": ("at", "told"), "visits": ("at",)}


def states_of_a_run(folder: Path, tell: Tell) -> list[str]:
    """Deploys, uploads events and rows, and names the states that the run entered."""
    product = OwnProduct(folder, _NAME)
    joining = "max_rows = 1000000\nengine = 'auto'\nspark_above = 1000"
    (product.models / "rides.toml").write_text(DEFINITIONS.replace("max_rows = 1000000", joining))
    files = _write_files(folder / "files")
    tell("deploying a model that joins on Spark")
    with product.cloud() as cloud:
        for dataset, path in files.items():
            wait = [] if dataset == "visits" else ["--wait"]
            product.keepfit("upload", dataset, path, *wait)
        tell("waiting for its run")
        return _entered(cloud)


def _write_files(folder: Path) -> dict[str, Path]:
    folder.mkdir()
    parts, files = write_datasets(folder, events=_EVENTS, rows=_ROWS), {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for dataset, times in _EARLIER.items():
            files[dataset] = folder / f"{dataset}.csv"
            moved = ", ".join(f'"{time}" - INTERVAL 1 YEAR AS "{time}"' for time in times)
            [part] = parts[dataset]
            connection.execute(
                "COPY (SELECT * EXCLUDE (_source_sha256, _source_row, _uploaded_at, _ingested_at) "
                f"REPLACE ({moved}) FROM '{part}') TO '{files[dataset]}' (HEADER)"
            )
    return files


def _entered(cloud: Cloud) -> list[str]:
    """The states of the execution that trained, once it has ended."""
    service = cloud.endpoint().client("stepfunctions")
    [machine] = [each["stateMachineArn"] for each in service.list_state_machines()["stateMachines"]]
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        for execution in service.list_executions(stateMachineArn=machine)["executions"]:
            entered = _states(service, execution["executionArn"])
            if "PlanJoin" in entered and execution["status"] != "RUNNING":
                return [*entered, execution["status"]]
        time.sleep(_POLL_S)
    return []


def _states(service: Any, execution: str) -> list[str]:
    events = service.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [
        event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event
    ]
