"""A file is dropped, scored by the version that serves, and answered as the API answers the same rows."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

from cli.places.batch_jobs import job_of
from keepfit.layout import ModelScope
from keepfit.training.runs.event_routing import batch_job_id
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product


def test_a_file_gets_the_answers_of_the_api_and_what_does_not_fit_is_told(
    released: Product, tmp_path: Path
) -> None:
    rows = [dict(instance) for instance in world.january_requests()[:40]]
    file = tmp_path / "january.jsonl"
    bad = {**rows[0], "distance": "far"}
    file.write_text("\n".join(map(json.dumps, [*rows, bad])))
    job = released.keepfit("batch", MODEL, str(file), "--carry", "-", "--wait")
    assert job["state"] == "done", job
    summary = job["summary"]
    assert (summary["rows"], summary["answered"], summary["refused"]) == (41, 40, 1)
    assert summary["version"] == released.champion.version
    [reason] = summary["reasons"]
    assert (reason["field"], reason["reason"]) == ("distance", "is not a number")
    bucket, _, folder = job["results"].removeprefix("s3://").partition("/")
    body = released.client("s3").get_object(Bucket=bucket, Key=f"{folder}part-00000.csv")["Body"].read()
    answered = list(csv.DictReader(io.StringIO(body.decode())))
    told = released.ask(rows).body
    assert [float(row["probability"]) for row in answered] == told["probabilities"]
    assert [row["prediction"] == "true" for row in answered] == told["predictions"]
    assert [row["row"] for row in answered] == [str(number) for number in range(1, 41)]
    [listed] = released.keepfit("batch", MODEL)
    assert (listed["job"], listed["state"]) == (job["job"], job["state"])


def test_a_file_that_is_dropped_where_no_table_is_expected_is_refused(released: Product) -> None:
    key = f"{ModelScope(MODEL).batch_jobs}notes.csv"
    version = released.put(key, b"to,do\nbuy,milk\n")
    job = batch_job_id(key, version)
    while not (found := job_of(released.deployment, MODEL, job)).is_over:
        time.sleep(0.5)
    assert found.state == "refused"
    assert "has no column" in (found.reason or "")
