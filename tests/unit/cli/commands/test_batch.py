"""`keepfit batch`: a file by a package in a folder, and by a deployed model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.exits import Exit
from cli.places.deployment import Deployment
from keepfit.training.runs.event_routing import batch_job_id
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import States
from tests.unit.serving.support.exporting import register_version
from tests.unit.serving.support.small_model import INSTANCE, model, signature


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model())
    (folder / "signature.json").write_bytes(signature())
    (folder / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 7}))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({**INSTANCE, "stops": stops}) for stops in (1, -1, 2)))
    return path


def test_a_file_is_scored_by_the_package_in_a_folder(
    keepfit: Keepfit, package: Path, file: Path, tmp_path: Path
) -> None:
    into = tmp_path / "results"
    told = keepfit("batch", str(package), str(file), "--into", str(into), "--carry", "-", "--json").json
    assert (told["model"], told["version"], told["answered"], told["refused"]) == ("flight_delay", 7, 2, 1)
    assert sorted(path.name for path in into.iterdir()) == [
        "part-00000.csv",
        "part-00000.refused.jsonl",
        "summary.json",
    ]
    header, *lines = (into / "part-00000.csv").read_text().splitlines()
    assert header == "row,prediction,probability"
    assert [line.partition(",")[0] for line in lines] == ["1", "3"]
    shown = keepfit("batch", str(package), str(file), "--into", str(tmp_path / "again"))
    assert "is below the minimum 0" in shown.stdout
    assert f"The results are in {tmp_path / 'again'}" in shown.stderr


def test_a_file_that_is_no_table_of_the_model_is_refused(
    keepfit: Keepfit, package: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "rows.csv"
    bad.write_text("carrier\nUA\n")
    answer = keepfit("batch", str(package), str(bad), "--into", str(tmp_path / "out"))
    assert answer.exit_code == Exit.REFUSED
    assert "has no column distance" in answer.stderr


def test_results_take_the_place_of_nothing(keepfit: Keepfit, package: Path, file: Path) -> None:
    answer = keepfit("batch", str(package), str(file), "--into", str(package))
    assert answer.exit_code == Exit.REFUSED
    assert "is not empty: name a new folder" in answer.stderr


def test_what_is_not_there_is_told(keepfit: Keepfit, package: Path, file: Path, tmp_path: Path) -> None:
    into = ("--into", str(tmp_path / "out"))
    assert "rows.parquet is no file" in keepfit("batch", str(package), "rows.parquet", *into).stderr
    answer = keepfit("batch", str(package), str(file), *into, "--version", "3")
    assert answer.exit_code == Exit.NOT_FOUND
    assert "holds version 7 of flight_delay, and not 3" in answer.stderr
    assert "is no release package" in keepfit("batch", str(tmp_path), str(file), *into).stderr


def test_a_deployed_model_scores_from_the_files_of_its_version(
    keepfit: Keepfit, deployment: Deployment, stores: ModelStores, file: Path, tmp_path: Path
) -> None:
    register_version(stores)
    told = keepfit(
        "batch", "delay", str(file), "--into", str(tmp_path / "out"), "--version", "1", "--json"
    ).json
    assert (told["model"], told["version"], told["rows"]) == ("delay", 1, 3)


JOB = batch_job_id("batch/delay/rows.jsonl", "null")
EXECUTION = f"arn:aws:states:us-east-1:123456789012:execution:keepfit-platform-batches:{JOB}"
REQUEST = {"model": "delay", "key": "batch/delay/rows.jsonl", "version_id": "null", "job": JOB}
PLAN = {
    "request": REQUEST,
    "version": 2,
    "parts": [{"number": 0}, {"number": 1}],
    "started_at": "2026-01-05T08:00:00Z",
}
SUMMARY = {
    "model": "delay", "version": 2, "file": "batch/delay/rows.jsonl", "format": "csv", "rows": 9, "answered": 6,
    "refused": 3, "reasons": [{"field": "stops", "reason": "is below the minimum 0", "rows": 3}], "unread": [],
    "parts": 2, "seconds": 0.5,
}  # fmt: skip


def written(deployment: Deployment, name: str, document: Any) -> None:
    deployment.lake.put(f"batch/delay/{JOB}/{name}", json.dumps(document).encode())


@pytest.fixture
def running(states: States) -> States:
    states.execution = EXECUTION
    return states


def test_a_file_is_copied_to_where_its_job_begins(
    keepfit: Keepfit, deployment: Deployment, running: States, file: Path
) -> None:
    told = keepfit("batch", "delay", str(file), "--version", "2", "--carry", "-", "--json").json
    assert (told["job"], told["state"], told["results"]) == (JOB, "planning", f"s3://lake/batch/delay/{JOB}/")
    found = deployment.place.client("s3").get_object(Bucket="intake", Key="batch/delay/rows.jsonl")
    assert found["Body"].read() == file.read_bytes()
    assert json.loads(found["Metadata"]["keepfit-batch"]) == {"version": 2, "carry": []}
    again = keepfit("batch", "delay", "s3://intake/batch/delay/rows.jsonl", "--format", "csv")
    assert f"See how far it is: keepfit batch delay --job {JOB}" in again.stderr
    found = deployment.place.client("s3").get_object(Bucket="intake", Key="batch/delay/rows.jsonl")
    assert json.loads(found["Metadata"]["keepfit-batch"]) == {"form": "csv"}


def test_a_job_is_followed_until_it_is_over(
    keepfit: Keepfit, deployment: Deployment, running: States
) -> None:
    written(deployment, "plan.json", PLAN)
    written(deployment, "part-00000.json", {})
    told = keepfit("batch", "delay", "--job", JOB, "--json").json
    assert (told["state"], told["done"], told["parts"], told["version"]) == ("scoring", 1, 2, 2)
    waited = keepfit("batch", "delay", "--job", JOB, "--wait", "--timeout", "0")
    assert waited.exit_code == Exit.UNFINISHED
    written(deployment, "summary.json", SUMMARY)
    done = keepfit("batch", "delay", "--job", JOB, "--wait")
    assert done.exit_code == Exit.OK
    assert "is below the minimum 0" in done.stdout
    assert JOB in keepfit("batch", "delay").stdout


def test_a_job_with_a_part_that_was_not_read_is_incomplete_until_it_is_resumed(
    keepfit: Keepfit, deployment: Deployment, running: States
) -> None:
    written(deployment, "plan.json", PLAN)
    unread = [{"number": 1, "rows": 4, "reason": "cannot be read as Parquet"}]
    written(deployment, "summary.json", {**SUMMARY, "unread": unread})
    answer = keepfit("batch", "delay", "--job", JOB)
    assert answer.exit_code == Exit.REFUSED
    assert "cannot be read as Parquet" in answer.stdout
    keepfit("batch", "delay", "--job", JOB, "--resume")
    [started] = running.started
    assert started["name"].startswith(f"{JOB}-")
    assert started["input"] == REQUEST
    assert "was never planned" in keepfit("batch", "delay", "--job", "other", "--resume").stderr


def test_a_job_that_came_to_nothing_says_why(
    keepfit: Keepfit, deployment: Deployment, running: States
) -> None:
    running.ends = [{"status": "FAILED", "cause": "the cause"}]
    failed = keepfit("batch", "delay", "--job", JOB)
    assert failed.exit_code == Exit.FAILED
    assert "the cause" in failed.stdout
    written(
        deployment, "refusal.json", {"request": REQUEST, "reason": "has no column stops", "at": "2026-01-05"}
    )
    refused = keepfit("batch", "delay", "--job", JOB)
    assert refused.exit_code == Exit.REFUSED
    assert "has no column stops" in refused.stdout


def test_a_folder_needs_a_folder_for_its_results(keepfit: Keepfit, package: Path, file: Path) -> None:
    answer = keepfit("batch", str(package), str(file))
    assert answer.exit_code == Exit.USAGE
    assert "name a new folder for the results with --into" in answer.stderr
