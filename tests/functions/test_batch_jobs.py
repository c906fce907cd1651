"""A file that is dropped is planned, scored part by part, each once, and summed up; or refused with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.layout import ModelScope
from keepfit.serving.batch import parquet_table, text_table
from keepfit.training.runs.event_routing import batch_job_id
from keepfit.training.runs.model_subscription import Subscription
from tests.functions.conftest import MODEL, Load
from tests.unit.serving.support.exporting import register_files
from tests.unit.serving.support.small_model import INSTANCE

Row = dict[str, Any]
GOOD: list[Row] = [{**INSTANCE, "stops": n % 3} for n in range(30)]


class Jobs:
    """The functions of batches, called as the state machine calls them."""

    def __init__(self, load: Load, context: SimpleNamespace) -> None:
        self._load, self._context = load, context

    def call(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._load(f"{name}/handler").handler(event, self._context)
        return answer

    def drop(self, name: str, body: bytes, **wishes: Any) -> dict[str, Any]:
        """The request for the job of a new file."""
        key = f"batch/{MODEL}/{name}"
        said = {"keepfit-batch": json.dumps(wishes)} if wishes else {}
        version = client("s3").put_object(Bucket="intake", Key=key, Body=body, Metadata=said)["VersionId"]
        return {"model": MODEL, "key": key, "version_id": version, "job": batch_job_id(key, version)}

    def parts(self, planned: dict[str, Any]) -> list[int]:
        body = client("s3").get_object(Bucket="lake", Key=planned["parts"])["Body"].read()
        return [each["part"] for each in json.loads(body)]

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        planned = self.call("plan_batch", request)
        for part in self.parts(planned):
            self.call("score_batch_part", {"model": MODEL, "job": request["job"], "part": part})
        return self.call("close_batch", {"request": request})


def files_of(request: dict[str, Any]) -> dict[str, bytes]:
    prefix = ModelScope(MODEL).batch_job(request["job"])
    listed = client("s3").list_objects_v2(Bucket="lake", Prefix=prefix).get("Contents", ())
    return {
        item["Key"].removeprefix(prefix): client("s3")
        .get_object(Bucket="lake", Key=item["Key"])["Body"]
        .read()
        for item in listed
    }


def lines(rows: list[Row]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


@pytest.fixture
def jobs(training_stack: None, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    for name in ("INTAKE", "LAKE"):
        monkeypatch.setenv(f"KEEPFIT_{name}_BUCKET", name.lower())
        client("s3").create_bucket(Bucket=name.lower())
        enabled = {"Status": "Enabled"}
        client("s3").put_bucket_versioning(Bucket=name.lower(), VersioningConfiguration=enabled)
    monkeypatch.setenv("KEEPFIT_SUBSCRIPTIONS", "/keepfit/models")
    subscription = Subscription(
        model=MODEL,
        datasets=[],
        drift_alarm="a",
        machine="m",
        move_alias="v",
        close_run="c",
        predict="p",
        stack="stack",
    )
    client("ssm").put_parameter(
        Name=f"/keepfit/models/{MODEL}", Type="String", Value=msgspec.json.encode(subscription).decode()
    )
    register_files(
        S3Artifacts(bucket="artifacts"),
        DynamoVersions(items=ModelItems(table="registry", model=MODEL), stack="stack"),
        model=MODEL,
    )
    return Jobs(load, context)


def test_a_dropped_file_becomes_answers_and_refusals_and_a_summary(jobs: Jobs) -> None:
    request = jobs.drop("rows.jsonl", lines([*GOOD, {**INSTANCE, "stops": -1}]), version=1)
    summary = jobs.run(request)
    assert (summary["rows"], summary["answered"], summary["refused"], summary["version"]) == (31, 30, 1, 1)
    found = files_of(request)
    assert sorted(found) == [
        "part-00000.csv", "part-00000.json", "part-00000.refused.jsonl", "parts.json", "plan.json", "summary.json",
    ]  # fmt: skip
    assert json.loads(found["summary.json"]) == summary
    assert json.loads(found["part-00000.refused.jsonl"])["reason"] == "is below the minimum 0"
    assert len(found["part-00000.csv"].splitlines()) == 31


def test_each_part_is_scored_once_whoever_asks_again(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pq.write_table(pa.Table.from_pylist(GOOD), tmp_path / "rows.parquet", row_group_size=10)
    monkeypatch.setattr(parquet_table, "MAX_ROWS", 10)
    request = jobs.drop("rows.parquet", (tmp_path / "rows.parquet").read_bytes(), version=1, carry=[])
    first = jobs.run(request)
    versions = client("s3").list_object_versions(
        Bucket="lake", Prefix=ModelScope(MODEL).batch_job(request["job"])
    )
    again = jobs.run(request)
    assert (first["parts"], first["answered"]) == (3, 30)
    assert {**again, "ended_at": ""} == {**first, "ended_at": ""}
    now = client("s3").list_object_versions(Bucket="lake", Prefix=ModelScope(MODEL).batch_job(request["job"]))
    assert len(now["Versions"]) == len(versions["Versions"]) + 1  # the summary
    rows = [
        row["row"]
        for n in range(3)
        for row in pq.read_table(pa.BufferReader(files_of(request)[f"part-0000{n}.parquet"])).to_pylist()
    ]
    assert rows == [*range(1, 31)]


def test_a_part_that_was_lost_is_told_and_scored_when_the_job_is_resumed(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_table, "MAX_ROWS", 1)
    body = lines(GOOD)
    request = jobs.drop("rows.jsonl", body, version=1)
    jobs.call("plan_batch", request)
    lost = jobs.call("close_batch", {"request": request})
    [unread] = lost["unread"]
    assert (lost["answered"], unread["rows"]) == (0, 30)
    assert unread["reason"].startswith("its worker was ended")
    assert jobs.run(request)["answered"] == 30


@pytest.mark.parametrize(
    ("name", "body", "wishes", "reason"),
    [
        ("rows.csv", b"carrier\nUA\n", {"version": 1}, "has no column distance"),
        ("rows.zip", b"PK", {"version": 1}, "is an archive"),
        ("rows.csv", b"carrier\nUA\n", {}, "no version of delay is released yet"),
        ("rows.csv", b"carrier\nUA\n", {"form": "xml"}, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_scored_is_refused_with_the_reason(
    jobs: Jobs, name: str, body: bytes, wishes: Row, reason: str
) -> None:
    request = jobs.drop(name, body, **wishes)
    with pytest.raises(Exception, match=reason) as refusal:
        jobs.call("plan_batch", request)
    cause = json.dumps({"errorMessage": str(refusal.value), "errorType": type(refusal.value).__name__})
    refused = jobs.call(
        "close_batch", {"request": request, "error": {"Error": "RefusedUpload", "Cause": cause}}
    )
    assert reason in refused["refused"]
    assert json.loads(files_of(request)["refusal.json"])["reason"] == refused["refused"]


def test_a_request_that_cannot_be_understood_is_told(jobs: Jobs) -> None:
    with pytest.raises(Exception, match="a step of a batch cannot be asked so"):
        jobs.call("plan_batch", {"model": MODEL})


def test_who_plans_and_closes_needs_no_runtime_of_models() -> None:
    """Their functions have no layer with one."""
    asked = "import sys, keepfit.runtime.batch_jobs; print({'onnxruntime'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
